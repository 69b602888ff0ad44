/**
 * The consensus write-ahead log: what this validator has said, durable before anyone hears it.
 *
 * One append is one frame, so that what a loss of power tears is always the last one:
 *
 * ```
 * frame = size (4 bytes) || CRC-32 of size (4) || CRC-32 of body (4) || body          big-endian
 * body  = ( size (4) || message ) …
 * ```
 *
 * A log that begins with a frame without a body was begun when nothing had been said, and has never been emptied: it
 * holds everything that this validator ever said.
 *
 * `append` resolves after fdatasync. A torn last frame was never sent, and it is dropped. A broken frame
 * with an intact one behind it means that something said may be forgotten: the node must not sign, and
 * `openWal` says so.
 */
import { crc32 } from 'node:zlib';

import type { OnPoint } from '../crashPoint.ts';
import { type LogFile, openLogFile } from './logFile.ts';

/** A log whose middle is damaged. */
export class WalError extends Error {
  override readonly name = 'WalError';
  readonly code = 'ERR_WAL_DAMAGED';
}

/** An append-only log of messages. */
export interface Wal {
  /** Whether there was no log before this one: then nothing is known of what was said before. */
  readonly isNew: boolean;
  /** Whether it holds everything that was ever said. */
  readonly isWhole: boolean;
  /** Messages found when the log was opened, oldest first. */
  readonly restored: readonly Uint8Array[];
  /** Begins a log that is new, where nothing was said before; one that is there is left as it is. Once, and first. */
  begin(): Promise<void>;
  /** Resolves when all messages are durable, in order. One call at a time. */
  append(messages: readonly Uint8Array[]): Promise<void>;
  /** Forgets everything: called when what it holds is durable elsewhere. */
  truncate(): Promise<void>;
  /** Bytes held. */
  sizeBytes(): number;
  close(): Promise<void>;
}

const HEAD_BYTES = 12;
const SIZE_BYTES = 4;

/** Opens or creates the log at `path`. Throws a WalError where its middle is damaged. */
export async function openWal(path: string, onPoint?: OnPoint): Promise<Wal> {
  return openLog(await openLogFile(path), onPoint);
}

/** Opens the log that a file holds, and closes the file where it cannot. Throws as `openWal` does. */
export async function openLog(file: LogFile, onPoint: OnPoint = () => undefined): Promise<Wal> {
  try {
    const bytes = await file.read();
    const found = parseFrames(viewOf(bytes), file.name);
    if (found.end < bytes.length) await file.truncate(found.end);
    // R3: a process that was killed may have written what it had no time to sync, and it is said again from here.
    if (bytes.length > 0) await file.sync();
    return createWal(file, found, onPoint);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What was found when a log was opened. */
interface Found {
  readonly isWhole: boolean;
  readonly messages: readonly Uint8Array[];
  readonly end: number;
}

function createWal(file: LogFile, found: Found, onPoint: OnPoint): Wal {
  let size = found.end;
  return {
    isNew: file.isNew,
    isWhole: found.isWhole,
    restored: found.messages,
    sizeBytes: () => size,
    async begin() {
      if (!file.isNew) return;
      const frame = formatFrame([]);
      await file.append(frame);
      await file.sync();
      size += frame.length;
    },
    async append(messages) {
      if (messages.length === 0) return;
      const frame = formatFrame(messages);
      onPoint('before-log-append');
      await file.append(frame);
      onPoint('before-log-sync');
      await file.sync();
      onPoint('after-log-sync');
      size += frame.length;
    },
    async truncate() {
      await file.truncate(0);
      await file.sync();
      size = 0;
    },
    close: () => file.close(),
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function formatFrame(messages: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(messages.flatMap((message) => [formatSize(message.length), message]));
  const size = formatSize(body.length);
  return Buffer.concat([size, formatSize(crc32(size)), formatSize(crc32(body)), body]);
}

function formatSize(value: number): Buffer {
  const bytes = Buffer.alloc(SIZE_BYTES);
  bytes.writeUInt32BE(value);
  return bytes;
}

function parseFrames(bytes: Buffer, path: string): Found {
  const messages: Uint8Array[] = [];
  const isWhole = readFrame(bytes, 0)?.length === 0;
  let at = 0;
  for (let body = readFrame(bytes, at); body !== undefined; body = readFrame(bytes, at)) {
    messages.push(...parseBody(body));
    at += HEAD_BYTES + body.length;
  }
  for (let behind = at + 1; behind < bytes.length; behind++) {
    if (readFrame(bytes, behind) === undefined) continue;
    throw new WalError(
      `${path} is damaged at byte ${at}, before an intact frame at ${behind}: this validator may have ` +
        'signed what it no longer knows, and must not sign before its history is restored',
    );
  }
  return { isWhole, messages, end: at };
}

/** The body of an intact frame at `at`, or undefined. */
function readFrame(bytes: Buffer, at: number): Buffer | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const size = bytes.readUInt32BE(at);
  if (crc32(bytes.subarray(at, at + SIZE_BYTES)) !== bytes.readUInt32BE(at + 4)) return undefined;
  const body = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + size);
  const intact = body.length === size && crc32(body) === bytes.readUInt32BE(at + 8);
  return intact ? body : undefined;
}

function parseBody(body: Buffer): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < body.length;) {
    const start = at + SIZE_BYTES;
    const end = start + body.readUInt32BE(at);
    messages.push(new Uint8Array(body.subarray(start, end)));
    at = end;
  }
  return messages;
}
