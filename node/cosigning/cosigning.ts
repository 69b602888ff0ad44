/**
 * Cosigning: how a validator and the others agree aloud on what the log is, block by block.
 *
 * ```
 * block ─▶ checkpoints (gather) ◀─ claims of others
 *      └─▶ cosigner ─▶ claim ─▶ checkpoints, and all others
 * start ─▶ poll: what do you hold? ─▶ cosigner begins
 * a quorum of claims ─▶ final: stored, served, handed to who asks
 * ```
 *
 * It runs behind the chain and never holds it up: a block is decided by votes, and cosigned when it is durable.
 */
import { quorumSize } from '../../chain/consensus/quorum.ts';
import { formatSignedCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import type { RawSigner } from '../../chain/log/note.ts';
import type { NetworkLog } from '../../chain/log/policy.ts';
import type { Edge } from '../../chain/state.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import type { Clock } from '../clock.ts';
import { Poll } from '../consensus/poll.ts';
import type { Log } from '../log.ts';
import type { ConnectedPeer, Peers } from '../peers.ts';
import type { ChainStore } from '../store/chainStore.ts';
import type { WorkStore } from '../store/workStore.ts';
import { encodeRequest } from '../wire/requests.ts';
import { encodeVoteFrame } from '../wire/votes.ts';
import { ANSWER_BYTES_MAX, decodeAnswer, encodeAnswer } from './checkpointAnswer.ts';
import { Checkpoints } from './checkpoints.ts';
import type { Claim } from './claim.ts';
import type { ClaimCheck } from './cosignedLog.ts';
import { Cosigner } from './cosigner.ts';
import { CheckpointFetcher } from './fetcher.ts';
import { createTileReader, treeHeadOf, type TreeRoot } from './treeHead.ts';

/** Who cosigns. */
export interface CosigningOptions {
  readonly network: NetworkLog;
  readonly validator: Validator;
  /** Its place in the set. */
  readonly index: number;
  /** Signs with the cosigner key, and with the log's. */
  readonly sign: RawSigner;
  readonly signLog: RawSigner;
  /** `checkClaim`, or what stands for it. */
  readonly check: ClaimCheck;
}

/** The world of cosigning. */
export interface CosigningPorts {
  readonly chain: Pick<ChainStore, 'readTile' | 'readCheckpoint' | 'putCheckpoint'>;
  readonly work: Pick<WorkStore, 'write' | 'readCosigned'>;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  edge(): Edge;
  isBehind(): boolean;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
  onFinal(checkpoint: SignedCheckpoint): void;
  onFault(error: unknown): void;
}

/** What an operator is told. */
export interface CosigningView {
  /** Size of the last tree that this validator has cosigned; 0 before the first. */
  readonly cosignedSize: number;
  /** Why nothing is cosigned any more; undefined while nothing is wrong. */
  readonly refusal: string | undefined;
  /** Whether others must first say what they hold. */
  readonly isAsking: boolean;
}

const FETCHING = { delayMs: 2_000, retryMs: 1_000 };

/** Cosigns for one validator. */
export class Cosigning {
  readonly #options: CosigningOptions;
  readonly #ports: CosigningPorts;
  readonly #checkpoints: Checkpoints;
  readonly #cosigner: Cosigner;
  readonly #fetcher: CheckpointFetcher;
  readonly #poll: Poll<readonly TreeRoot[]>;

  constructor(options: CosigningOptions, ports: CosigningPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#checkpoints = this.#createCheckpoints();
    this.#cosigner = this.#createCosigner();
    this.#fetcher = new CheckpointFetcher(FETCHING, {
      peers: ports.peers,
      clock: ports.clock,
      isBehind: () => this.#isOverdue(),
      adopt: (bytes) => {
        this.#checkpoints.adopt(bytes);
      },
      onOverdue: () => {
        this.#repeat();
      },
      onFault: (error) => {
        ports.onFault(error);
      },
    });
    this.#poll = this.#createPoll();
  }

  /** Begins: asks the others, and cosigns once enough have answered. */
  start(): void {
    this.#cosigner.offer(this.#checkpoints.head());
    this.#poll.start();
    this.#fetcher.wake();
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#poll.stop();
    this.#fetcher.stop();
    await this.#cosigner.stop();
  }

  /** The newest checkpoint that a quorum has cosigned. */
  final(): SignedCheckpoint | undefined {
    return this.#checkpoints.final();
  }

  view(): CosigningView {
    return {
      cosignedSize: this.#cosigner.lastSize(),
      refusal: this.#cosigner.refusal(),
      isAsking: !this.#poll.isOver,
    };
  }

  /** Takes a block that is durable. */
  onBlock(edge: Edge): void {
    const head = treeHeadOf(edge);
    this.#checkpoints.advance(head);
    this.#cosigner.offer(head);
    this.#fetcher.wake();
  }

  /** Takes a claim of a validator. Throws a ChainError for what no honest one says. */
  receive(index: number, claim: Claim): void {
    this.#checkpoints.hear(index, claim);
  }

  /** Takes the news that a peer can be asked, or no longer can. */
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void {
    this.#poll.onPeer(peer, state);
    if (state === 'down') return;
    this.#fetcher.wake();
    const last = this.#cosigner.lastClaim();
    if (last === undefined) return;
    const frame = encodeVoteFrame({ type: 'claim', claim: last });
    this.#ports.peers.send(peer.peerId, 'votes', frame);
  }

  /** Returns what is held here, for a peer that asks. */
  answer({ index }: ConnectedPeer): Uint8Array {
    const final = this.final();
    return encodeAnswer({
      final: final === undefined ? undefined : formatSignedCheckpoint(final),
      newest: index === undefined ? undefined : this.#checkpoints.newestOf(index),
    });
  }

  /** Cosigns nothing from now on. */
  refuse(why: string): void {
    this.#ports.log.error({ reason: why }, 'cosigning has ended');
    this.#cosigner.refuse(why);
  }

  #createCheckpoints(): Checkpoints {
    const ports = this.#ports;
    const { chain, log } = ports;
    const { network, signLog, check } = this.#options;
    return new Checkpoints(treeHeadOf(ports.edge()), {
      network,
      signLog,
      check,
      chain,
      readTile: createTileReader(chain),
      log,
      onFinal: (checkpoint) => {
        ports.onFinal(checkpoint);
      },
      onConflict: (why) => {
        this.refuse(why);
      },
      onFault: (error) => {
        ports.onFault(error);
      },
    });
  }

  #createCosigner(): Cosigner {
    const ports = this.#ports;
    const { chain, work, clock } = ports;
    return new Cosigner(this.#options, {
      work,
      clock,
      readTile: createTileReader(chain),
      isBehind: () => ports.isBehind(),
      onClaim: (claim) => {
        this.#checkpoints.hear(this.#options.index, claim);
        this.#say(claim);
      },
      onConflict: (why) => {
        this.refuse(why);
      },
      onFault: (error) => {
        ports.onFault(error);
      },
    });
  }

  #createPoll(): Poll<readonly TreeRoot[]> {
    const ports = this.#ports;
    const { peers, clock } = ports;
    return new Poll(
      {
        name: 'checkpoint',
        request: encodeRequest({ type: 'checkpoint' }),
        answerBytesMax: ANSWER_BYTES_MAX,
        check: (answer) => this.#check(answer),
        // With this validator they are a quorum, which shares an honest one with that of any final checkpoint.
        isEnough: (answered) =>
          answered.size >= quorumSize(this.#checkpoints.head().validators.length) - 1,
      },
      {
        peers,
        clock,
        random: () => ports.random(),
        onEnough: (answers) => {
          this.#cosigner.begin(answers.flat());
        },
        onFault: (error) => {
          ports.onFault(error);
        },
      },
    );
  }

  /** Returns what an answer proves of the log: what is final, and what this validator itself has said. */
  #check(answer: Uint8Array): readonly TreeRoot[] {
    const { final, newest } = decodeAnswer(answer);
    const { network, validator, check } = this.#options;
    if (newest !== undefined) check(newest, network, validator);
    const adopted = final === undefined ? [] : [this.#checkpoints.adopt(final)];
    return newest === undefined ? adopted : [...adopted, newest];
  }

  #isOverdue(): boolean {
    const finalSize = this.final()?.treeSize ?? 0;
    return finalSize < this.#checkpoints.head().treeSize;
  }

  /** Says the last claim again; or a first one, where the chain was behind when the block came. */
  #repeat(): void {
    this.#cosigner.offer(this.#checkpoints.head());
    const last = this.#cosigner.lastClaim();
    if (last !== undefined) this.#say(last);
  }

  #say(claim: Claim): void {
    this.#ports.peers.broadcast('votes', encodeVoteFrame({ type: 'claim', claim }));
  }
}
