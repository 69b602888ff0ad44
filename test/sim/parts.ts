/** What the parts of a run see of each other. */
import type { Equivocation } from '../../chain/consensus/equivocation.ts';
import type { SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import type { Input, Ready } from '../../chain/consensus/ready.ts';
import type { Verifier } from '../../chain/consensus/statement.ts';
import type { Signer } from '../../chain/signature.ts';
import type { GenesisFacts } from '../../chain/state.ts';
import { CRASH_POINTS, type CrashPoint } from '../../node/crashPoint.ts';
import type { ClaimCheck } from '../../node/cosigning/cosignedLog.ts';
import type { AppliedBlock } from '../../node/consensus/driveLoop.ts';
import type { Wal } from '../../node/consensus/wal.ts';
import type { ReceiptDesk } from '../../node/intake/receiptDesk.ts';
import type { Ledger } from '../../node/ledger.ts';
import type { BatchPool } from '../../node/mempool/batchPool.ts';
import type { Replica } from '../../node/replica.ts';
import type { Channel } from '../../p2p/channel.ts';
import type { Answer } from '../../p2p/ports.ts';
import type { Dial } from './clock.ts';
import type { Drive } from './disk/drive.ts';
import type { Network } from './network/network.ts';
import type { Station } from './network/station.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

/** Moments around a message that leaves, beside those that production names. */
export const SEND_POINTS = ['before-send', 'amid-send', 'after-send'] as const;

/** A moment at which a process can end. */
export type EndPoint = CrashPoint | (typeof SEND_POINTS)[number];

/** Every moment that a run may choose: there is no interface here that answers with 202. */
export const END_POINTS: readonly EndPoint[] = [
  ...CRASH_POINTS.filter((point) => !point.endsWith('-202')),
  ...SEND_POINTS,
];

/** What a machine is to the rules: faulty ones are at most f. */
export type Conduct = 'honest' | 'liar' | 'wiped' | 'twin' | 'restored' | 'rotten' | 'amnesiac';

/** A machine, as its process and the checks see it. */
export interface Host {
  readonly number: number;
  readonly index: number;
  readonly name: string;
  readonly conduct: Conduct;
  /** Whether its key signs by the rules, and nothing that it stored is lost. */
  readonly isHonest: boolean;
  readonly drive: Drive;
  readonly dial: Dial;
  readonly liar: Tongue | undefined;
  readonly process: Node | undefined;
  /** Ends the process here, if here is where it was to end. Throws then. */
  onPoint(point: EndPoint, process: Node): void;
  /** The process stops by itself. */
  fail(): void;
  /** The operator removes a log that is damaged, and starts again. */
  dropLog(): void;
}

/** A running node, as liars and checks see it. */
export interface Node extends Station {
  readonly machine: Host;
  /** Its consensus key. */
  readonly key: Uint8Array;
  readonly sign: Signer;
  readonly ledger: Ledger;
  readonly replica: Replica;
  readonly receipts: ReceiptDesk;
  readonly pool: BatchPool;
  readonly wal: Wal;
  /** Whether the validator of an index keeps the rules. */
  isHonest(index: number): boolean;
}

/** What an honest validator would send, and to whom. */
export interface Said {
  readonly to: readonly string[];
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** What stands between the process of a liar and the network. */
export interface Tongue {
  onStart(process: Node): void;
  onReceive(channel: Channel, bytes: Uint8Array): void;
  /** Sends what it likes in the place of what was said. */
  say(process: Node, said: Said): void;
  /** Returns another answer, or undefined for the honest one. */
  answer(process: Node, request: Uint8Array, answer: Answer): Answer | undefined;
}

/** Who looks at what processes do. */
export interface Watcher {
  /** Notes what must not be. */
  fail(check: string, what: string): void;
  /** A process has read its disk. */
  onStart(process: Node): void;
  /** A block is durable at a process. */
  onBlock(process: Node, block: AppliedBlock): void;
  /** The engine of a process has taken an input, and what it owed is paid. */
  onStep(process: Node, input: Input, ready: Ready): void;
  /** A process sends something to others. */
  onSaid(process: Node, channel: Channel, bytes: Uint8Array): void;
  /** A quorum has cosigned a checkpoint, as far as a process has heard. */
  onFinal(process: Node, final: SignedCheckpoint): void;
  /** A process holds a proof that a validator has lied. */
  onEquivocation(process: Node, equivocation: Equivocation, isOwn: boolean): void;
  /** A process calls a batch of an institution bad. */
  onBadBatch(process: Node, aggregator: Uint8Array): void;
  /** A camera is told that its photograph will be decided. */
  onAcknowledged(
    process: Node,
    promised: { readonly receiptId: Uint8Array; readonly imageHash: Uint8Array },
  ): void;
  /** A process stops by itself, though its disk did not fail. */
  onFault(process: Node, error: unknown): void;
}

/** What everything in a run shares. */
export interface Setting {
  readonly world: World;
  readonly network: Network;
  readonly tally: Tally;
  readonly checks: Watcher;
  readonly facts: GenesisFacts;
  /** Returns the signer of a validator. */
  readonly signerOf: (index: number) => Signer;
  readonly verify: Verifier;
  readonly checkClaim: ClaimCheck;
  /** Whether the validator of an index keeps the rules. */
  readonly isHonest: (index: number) => boolean;
}
