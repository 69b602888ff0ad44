/**
 * The filling of an empty chain store from a base on, over rows.
 *
 * Rows are written as entries come, without waiting for the disk. The edge comes last, in one durable write: a
 * store without an edge has no chain, whatever else lies there. What an interrupted filling left is known by
 * the first entry of the log, which is the first to be written and the last to be removed.
 */
import { hashHeader } from '../../chain/block.ts';
import { equalBytes } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { type LoggedEntry, logEntry } from '../../chain/entry.ts';
import { invariant } from '../../chain/invariant.ts';
import { appendLeaves, EMPTY_FRONTIER, rootOf } from '../../chain/merkle.ts';
import { type Edge, hashState } from '../../chain/state.ts';
import {
  putCertificate,
  putHeaderRows,
  putLog,
  type StoredEdge,
  storedBaseSchema,
  storedEdgeSchema,
} from './blockRow.ts';
import { baseKey, CHAIN_TABLES, edgeKey, numberKey } from './chainKey.ts';
import type { ChainBase, ChainFilling } from './chainStore.ts';
import { RowDraft } from './rowDraft.ts';
import type { RowChange, RowReader, Rows } from './rows.ts';

/** What a filling needs of its store. */
export interface FillingPorts {
  readonly rows: Rows;
  /** Runs a write: one at a time, none after one that failed, none after the store has another filling. */
  run(write: () => Promise<void>): Promise<void>;
  /** Told when the chain is there. */
  onCommit(edge: Edge, recordCount: number): void;
}

/** Rows that are removed in one write. */
const REMOVED_COUNT_MAX = 10_000;

const FIRST_ENTRY = numberKey('entry', 0);

/** Returns a filling of rows that are empty. */
export function createFilling(ports: FillingPorts): ChainFilling {
  return new RowFilling(ports);
}

class RowFilling implements ChainFilling {
  readonly #ports: FillingPorts;
  readonly #read: RowReader;
  #frontier = EMPTY_FRONTIER;
  #recordCount = 0;

  constructor(ports: FillingPorts) {
    this.#ports = ports;
    this.#read = ports.rows.get.bind(ports.rows);
  }

  append(entries: readonly LoggedEntry[]): Promise<void> {
    return this.#ports.run(async () => {
      const draft = new RowDraft(this.#read);
      this.#put(entries, draft);
      await this.#ports.rows.write(draft.changes(), { durable: false });
    });
  }

  commit({ header, certificate, state }: ChainBase): Promise<void> {
    return this.#ports.run(async () => {
      const { height } = header;
      const isLog =
        header.logSize === this.#frontier.treeSize &&
        equalBytes(header.logRoot, rootOf(this.#frontier));
      invariant(isLog, 'the entries are those that the header names');
      const isState = equalBytes(header.stateRoot, hashState(state));
      invariant(isState, 'the state is the one that the header names');
      const blockHash = hashHeader(header);
      const draft = new RowDraft(this.#read);
      this.#put([logEntry({ kind: 2, height, blockHash })], draft);
      putHeaderRows(header, blockHash, draft);
      putCertificate(certificate, blockHash, draft);
      draft.put(baseKey(), encode(storedBaseSchema, { format: 1, state }));
      const frontier = this.#frontier;
      const recordCount = this.#recordCount;
      const edge: StoredEdge = { format: 1, height, recordCount, frontier, state };
      draft.put(edgeKey(), encode(storedEdgeSchema, edge));
      await this.#ports.rows.write(draft.changes(), { durable: true });
      this.#ports.onCommit({ state, frontier, header }, recordCount);
    });
  }

  #put(entries: readonly LoggedEntry[], draft: RowDraft): void {
    this.#recordCount += putLog({ first: this.#frontier.treeSize, entries }, draft);
    const leafHashes = entries.map(({ leafHash }) => leafHash);
    this.#frontier = appendLeaves(this.#frontier, leafHashes);
  }
}

/** Returns whether rows without an edge hold what an interrupted filling left. */
export function hasLeftovers(read: RowReader): boolean {
  return read(FIRST_ENTRY) !== undefined;
}

/** Removes everything. */
export async function removeAll(rows: Rows): Promise<void> {
  for (const prefix of Object.values(CHAIN_TABLES)) {
    let changes: RowChange[] = [];
    for await (const { key } of rows.scan(prefix)) {
      if (equalBytes(key, FIRST_ENTRY)) continue;
      changes.push({ key, value: undefined });
      if (changes.length < REMOVED_COUNT_MAX) continue;
      await rows.write(changes, { durable: false });
      changes = [];
    }
    await rows.write(changes, { durable: false });
  }
  await rows.write([{ key: FIRST_ENTRY, value: undefined }], { durable: true });
}
