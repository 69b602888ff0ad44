/**
 * A validator in a network that a test makes: the engine, what is durable beside it, and a node that is
 * just enough to pay what the engine owes. What is durable survives a crash; all else is lost.
 */
import { type CommitCertificate, hashHeader, type Header, PHASE } from '../../../../chain/block.ts';
import { equalBytes, formatHex } from '../../../../chain/bytes.ts';
import { decode, encode } from '../../../../chain/codec.ts';
import { createEngine, type Engine } from '../../../../chain/consensus/engine.ts';
import type { Equivocation } from '../../../../chain/consensus/equivocation.ts';
import { type Durable, durableSchema, heightOf } from '../../../../chain/consensus/message.ts';
import { quorumSize } from '../../../../chain/consensus/quorum.ts';
import type { BuildRequest, Tip } from '../../../../chain/consensus/ready.ts';
import {
  checkAscending,
  checkStatement,
  contextAt,
} from '../../../../chain/consensus/statement.ts';
import { validatorsAt } from '../../../../chain/state.ts';
import { CHAIN_ID, hashOfText } from '../../../support/chainValues.ts';
import { genesisTip, headerAfter, tipAfter } from './blocks.ts';
import { stubSigner, stubVerify } from './stubSignature.ts';

/** A block with the votes that decided it. */
export interface DecidedBlock {
  readonly header: Header;
  readonly certificate: CommitCertificate;
}

/** A validator's machine. */
export class Replica {
  readonly index: number;
  readonly publicKey: Uint8Array;
  /** Milliseconds by which its clock is wrong. */
  readonly skewMs: number;
  /** Durable: the chain from block 1 on, and the state behind it. */
  readonly chain: DecidedBlock[] = [];
  tip: Tip;
  /** Durable: the frames of the write-ahead log. */
  log: Uint8Array[] = [];
  /** Durable: ids of the batches held, in hex. */
  readonly batches = new Map<string, Uint8Array>();
  /** Ids of the batches that are in the chain, in hex. */
  readonly committed = new Set<string>();
  /** Batches that wait for a block. */
  readonly pool = new Map<string, Uint8Array>();
  readonly evidence: Equivocation[] = [];
  isUp = true;
  engine: Engine;
  /** Grows with every start: what was scheduled before is void. */
  life = 0;
  /** Where it stood a tick ago. */
  last = '';

  constructor(index: number, validatorCount: number, skewMs: number) {
    this.index = index;
    this.skewMs = skewMs;
    this.tip = genesisTip(validatorCount);
    this.publicKey = validatorsAt(this.tip.state, 1)[index]!.consensusKey;
    this.engine = this.#createEngine();
  }

  get height(): number {
    return this.chain.length;
  }

  /** Starts anew with what is durable. */
  restart(): void {
    this.life += 1;
    this.isUp = true;
    this.engine = this.#createEngine();
  }

  /** Makes what the engine says durable, as bytes. */
  persist(messages: readonly Durable[]): void {
    this.log.push(...messages.map((message) => encode(durableSchema, message)));
  }

  /** Forgets what is in the chain. */
  truncateLog(): void {
    this.log = this.log.filter((bytes) => heightOf(decode(durableSchema, bytes)) > this.height);
  }

  /** Takes a batch in; returns whether it is new. */
  takeBatch(key: string, id: Uint8Array): boolean {
    if (this.batches.has(key)) return false;
    this.batches.set(key, id);
    this.pool.set(key, id);
    return true;
  }

  /** Whether everything that a header names is here. */
  holds(header: Header): boolean {
    return header.batchIds.every((id) => this.batches.has(formatHex(id)));
  }

  /** Whether a header follows from the chain, as executing it would tell. */
  isValid(header: Header): boolean {
    const { batchIds, parentHash, stateRoot } = header;
    const follows = equalBytes(parentHash, hashHeader(this.tip.header));
    const isNew = batchIds.every((id) => !this.committed.has(formatHex(id)));
    return follows && isNew && batchIds.length > 0 && equalBytes(stateRoot, hashOfText('state'));
  }

  /** Builds a block for a place, or none where no batch waits. */
  build({ height, view, suspects }: BuildRequest, nowMs: number): Header | undefined {
    const waiting = [...this.pool.values()];
    const isSuspect = (id: Uint8Array): boolean => suspects.some((each) => equalBytes(each, id));
    const free = waiting.filter((id) => !isSuspect(id)).slice(0, 3);
    const batchIds = free.length > 0 ? free : waiting.slice(0, 1);
    if (batchIds.length === 0 || height !== this.height + 1) return undefined;
    const timestampMs = Math.max(nowMs, this.tip.header.timestampMs + 1);
    const place = { height, view };
    return headerAfter(this.tip, { place, proposer: this.index, batchIds, timestampMs });
  }

  /** Appends a decided block. Throws where its certificate does not prove it. */
  append(block: DecidedBlock): void {
    this.#checkDecided(block);
    this.chain.push(block);
    this.tip = tipAfter(this.tip, block.header);
    for (const id of block.header.batchIds) {
      const key = formatHex(id);
      this.batches.set(key, id);
      this.pool.delete(key);
      this.committed.add(key);
    }
  }

  #checkDecided({ header, certificate }: DecidedBlock): void {
    const context = contextAt(this.tip.state, this.height + 1, stubVerify);
    if (context === undefined) throw new Error('the next height has a set');
    const { view, signatures, blockHash } = certificate;
    const isFor = equalBytes(blockHash, hashHeader(header)) && header.height === context.height;
    if (!isFor || signatures.length < quorumSize(context.validators.length)) {
      throw new Error(`the certificate of block ${header.height} does not decide it`);
    }
    checkAscending(signatures);
    for (const { index, signature } of signatures) {
      const place = { height: header.height, view, phase: PHASE.commit, index };
      checkStatement({ ...place, valueHash: blockHash, signature }, context);
    }
  }

  #createEngine(): Engine {
    return createEngine({
      chainId: CHAIN_ID,
      tip: this.tip,
      publicKey: this.publicKey,
      sign: stubSigner(this.publicKey),
      restored: this.log.map((bytes) => decode(durableSchema, bytes)),
    });
  }
}
