/**
 * The checks of a run: what must hold whatever happens, looked at while it happens.
 *
 * They know nothing of how the node does it: they see what goes over the wires, what is applied, what is on the
 * disks, and what was promised to cameras.
 */
import { equalBytes, formatHex } from '../../../chain/bytes.ts';
import type { Equivocation } from '../../../chain/consensus/equivocation.ts';
import { eligibleIndexes, proposerIndex } from '../../../chain/consensus/proposer.ts';
import type { Input, Ready } from '../../../chain/consensus/ready.ts';
import type { Verifier } from '../../../chain/consensus/statement.ts';
import { certificateVotes, hashHeader, type Header } from '../../../chain/block.ts';
import type { SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { type GenesisFacts, hashState, type State, validatorsAt } from '../../../chain/state.ts';
import type { AppliedBlock } from '../../../node/consensus/driveLoop.ts';
import { SIGN_NOTHING } from '../../../node/consensus/history.ts';
import { stateOf } from '../../../node/intake/receipt.ts';
import { decodeVoteFrame } from '../../../node/wire/votes.ts';
import type { BatchPool } from '../../../node/mempool/batchPool.ts';
import type { Channel } from '../../../p2p/channel.ts';
import type { StationReport } from '../network/network.ts';
import type { Conduct, Host, Node, Watcher } from '../parts.ts';
import type { Tally } from '../tally.ts';
import { shortOf, textOfFault } from '../text.ts';
import { START_MS, type World } from '../world.ts';
import { Cosignatures } from './cosignatures.ts';
import { Duties } from './duties.ts';
import { Speech } from './speech.ts';
import { Suspects } from './suspects.ts';
import { Witnesses } from './witnesses.ts';

/** Something that must not be. */
export interface Violation {
  readonly check: string;
  readonly what: string;
  readonly atMs: number;
}

interface Block {
  readonly hash: Uint8Array;
  readonly timestampMs: number;
}

interface Promised {
  readonly machine: Host;
  /** Under which its institution registers. */
  readonly key: Uint8Array;
  readonly receiptId: Uint8Array;
  readonly imageHash: Uint8Array;
}

/** What checks are made of. */
export interface CheckPorts {
  readonly world: World;
  readonly tally: Tally;
  readonly verify: Verifier;
  readonly facts: GenesisFacts;
}

/** Batches of a pool, for each validator: its lane, what proposals name beyond it, and room for what is dying. */
const POOL_COUNT_PER_VALIDATOR_MAX = 48;
/** A megabyte, and one height behind it; what a run weighs is less. */
const WAL_BYTES_MAX = 2 * 1_048_576;
/**
 * Have lost everything that they had signed, and know it. Who goes on from a little before cannot know of what was
 * signed since, where that has reached nobody.
 */
const FORGETFUL: ReadonlySet<Conduct> = new Set(['wiped', 'rotten']);
/** No clock of a run is wrong by more, nor does a block lie further ahead of any. */
const AHEAD_MS_MAX = 1_800_000;
const VIOLATION_COUNT_MAX = 20;
const KINDS = ['', 'PRE-PREPARE', 'PREPARE', 'COMMIT', 'VIEW-CHANGE', 'NEW-VIEW'];

/** Looks at a run. */
export class Checks implements Watcher {
  readonly violations: Violation[] = [];
  /** Blocks by height, as they were first applied anywhere. */
  readonly chain: Block[] = [];
  /** What cameras were promised. */
  readonly promised: Promised[] = [];
  /** When the last block was first applied, and the last that held a photograph. */
  lastBlockMs = 0;
  lastRecordMs = 0;
  /** Photographs that cameras have signed, by the hex of their hashes. */
  readonly genuine = new Set<string>();
  readonly #world: World;
  readonly #tally: Tally;
  readonly #verify: Verifier;
  readonly #machines: readonly Host[];
  readonly #speech: Speech;
  readonly #duties: Duties;
  readonly #cosignatures: Cosignatures;
  readonly #suspects: Suspects;
  readonly #witnesses: Witnesses;
  readonly #heights = new Map<number, number>();
  /** Where each machine's last process began. */
  readonly #startHeights = new Map<number, number>();
  readonly #registered = new Set<string>();
  readonly #images = new Set<string>();
  /** The first hash of each height that was found or applied anywhere. */
  readonly #first = new Map<number, Uint8Array>();
  /** After the highest block that was applied anywhere. */
  #state: State | undefined;

  readonly #facts: GenesisFacts;

  constructor({ world, tally, verify, facts }: CheckPorts, machines: readonly Host[]) {
    this.#facts = facts;
    this.#world = world;
    this.#tally = tally;
    this.#verify = verify;
    this.#machines = machines;
    const fail = (check: string, what: string): void => this.fail(check, what);
    this.#speech = new Speech(fail, facts.validators.length);
    this.#duties = new Duties(fail, facts.validators.length);
    this.#suspects = new Suspects(fail);
    this.#cosignatures = new Cosignatures(fail, facts.validators.length);
    this.#witnesses = new Witnesses({ fail, tally, verify });
  }

  /** Height of the highest block that was applied anywhere. */
  get height(): number {
    return this.chain.length - 1;
  }

  fail(check: string, what: string): void {
    this.#world.tell(() => `VIOLATION ${check}: ${what}`);
    if (this.violations.length >= VIOLATION_COUNT_MAX) return;
    this.violations.push({ check, what, atMs: this.#world.nowMs });
  }

  /** A process has read its disk. */
  onStart({ machine, ledger }: Node): void {
    this.#cosignatures.learn(ledger.edge());
    const { header } = ledger.edge();
    const known = this.chain[header.height];
    if (known === undefined && header.height === 0) {
      this.chain.push({ hash: hashHeader(header), timestampMs: header.timestampMs });
      this.#state = ledger.edge().state;
    } else if (known === undefined && header.height === this.chain.length) {
      // The power went when the block was durable and nobody had looked.
      this.#checkFirst(machine, header);
    } else if (known === undefined || !equalBytes(known.hash, hashHeader(header))) {
      this.fail('agreement', `${machine.name} starts with another block ${header.height}`);
    }
    const before = this.#heights.get(machine.number) ?? 0;
    if (machine.isHonest && header.height < before) {
      this.fail('durability', `${machine.name} had block ${before} and has ${header.height}`);
    }
    this.#heights.set(machine.number, header.height);
    this.#startHeights.set(machine.number, header.height);
  }

  /** A block is durable at a process. */
  onBlock({ machine, ledger, pool, wal }: Node, block: AppliedBlock): void {
    const { header } = block;
    const { height, timestampMs } = header;
    this.#cosignatures.learn(block.applied.edge);
    const hash = hashHeader(header);
    this.#world.note(hash[0]! * 256 + hash[1]!);
    this.#world.tell(
      () =>
        `${machine.name} applies ${height} ${shortOf(hash)} view ${header.view} ` +
        `records ${block.applied.entries.length - 1}`,
    );
    const before = this.#heights.get(machine.number) ?? 0;
    if (height !== before + 1) {
      this.fail('heights', `${machine.name} applies ${height} after ${before}`);
    }
    this.#heights.set(machine.number, height);
    this.#checkCertificate(machine, block);
    if (!equalBytes(hashState(ledger.edge().state), header.stateRoot)) {
      this.fail('state roots', `${machine.name} has another state after ${height}`);
    }
    const known = this.chain[height];
    this.#checkFirst(machine, header);
    if (known === undefined) this.#takeFirst(block, hash);
    else if (!equalBytes(known.hash, hash)) {
      this.fail('agreement', `${machine.name} applies another block ${height}`);
    }
    const parentMs = this.chain[height - 1]?.timestampMs ?? 0;
    if (timestampMs <= parentMs) this.fail('times', `${timestampMs} follows ${parentMs}`);
    const aheadMs = timestampMs - START_MS - this.#world.nowMs;
    if (aheadMs > AHEAD_MS_MAX) this.fail('times', `block ${height} lies ${aheadMs} ms ahead`);
    this.#checkMemory(machine, pool, wal.sizeBytes());
  }

  /** A block that is found at a start before anybody was seen to apply it must be the one that others apply. */
  #checkFirst(machine: Host, header: Header): void {
    const hash = hashHeader(header);
    const unseen = this.#first.get(header.height) ?? hash;
    this.#first.set(header.height, unseen);
    if (equalBytes(unseen, hash)) return;
    this.fail('agreement', `${machine.name} has another block ${header.height}`);
  }

  #checkMemory({ name }: Host, pool: BatchPool, walBytes: number): void {
    for (const { consensusKey, name: aggregator } of this.#facts.validators) {
      const { count } = pool.loadOf(consensusKey);
      if (count <= POOL_COUNT_PER_VALIDATOR_MAX) continue;
      this.fail('memory', `${name} pools ${count} batches of ${aggregator}`);
    }
    if (walBytes > WAL_BYTES_MAX) this.fail('memory', `${name} has a log of ${walBytes} bytes`);
  }

  #checkCertificate(machine: Host, { header, certificate, applied }: AppliedBlock): void {
    const { height } = header;
    try {
      // The set of a height is in the state after it, too.
      const validators = validatorsAt(applied.edge.state, height);
      if (certificateVotes(certificate, header, validators).every(this.#verify)) return;
      this.fail('certificate', `${machine.name} applies ${height} with a vote that does not hold`);
    } catch (error) {
      this.fail('certificate', `${machine.name} applies ${height}: ${textOfFault(error)}`);
    }
  }

  #takeFirst({ header, applied }: AppliedBlock, hash: Uint8Array): void {
    this.#checkTurn(header);
    this.#state = applied.edge.state;
    this.chain.push({ hash, timestampMs: header.timestampMs });
    this.lastBlockMs = this.#world.nowMs;
    this.#tally.add('block');
    this.#tally.add('view lost', header.view);
    const { state } = applied.edge;
    const validators = validatorsAt(state, header.height + 1);
    const suspendedCount = validators.length - eligibleIndexes(state, header.height + 1).length;
    this.#tally.add('height with a suspension', Number(suspendedCount > 0));
    for (const { entry } of applied.entries) {
      if (entry.kind !== 1) continue;
      this.lastRecordMs = this.#world.nowMs;
      this.#tally.add('record');
      const imageHash = formatHex(entry.record.imageHash);
      this.#registered.add(`${imageHash}/${formatHex(entry.aggregator)}`);
      this.#images.add(imageHash);
      if (this.genuine.has(imageHash)) continue;
      this.fail('evidence', `block ${header.height} holds a photograph that no camera signed`);
    }
  }

  /** R5: a block is of the validator whose turn it was when it was first proposed. */
  #checkTurn({ height, view, proposer }: Header): void {
    if (this.#state === undefined) return;
    const turn = validatorsAt(this.#state, height)[proposerIndex(this.#state, height, view)];
    if (turn !== undefined && equalBytes(turn.consensusKey, proposer)) return;
    this.fail('turn', `block ${height} of view ${view} is not of ${turn?.name ?? 'anybody'}`);
  }

  /** A process sends something to others. */
  onSaid(process: Node, channel: Channel, bytes: Uint8Array): void {
    const { isHonest, conduct } = process.machine;
    // R16: who has lost what it had signed signs nothing else.
    const isSincere = isHonest || FORGETFUL.has(conduct);
    if (channel !== 'votes' || !isSincere) return;
    const frame = decodeVoteFrame(bytes);
    if (frame.type === 'message') this.#speech.note(process, frame.message);
    if (frame.type === 'claim') this.#cosignatures.note(process, frame.claim);
  }

  /** A checkpoint is final at a process. */
  onFinal(process: Node, final: SignedCheckpoint): void {
    this.#tally.add('checkpoint final');
    this.#cosignatures.noteFinal(process, final);
  }

  /** The engine of a process has taken an input, and what it owed is paid. */
  onStep(process: Node, input: Input, ready: Ready): void {
    this.#tellStep(process, input, ready);
    const { machine, pool, wal } = process;
    // What a block passes over leaves the pool with it: between blocks there may be more.
    if (pool.load().count > POOL_COUNT_PER_VALIDATOR_MAX) {
      this.#checkMemory(machine, pool, wal.sizeBytes());
    }
    if (input.type === 'timeout') this.#tally.add('view timeout');
    this.#tally.add('view change', Number(ready.send.some(({ kind }) => kind === 4)));
    if (input.type === 'sign-floor' && input.height > 0) this.#noteFloor(process, input.height);
    if (machine.isHonest) {
      this.#duties.note(process, input, ready);
      this.#suspects.note(process, input, ready);
    }
    if (input.type !== 'message') return;
    this.#speech.learn(input.message);
    if (process.machine.isHonest) this.#witnesses.note(process, input.message);
  }

  /** R16: who has lost something signs nothing for a while; who has lost nothing is not made to. */
  #noteFloor({ machine }: Node, height: number): void {
    this.#tally.add('sign floor');
    // Who has never learned that nothing was lost cannot tell.
    const isSilent = !machine.drive.log.isThere;
    if (!machine.isHonest || height === SIGN_NOTHING || isSilent) return;
    this.fail('false alarm', `${machine.name} has lost nothing and signs nothing up to ${height}`);
  }

  /** What people want to know of a step: what it says, and which view it leaves. */
  #tellStep({ machine, replica }: Node, input: Input, { send, timer, build, check }: Ready): void {
    if (this.#world.onLine === undefined) return;
    const said = send.map(({ kind }) => KINDS[kind]).join(' ');
    const facts = [
      said,
      timer === undefined ? '' : timer === 'stop' ? 'timer off' : `timer ${timer.delayMs}`,
      build === undefined ? '' : 'builds',
      check === undefined ? '' : 'checks',
    ].filter((fact) => fact !== '');
    if (facts.length === 0 && input.type !== 'timeout') return;
    const { height, view } = replica.engine.place();
    this.#world.tell(
      () => `  ${machine.name} ${height}/${view} ${input.type}: ${facts.join(', ')}`,
    );
  }

  onEquivocation(process: Node, equivocation: Equivocation, isOwn: boolean): void {
    const offender = this.#machines[equivocation.index];
    if (!this.#witnesses.takeProof(process, equivocation, isOwn)) return;
    if (offender?.isHonest !== false) {
      const { height, view, phase, index } = equivocation;
      const what = `v${index} lied at ${height}/${view}/${phase}`;
      this.fail('accusation', `${process.machine.name} proves (${String(isOwn)}) that ${what}`);
    }
  }

  onBadBatch({ machine }: Node, aggregator: Uint8Array): void {
    this.#tally.add('bad batch refused');
    const index = this.#facts.validators.findIndex(({ consensusKey }) => {
      return equalBytes(consensusKey, aggregator);
    });
    if (this.#machines[index]?.isHonest !== true) return;
    this.fail('judgement', `${machine.name} calls a batch of v${index} bad`);
  }

  /** A process judges another. */
  onReport({ from, of, judgement, reason }: StationReport): void {
    const judge = this.#machines.find(({ number }) => number === from.number);
    const judged = this.#machines.find(({ number }) => number === of.number);
    this.#tally.add(`judgement ${judgement}`);
    if (judgement !== 'reject' || judge?.isHonest !== true) return;
    this.#world.tell(() => `${judge.name} rejects ${judged?.name}: ${reason}`);
    if (judged?.isHonest === true) {
      this.fail('judgement', `${judge.name} rejects what ${judged.name} said: ${reason}`);
    }
  }

  /** A process stops by itself, though its disk did not fail. */
  onFault({ machine }: Node, error: unknown): void {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    this.fail('fault', `${machine.name}: ${textOfFault(error)}\n${stack}`);
    machine.fail();
  }

  /** A camera is told that its photograph will be decided. */
  onAcknowledged(
    { machine, key }: Node,
    { receiptId, imageHash }: Pick<Promised, 'receiptId' | 'imageHash'>,
  ): void {
    this.#tally.add('submission acknowledged');
    if (machine.isHonest) this.promised.push({ machine, key, receiptId, imageHash });
  }

  /** Whether photographs are all on the chain, by the hex of their hashes. */
  hasAll(imageHashes: ReadonlySet<string>): boolean {
    return [...imageHashes].every((hash) => this.#images.has(hash));
  }

  /** How many of what was promised is not yet on the chain. */
  openCount(): number {
    return this.promised.filter((each) => !this.isKept(each)).length;
  }

  /** Whether a photograph is on the chain. */
  isKept({ key, imageHash }: Promised): boolean {
    return this.#registered.has(`${formatHex(imageHash)}/${formatHex(key)}`);
  }

  /** Every promise is kept, on every honest chain, and the receipts say so. */
  checkPromises(): void {
    const honest = this.#machines.filter(({ isHonest }) => isHonest);
    for (const { machine, receiptId, imageHash } of this.promised) {
      const owner = machine.process;
      if (owner === undefined) {
        this.fail('promises', `${machine.name} is not there at the end`);
        continue;
      }
      for (const { name, process } of honest) {
        if (process?.ledger.isRegistered(imageHash, owner.key) === true) continue;
        this.fail('promises', `${shortOf(imageHash)} of ${machine.name} is not on ${name}'s chain`);
      }
      const receipt = owner.receipts.find(receiptId);
      const state = receipt === undefined ? 'lost' : stateOf(receipt);
      if (state !== 'committed') {
        this.fail('receipts', `${shortOf(imageHash)} of ${machine.name} is ${state} at the end`);
      }
    }
  }
}
