/** Reads settings by their names; what cannot be used becomes a problem, and some value is read for it. */
import { join } from 'node:path';

import ipaddr from 'ipaddr.js';

import { parseHex } from '../chain/bytes.ts';
import { defaultOf } from './settings.ts';

/** A host and port to listen on; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Names of the log levels. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** A name of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A block that the operator trusts. */
export interface TrustedBlock {
  readonly height: number;
  readonly blockHash: Uint8Array;
}

/** Environment variables, or what stands for them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Arcs of up to 128 bits: one made from a UUID has as many. The first two stand in one byte, or begin with 2. */
const OBJECT_IDENTIFIER =
  /^(?:[01]\.[1-3]?\d|2\.(?:0|[1-9]\d{0,38}))(?:\.(?:0|[1-9]\d{0,38})){1,16}$/;
const OBJECT_IDENTIFIER_CHARACTERS_MAX = 100;

/** Reads settings. */
export class SettingReader {
  readonly #env: Environment;
  readonly #baseDir: string;
  readonly #problems: string[];

  constructor(env: Environment, baseDir: string, problems: string[]) {
    this.#env = env;
    this.#baseDir = baseDir;
    this.#problems = problems;
  }

  text(name: string): string {
    return this.#env[name] ?? defaultOf(name);
  }

  isDefault(name: string): boolean {
    return this.text(name) === defaultOf(name);
  }

  path(name: string): string {
    const path = this.text(name);
    return path.startsWith('/') ? path : join(this.#baseDir, path);
  }

  optionalPath(name: string): string | undefined {
    return this.text(name) === '' ? undefined : this.path(name);
  }

  list(name: string): readonly string[] {
    return this.text(name)
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  }

  ranges(name: string): readonly string[] {
    const ranges = this.list(name);
    for (const range of ranges.filter((each) => !ipaddr.isValidCIDR(each))) {
      this.#problems.push(`${name} holds ${range}, which is no range like 10.0.0.0/8`);
    }
    return ranges;
  }

  objectIdentifier(name: string): string {
    const text = this.text(name);
    const isShort = text.length <= OBJECT_IDENTIFIER_CHARACTERS_MAX;
    if (!isShort || !OBJECT_IDENTIFIER.test(text)) {
      this.#problems.push(
        `${name} is ${text}; it must be an object identifier like 1.3.6.1.4.1.32473.1`,
      );
    }
    return text;
  }

  integer(name: string): number {
    const text = this.text(name);
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
    this.#problems.push(`${name} is ${text}; it must be an integer above 0`);
    return 1;
  }

  listen(name: string): ListenAddress {
    const text = this.text(name);
    const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text);
    const port = Number(match?.groups?.['port']);
    if (match === null || port > 65_535) {
      this.#problems.push(`${name} is ${text}; it must be an address like 127.0.0.1:8545`);
      return { host: '127.0.0.1', port: 0 };
    }
    const host = match.groups?.['v6'] ?? match.groups?.['host'] ?? '';
    return { host: host === '' ? '0.0.0.0' : host, port };
  }

  /** Scheme, host and port, without a slash at the end; undefined where it is empty. */
  webOrigin(name: string): string | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
    if (url === undefined || !isWeb || url.href !== `${url.origin}/`) {
      this.#problems.push(`${name} is ${text}; it must be an address like https://node.example`);
      return undefined;
    }
    return url.origin;
  }

  block(name: string): TrustedBlock | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    const match = /^(?<height>[1-9]\d{0,14}):(?<hash>[0-9a-fA-F]{64})$/.exec(text);
    if (match?.groups === undefined) {
      this.#problems.push(
        `${name} is ${text}; it must be the height and the hash of a block, like 1200:8f0c… with 64 hex digits`,
      );
      return undefined;
    }
    const { height, hash = '' } = match.groups;
    return { height: Number(height), blockHash: parseHex(hash.toLowerCase()) };
  }

  flag(name: string): boolean {
    const text = this.text(name);
    if (text !== 'true' && text !== 'false')
      this.#problems.push(`${name} is ${text}; it must be true or false`);
    return text === 'true';
  }

  level(name: string): LogLevel {
    const text = this.text(name);
    const level = LOG_LEVELS.find((each) => each === text);
    if (level === undefined)
      this.#problems.push(`${name} is ${text}; it must be one of ${LOG_LEVELS.join(', ')}`);
    return level ?? 'info';
  }
}
