/**
 * A whole node in this process: real keys, genesis, stores and HTTP, on free ports, in a folder that a
 * restart finds again. What it logs is kept.
 */
import path from 'node:path';
import { writeFileSync } from 'node:fs';

import { ed25519PublicKey } from '#crypto';

import type { Authority } from '../../chain/authority.ts';
import { formatHex } from '../../chain/bytes.ts';
import { parseAuthority } from '../../genesis/authorityFile.ts';
import { formatGenesis } from '../../genesis/document.ts';
import { JsonReader } from '../../genesis/json.ts';
import type { Clock } from '../../node/clock.ts';
import { readConfig } from '../../node/config.ts';
import type { LogLevel } from '../../node/settingReader.ts';
import { generateKeys, KEY_FILES, readKeyFile, writeKeys } from '../../node/keys.ts';
import { type RunningNode, startNode } from '../../node/node.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { createGenesis, readParamSettings } from '../../scripts/cli/newGenesis.ts';
import { captureLog, type CapturedLog } from './capturedLog.ts';

/** How whole nodes differ. */
export interface WholeOptions {
  readonly authorities: readonly Authority[];
  /** `NAME=VALUE`. */
  readonly params: readonly string[];
  readonly clock: Clock;
  /** Block 0, Unix milliseconds. Default: an hour before the clock. */
  readonly genesisMs: number;
  readonly logLevel: LogLevel;
  readonly environment: Readonly<Record<string, string>>;
}

/** An answer in JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** A JSON object of an answer. */
export type Json = Readonly<Record<string, unknown>>;

const ENDED = new Set(['committed', 'rejected']);

/** Returns the registry entry of an authority's own JSON. */
export function entryOf(json: unknown): Authority {
  const reader = new JsonReader();
  const authority = parseAuthority(json, 'entry', reader);
  reader.finish('the authority');
  return authority;
}

/** A node that runs until it is stopped; it may be started again. */
export class WholeNode {
  readonly folder: string;
  /** Settings of the next start. */
  environment: Readonly<Record<string, string>>;
  /** What all runs logged. */
  readonly captured: CapturedLog;
  readonly #options: Partial<WholeOptions>;
  #running: RunningNode | undefined;

  /** A node of a folder that has keys and genesis; it does not run yet. */
  constructor(folder: string, options: Partial<WholeOptions> = {}) {
    this.folder = folder;
    this.environment = options.environment ?? {};
    this.#options = options;
    this.captured = captureLog(options.logLevel);
  }

  /** Makes keys and genesis in a folder and starts the node. */
  static async start(folder: string, options: Partial<WholeOptions> = {}): Promise<WholeNode> {
    const keys = generateKeys();
    await writeKeys(path.join(folder, 'keys'), keys);
    const nowMs = options.clock?.nowMs() ?? Date.now();
    const signed = createGenesis({
      network: 'birthmark.test',
      timestampMs: options.genesisMs ?? nowMs - 3_600_000,
      params: readParamSettings(options.params ?? []),
      validators: [{ name: 'archive', keys, addresses: [] }],
      authorities: options.authorities ?? [],
    });
    writeFileSync(path.join(folder, 'genesis.json'), JSON.stringify(formatGenesis(signed)));
    const node = new WholeNode(folder, options);
    await node.start();
    return node;
  }

  /** Starts the node on what the folder holds. */
  async start(): Promise<void> {
    const { clock } = this.#options;
    const free = { API_LISTEN: '127.0.0.1:0', ADMIN_LISTEN: '127.0.0.1:0' };
    const config = readConfig({ ...this.environment, ...free }, this.folder);
    this.#running = await startNode(config, {
      log: this.captured.log,
      ...(clock === undefined ? {} : { clock }),
    });
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    await this.#running?.ended;
    this.#running = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** What runs now. */
  get running(): RunningNode {
    if (this.#running === undefined) throw new Error('the node does not run');
    return this.#running;
  }

  get chainId(): Uint8Array {
    return this.running.chainId;
  }

  /** The name by which other nodes know it. */
  async peerId(): Promise<string> {
    const key = await readKeyFile(path.join(this.folder, 'keys', KEY_FILES.network), 'network');
    return peerIdOf(ed25519PublicKey(key));
  }

  /** Asks for a path of the public interface. */
  async get(route: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return answerOf(await fetch(new URL(route, this.running.apiUrl), { headers }));
  }

  /** Posts JSON to a path of the public interface. */
  async post(route: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return answerOf(await fetch(new URL(route, this.running.apiUrl), init));
  }

  submit(body: unknown): Promise<Answer> {
    return this.post('/api/v1/submit-cert', body);
  }

  /** Submits what must be accepted; resolves to its receipt's id. */
  async accept(body: unknown): Promise<string> {
    const { status, body: answer } = await this.submit(body);
    if (status !== 202) throw new Error(`refused: ${JSON.stringify(answer)}`);
    return String(answer['receipt_id']);
  }

  /** Resolves to the receipt once a fact holds for it; waits by long polls. */
  async receiptWhen(id: string, holds: (receipt: Json) => boolean): Promise<Json> {
    const route = `/api/v1/submission/${id}`;
    let answer = await this.get(route);
    while (answer.status !== 200 || !holds(answer.body)) {
      // Whoever names what he has seen is told at once of anything else.
      const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
      answer = await this.get(`${route}?wait=20`, headers);
      if (answer.status === 304) throw new Error('nothing happened to the receipt for 20 s');
    }
    return answer.body;
  }

  /** Resolves to the receipt in a state. */
  receiptIn(id: string, ...states: readonly string[]): Promise<Json> {
    return this.receiptWhen(id, ({ state }) => states.includes(String(state)));
  }

  /** Resolves to the receipt once it is committed or rejected. */
  ended(id: string): Promise<Json> {
    return this.receiptIn(id, ...ENDED);
  }

  verify(imageHash: Uint8Array): Promise<Answer> {
    return this.get(`/api/v1/verify/${formatHex(imageHash)}`);
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const body = type.includes('json') && text !== '' ? (JSON.parse(text) as Json) : { text };
  return { status: response.status, headers: response.headers, body };
}
