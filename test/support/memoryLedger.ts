/** A chain in memory for the interface to read: it grows by the chain's own rules. */
import {
  type Batch,
  hashBatch,
  type Item,
  type SignedBatch,
  signBatch,
  type StatusItem,
} from '../../chain/batch.ts';
import { hashHeader, type Header, PHASE, signBallot } from '../../chain/block.ts';
import { equalBytes, formatHex, formatUtf8, parseHex } from '../../chain/bytes.ts';
import type { ImageEntry } from '../../chain/entry.ts';
import { registrationKey } from '../../chain/execution.ts';
import { hashDomain } from '../../chain/hash.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import { AUTHORITY_CHECK, type ImageRecord, RECORD_KIND, SIGNED_FORM } from '../../chain/record.ts';
import { createSigner } from '../../chain/signature.ts';
import { closeBlock, type Edge, execute, genesisBlock, type State } from '../../chain/state.ts';
import { hashValidatorSet, type ValidatorSet } from '../../chain/validatorSet.ts';
import { ed25519PublicKey } from '#crypto';
import { News } from '../../node/news.ts';
import type {
  AsOf,
  BlockView,
  LedgerPort,
  Registration,
  TransactionView,
} from '../../api/ports.ts';

/** Block 0's time. */
export const GENESIS_MS = 1_760_000_000_000;
const BLOCK_MS = 1_000;

type LoggedEntry = ReturnType<typeof genesisBlock>['entries'][number];

/** Returns 32 bytes that follow from a number. */
export function bytesOf(n: number): Uint8Array {
  return hashDomain('receipt', formatUtf8(`test ${n}`));
}

/** Returns a camera's record with some fields set. */
export function recordWith(fields: Partial<ImageRecord> = {}): ImageRecord {
  return {
    imageHash: bytesOf(1),
    capturedAt: GENESIS_MS / 1_000 - 60,
    kind: RECORD_KIND.camera,
    signedForm: SIGNED_FORM.v1,
    authorityCheck: AUTHORITY_CHECK.reported,
    authorityId: 'maker',
    deviceCommitment: bytesOf(2),
    gpsHash: undefined,
    parents: [],
    digests: [],
    ...fields,
  };
}

/** A chain in memory, and the keys of all its validators. */
export class MemoryLedger implements LedgerPort {
  readonly #seeds: readonly Uint8Array[];
  readonly #validators: ValidatorSet;
  readonly #blocks: BlockView[] = [];
  readonly #entries: LoggedEntry[] = [];
  readonly #registrations = new Map<string, Registration[]>();
  readonly #transactions = new Map<string, TransactionView>();
  readonly #news = new News();
  #edge: Edge;
  #base = 0;

  constructor(names: readonly string[] = ['alpha', 'beta'], params: Partial<Params> = {}) {
    this.#seeds = names.map((_, i) => bytesOf(1_000 + i));
    this.#validators = names.map((name, i) => ({
      name,
      consensusKey: ed25519PublicKey(this.#seed(i)),
      cosignerKey: ed25519PublicKey(bytesOf(2_000 + i)),
      peerId: `peer-${name}`,
      addresses: [`/ip4/127.0.0.1/tcp/${26_656 + i}`],
    }));
    const { edge, entries } = genesisBlock({
      chainId: bytesOf(0),
      timestampMs: GENESIS_MS,
      validators: this.#validators,
      authorities: [
        {
          id: 'maker',
          name: 'The Maker',
          caCertificates: [new Uint8Array([0x30, 0x00])],
          endpoints: ['http://localhost:8001/'],
          strictNames: false,
          allowPrivate: true,
          verdictKey: bytesOf(3),
          blind: false,
          legacyEndpoint: undefined,
          revocation: [],
        },
      ],
      params: { ...DEFAULT_PARAMS, ...params },
    });
    this.#edge = edge;
    this.#entries.push(...entries);
    this.#push(edge.header, [], undefined);
  }

  /** Commits one block with one batch of these records and status items; returns the batch id. */
  commit(
    records: readonly ImageRecord[],
    aggregatorIndex = 0,
    statusItems: readonly StatusItem[] = [],
  ): Uint8Array {
    const images = records.map((record): Item => ({ kind: 1, record }));
    const signed = this.#sign([...images, ...statusItems], aggregatorIndex);
    const { header: parent, state } = this.#edge;
    const place = {
      height: parent.height + 1,
      view: 0,
      timestampMs: parent.timestampMs + BLOCK_MS,
      lostProposers: [],
    };
    const execution = execute(this.#edge, { ...place, batches: [signed.batch] }, this.#known());
    const header: Header = {
      version: 1,
      chainId: state.chainId,
      height: place.height,
      view: place.view,
      parentHash: hashHeader(parent),
      timestampMs: place.timestampMs,
      proposer: this.#validators[aggregatorIndex]?.consensusKey ?? new Uint8Array(),
      batchIds: [hashBatch(signed.batch)],
      logSize: execution.frontier.treeSize,
      logRoot: execution.logRoot,
      stateRoot: execution.stateRoot,
      validatorSetHash: hashValidatorSet(this.#validators),
    };
    const { edge, entries } = closeBlock(execution, header);
    this.#edge = edge;
    for (const each of entries) this.#append(each);
    this.#transactions.set(formatHex(hashBatch(signed.batch)), { height: place.height, signed });
    this.#push(header, records, this.#certify(header));
    this.#news.announce();
    return hashBatch(signed.batch);
  }

  /** What the next block builds on. */
  edge(): Edge {
    return this.#edge;
  }

  /** All entries of the log. */
  entries(): readonly LoggedEntry[] {
    return this.#entries;
  }

  /** Who decides, and cosigns. */
  validators(): ValidatorSet {
    return this.#validators;
  }

  nextBlock(signal: AbortSignal): Promise<void> {
    return this.#news.next(signal);
  }

  asOf(): AsOf {
    const { height, timestampMs } = this.#edge.header;
    return { height, blockTimeMs: timestampMs, logSize: this.#entries.length };
  }

  recordCount(): number {
    return this.#entries.filter(({ entry }) => entry.kind === 1).length;
  }

  findRegistrations(imageHash: Uint8Array): readonly Registration[] {
    return this.#registrations.get(formatHex(imageHash)) ?? [];
  }

  async findImageHashes(digits: string, countMax: number): Promise<readonly Uint8Array[]> {
    const found = [...this.#registrations.keys()].filter((hash) => hash.startsWith(digits));
    return found.sort().slice(0, countMax).map(parseHex);
  }

  findDerivatives(imageHash: Uint8Array, countMax: number): readonly Uint8Array[] {
    return this.#entries
      .flatMap(({ entry }) => (entry.kind === 1 ? [entry.record] : []))
      .filter(({ parents }) => parents.some((parent) => equalBytes(parent, imageHash)))
      .map((record) => record.imageHash)
      .slice(0, countMax);
  }

  baseHeight(): number {
    return this.#base;
  }

  /** Forgets what a node does not hold whose chain begins with its last block. */
  beginHere(): void {
    this.#base = this.#edge.header.height;
    this.#transactions.clear();
  }

  readBlock(height: number): BlockView | undefined {
    return height < this.#base ? undefined : this.#blocks[height];
  }

  findHeight(blockHash: Uint8Array): number | undefined {
    const block = this.#blocks.find(({ hash }) => equalBytes(hash, blockHash));
    return block === undefined ? undefined : this.readBlock(block.header.height)?.header.height;
  }

  readTransaction(batchId: Uint8Array): TransactionView | undefined {
    return this.#transactions.get(formatHex(batchId));
  }

  state(): State {
    return this.#edge.state;
  }

  genesis(): unknown {
    return { version: 1, network: 'test' };
  }

  #seed(i: number): Uint8Array {
    return this.#seeds[i] ?? new Uint8Array(32);
  }

  #sign(items: readonly Item[], aggregatorIndex: number): SignedBatch {
    const batch: Batch = {
      version: 1,
      chainId: this.#edge.state.chainId,
      aggregator: this.#validators[aggregatorIndex]?.consensusKey ?? new Uint8Array(),
      sequence: this.#edge.header.height,
      createdAtMs: this.#edge.header.timestampMs,
      items,
      evidenceRoot: bytesOf(4),
    };
    return signBatch(batch, createSigner(this.#seed(aggregatorIndex)));
  }

  #known(): ReadonlySet<string> {
    const keys = [...this.#registrations.values()]
      .flat()
      .map(({ entry }) => registrationKey(entry.record.imageHash, entry.aggregator));
    return new Set(keys);
  }

  #append(logged: LoggedEntry): void {
    const logIndex = this.#entries.push(logged) - 1;
    const { entry } = logged;
    if (entry.kind === 1) this.#register({ logIndex, entry });
  }

  #register(registration: { readonly logIndex: number; readonly entry: ImageEntry }): void {
    const key = formatHex(registration.entry.record.imageHash);
    this.#registrations.set(key, [...(this.#registrations.get(key) ?? []), registration]);
  }

  #certify(header: Header): BlockView['certificate'] {
    const { chainId, height, view } = header;
    const blockHash = hashHeader(header);
    const ballot = { chainId, height, view, phase: PHASE.commit, blockHash };
    const signatures = this.#seeds.map((seed, index) => ({
      index,
      signature: signBallot(ballot, createSigner(seed)),
    }));
    return { height, view, blockHash, signatures };
  }

  #push(
    header: Header,
    records: readonly ImageRecord[],
    certificate: BlockView['certificate'],
  ): void {
    this.#blocks.push({
      header,
      hash: hashHeader(header),
      certificate,
      recordCount: records.length,
    });
  }
}
