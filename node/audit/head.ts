/**
 * The head: how far an audit goes, kept beside its files and told in the node's log.
 *
 * The files alone cannot show that their end was cut off. The head is replaced after what it names is
 * durable, so in a sound audit it is never ahead of the files.
 */
import { NO_HASH } from './line.ts';

/** The last line that is durable. */
export interface Head {
  /** 0 before the first line. */
  readonly seq: number;
  /** Hex of its hash. */
  readonly hash: string;
}

/** The head of an audit without a line. */
export const EMPTY_HEAD: Head = { seq: 0, hash: NO_HASH };

/** Returns the head as text. */
export function formatHead({ seq, hash }: Head): string {
  return `${JSON.stringify({ seq, hash })}\n`;
}

/** Returns the head of a text, or undefined if it is none. */
export function parseHead(text: string): Head | undefined {
  const [, seq, hash] = /^\{"seq":(\d{1,15}),"hash":"([0-9a-f]{64})"\}\n$/.exec(text) ?? [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
}
