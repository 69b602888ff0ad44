/**
 * What the interface needs of a node: the few methods that it calls. It knows neither the node nor p2p.
 *
 * Values are the chain's; turning them into JSON is the interface's work. Absent is undefined.
 */
import type { SignedBatch } from '../chain/batch.ts';
import type { CommitCertificate, Header } from '../chain/block.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import type { ImageEntry } from '../chain/entry.ts';
import type { TreeSizes } from '../chain/log/consistency.ts';
import type { TileName } from '../chain/log/tilePath.ts';
import type { TlogProof } from '../chain/log/tlogProof.ts';
import type { Digest } from '../chain/record.ts';
import type { HashedRekord } from '../chain/sigstore/hashedRekord.ts';
import type { State } from '../chain/state.ts';
import type { Measures } from './measures.ts';
import type { WitnessingView, WitnessPort, WitnessView } from './witnessPorts.ts';

/** A camera's request, parsed: every field has its type, size and encoding; nothing else is checked. */
export interface CameraRequest {
  readonly imageHash: Uint8Array;
  /** As it was sent: DER, or PEM text. */
  readonly certificateBytes: Uint8Array;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly gpsHash: Uint8Array | undefined;
  /** At most 16. */
  readonly parents: readonly Uint8Array[];
  /** Sorted by name, unique, of known names and sizes. */
  readonly digests: readonly Digest[];
  /** Strict DER or 64 raw bytes. */
  readonly signature: Uint8Array;
}

/** A legacy request, parsed. */
export interface LegacyRequest {
  readonly imageHash: Uint8Array;
  /** 60 bytes. */
  readonly token: Uint8Array;
  /** Three, 0..2499. */
  readonly tableReferences: readonly number[];
  /** Three, 0..999. */
  readonly keyIndices: readonly number[];
  readonly timestamp: number;
  readonly gpsHash: Uint8Array | undefined;
  readonly signature: Uint8Array | undefined;
}

/** How far a submission has come. */
export type SubmissionState =
  | 'received'
  | 'certificate_verified'
  | 'authority_pending'
  | 'validated'
  | 'batched'
  | 'committed'
  | 'rejected';

/** A receipt, as a client may see it. */
export interface ReceiptView {
  /** 16 bytes, shown as a UUID. */
  readonly id: Uint8Array;
  readonly imageHash: Uint8Array;
  readonly steps: readonly { readonly state: SubmissionState; readonly atMs: number }[];
  readonly rejection: { readonly code: string; readonly message: string } | undefined;
  readonly duplicateOf: Uint8Array | undefined;
  readonly attempts: number;
  readonly nextAttemptMs: number | undefined;
  readonly problem: { readonly code: string; readonly message: string } | undefined;
  readonly batchId: Uint8Array | undefined;
  readonly notKept: readonly string[];
}

/** Takes submissions in. */
export interface IntakePort {
  /**
   * Resolves to the receipt once the submission is durable, or was already.
   *
   * Rejects with a ChainError or an ApiError; then nothing is kept.
   *
   * @param address - the client's network address, for rate limits.
   */
  submit(request: CameraRequest, address: string): Promise<ReceiptView>;
  /** Likewise for the legacy form. Rejects with ERR_LEGACY_GONE where the chain does not take it. */
  submitLegacy(request: LegacyRequest, address: string): Promise<ReceiptView>;
  findReceipt(id: Uint8Array): ReceiptView | undefined;
  /** Resolves at the receipt's next change, or when the signal aborts. */
  waitForChange(id: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Whether a submission of this picture is pending here. */
  isPending(imageHash: Uint8Array): boolean;
}

/** A registration: an image entry and its place in the log. */
export interface Registration {
  readonly logIndex: number;
  readonly entry: ImageEntry;
}

/** Up to where an answer looked. */
export interface AsOf {
  readonly height: number;
  readonly blockTimeMs: number;
  /** Closing entry included. */
  readonly logSize: number;
}

/** A block with what is shown of it. */
export interface BlockView {
  readonly header: Header;
  readonly hash: Uint8Array;
  readonly certificate: CommitCertificate | undefined;
  readonly recordCount: number;
}

/** A committed batch. */
export interface TransactionView {
  readonly height: number;
  readonly signed: SignedBatch;
}

/** Reads the chain. Reads see whole blocks only, and all but one are synchronous. */
export interface LedgerPort {
  asOf(): AsOf;
  /** Resolves when the next block can be read, or when the signal aborts. */
  nextBlock(signal: AbortSignal): Promise<void>;
  /** Height of the first block that is held: 0, or that of a block whose batches, and all before it, are absent. */
  baseHeight(): number;
  recordCount(): number;
  /** Ascending by log index: the first is the answer, later ones are also registered. */
  findRegistrations(imageHash: Uint8Array): readonly Registration[];
  /**
   * Resolves to the image hashes that begin with some lower-case hex digits: each once, ascending, the first
   * `countMax`, as of the block that was the last when it was called.
   */
  findImageHashes(digits: string, countMax: number): Promise<readonly Uint8Array[]>;
  /** Image hashes of committed records that name this one as a parent, at most `countMax`. */
  findDerivatives(imageHash: Uint8Array, countMax: number): readonly Uint8Array[];
  readBlock(height: number): BlockView | undefined;
  findHeight(blockHash: Uint8Array): number | undefined;
  readTransaction(batchId: Uint8Array): TransactionView | undefined;
  state(): State;
  /** The genesis document, as JSON. */
  genesis(): unknown;
}

/** A proof that a validator signed two values for one slot. */
export interface EquivocationView {
  readonly equivocation: Equivocation;
  /** Height of the block that recorded it; undefined while none has. */
  readonly recordedHeight: number | undefined;
}

/** A validator as this node sees it. */
export interface ValidatorView {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly status: 'up' | 'behind' | 'missing';
  /** Unix ms. */
  readonly lastSeenMs: number | undefined;
  readonly lastSignedHeight: number | undefined;
  readonly lostViews: number;
  readonly suspendedUntil: number | undefined;
  /** At most one: a second proves nothing more. */
  readonly evidence: readonly EquivocationView[];
  /** Height of the block with a proof, where this node does not hold its batches. */
  readonly evidenceElsewhere: number | undefined;
}

/** An authority as this node sees it. */
export interface AuthorityView {
  readonly id: string;
  readonly name: string;
  readonly endpoints: readonly string[];
  readonly signsVerdicts: boolean;
  readonly blind: boolean;
  /** Whether its circuit is closed (answering), or open (not asked for now); undefined: this node never asks it. */
  readonly answering: boolean | undefined;
  readonly pendingSubmissions: number;
  readonly lastAnswerMs: number | undefined;
  readonly lastProblem: string | undefined;
}

/** A proposal that was not voted for. */
export interface RefusalView {
  readonly code: string;
  readonly message: string;
  readonly height: number;
  readonly view: number;
  /** Unix ms. */
  readonly atMs: number;
}

/** What a node says of its time stamps. */
export interface TimestampView {
  /** Object identifier of the policy of its tokens, as dotted decimals. */
  readonly policy: string;
  /** Unix ms. */
  readonly certificateEndsMs: number;
}

/** Makes time stamps (RFC 3161). */
export interface TimestampPort {
  /**
   * Resolves to the DER of a TimeStampResp for the bytes of a TimeStampReq, whatever they are.
   *
   * Rejects with ERR_NOT_READY where too many wait.
   */
  answer(query: Uint8Array): Promise<Uint8Array>;
}

/** A proof; undefined where a quorum has not cosigned its block yet. */
export interface FoundProof {
  readonly proof: TlogProof | undefined;
}

/** Reads the log: what a final checkpoint covers, and nothing else. */
export interface LogPort {
  /** The newest checkpoint that a quorum has cosigned, as bytes of its note; undefined before the first. */
  checkpoint(): Uint8Array | undefined;
  /** The newest checkpoint that outside witnesses have cosigned too, with theirs; undefined before the first. */
  witnessedCheckpoint(): Uint8Array | undefined;
  /** Entries that it covers; 0 before the first. */
  finalSize(): number;
  /** Text of the verifier key with which the log signs. */
  verifierKey(): string;
  /** Text of the policy that a checkpoint of this size is judged by; undefined beyond the log's end. */
  policy(treeSize: number): string | undefined;
  /** A tile, or a bundle of entries; undefined where the final checkpoint has none of this width. */
  readTile(name: TileName): Uint8Array | undefined;
  /**
   * Resolves to the proof of a picture's first registration, with a final checkpoint of the same tree; to undefined
   * where it is not registered. Where no checkpoint is of it yet, waits for one until the signal aborts.
   */
  prove(imageHash: Uint8Array, signalOf: () => AbortSignal): Promise<FoundProof | undefined>;
  /** Hashes that lead from one tree to another; undefined beyond the log's end. The old size is not above the new. */
  proveConsistency(sizes: TreeSizes): readonly Uint8Array[] | undefined;
}

/** An entry of the institution's Sigstore log, with its proof. */
export interface SigstoreEntry {
  readonly logIndex: number;
  /** 32 bytes by which clients know the log. */
  readonly logId: Uint8Array;
  /** Bytes that are hashed into the tree, and what they say. */
  readonly leaf: Uint8Array;
  readonly record: HashedRekord;
  readonly treeSize: number;
  readonly root: Uint8Array;
  /** From the leaf's sibling to the root's child. */
  readonly hashes: readonly Uint8Array[];
  /** Bytes of the checkpoint's note, of this tree. */
  readonly checkpoint: Uint8Array;
  /** DER of a TimeStampResp over the signature. */
  readonly stamp: Uint8Array;
}

/** An authority of a trusted root. */
export interface SigstoreAuthority {
  /** DER, the root last. */
  readonly certificates: readonly Uint8Array[];
  /** Common name of the root. */
  readonly rootName: string;
  /** Unix ms. */
  readonly validFromMs: number;
}

/** What whoever checks the institution's bundles has to trust. */
export interface SigstoreTrust {
  readonly institution: string;
  /** Name of the log. */
  readonly origin: string;
  readonly logId: Uint8Array;
  /** Ed25519. */
  readonly logKey: Uint8Array;
  /** Unix ms. */
  readonly validFromMs: number;
  /** DER of the SubjectPublicKeyInfo of the key that signs photographs. */
  readonly publicKey: Uint8Array;
  /** All on which entries rest, the oldest first; none where they name the key itself. */
  readonly certificateAuthorities: readonly SigstoreAuthority[];
  readonly timestampAuthorities: readonly SigstoreAuthority[];
}

/** The institution's Sigstore log: signatures over photographs that the chain holds as originals. */
export interface SigstorePort {
  /** The entry of a photograph by the present key or certificate; undefined where there is none yet. */
  find(imageHash: Uint8Array): SigstoreEntry | undefined;
  /**
   * Resolves to that entry, which is made if there is none.
   *
   * Rejects with ERR_NOT_FOUND, ERR_NOT_ORIGINAL, or ERR_NOT_READY where too many wait or no time stamp can be made.
   */
  sign(imageHash: Uint8Array): Promise<SigstoreEntry>;
  /**
   * Resolves to the entry of a signature that was made elsewhere with the institution's key.
   *
   * Rejects as `sign` does, and with ERR_UNKNOWN_SIGNER, ERR_SIGNATURE or ERR_LOGGED.
   */
  append(record: HashedRekord): Promise<SigstoreEntry>;
  /** Bytes of the newest checkpoint's note. */
  checkpoint(): Uint8Array;
  /** A tile, or a bundle of entries; undefined where the log has none of this width. */
  readTile(name: TileName): Uint8Array | undefined;
  trust(): SigstoreTrust;
}

/** What a node says of the log's checkpoints. */
export interface CheckpointView {
  /** Entries that the newest final checkpoint covers; 0 before the first. */
  readonly finalSize: number;
  /** Entries of the last tree that this validator cosigned; undefined for an observer. */
  readonly cosignedSize: number | undefined;
  /** Why this node does not believe in its log any more; undefined while nothing is wrong. */
  readonly refusal: string | undefined;
}

/** The node's own truth about itself. */
export interface NodeStatus {
  readonly nodeId: string;
  readonly version: string;
  readonly chainId: Uint8Array;
  readonly mode: 'single' | 'pbft';
  readonly uptimeS: number;
  /** Share of the time since the data directory was first used that the node was up, 0..1. */
  readonly uptimeShare: number;
  readonly pendingSubmissions: number;
  readonly view: number;
  readonly proposer: string;
  readonly quorum: number;
  /** f: Byzantine validators tolerated. */
  readonly faultsTolerated: number;
  /** n - Q: stopped validators tolerated. */
  readonly stopsTolerated: number;
  readonly missing: readonly string[];
  /** Why no block is being made, as a sentence; undefined while nothing is wrong. */
  readonly stalled: string | undefined;
  /** The last proposal that this validator did not vote for. */
  readonly lastRefusal: RefusalView | undefined;
  /** The height up to which this validator signs nothing; undefined where nothing bars it. */
  readonly signFloor: number | undefined;
  readonly syncing: boolean;
  readonly observer: boolean;
  /** Validators that an observer is connected to; undefined for a validator. */
  readonly following: readonly string[] | undefined;
  readonly checkpoint: CheckpointView;
  /** Undefined: this node makes no time stamps. */
  readonly timestamps: TimestampView | undefined;
  /** Outside witnesses that are asked. */
  readonly witnesses: readonly WitnessView[];
  /** Undefined: this node witnesses no other log. */
  readonly witnessing: WitnessingView | undefined;
  /** Why the node is not ready; empty when it is. */
  readonly notReady: readonly string[];
}

/** Tells what the node knows of itself and its surroundings. */
export interface StatusPort {
  status(): NodeStatus;
  validators(): readonly ValidatorView[];
  authorities(): readonly AuthorityView[];
  /** Prometheus text. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  measure(): Promise<Measures>;
}

/** Changes the node itself; served on the admin address only. */
export interface AdminPort {
  /** Asks an authority again at once about everything that waits for it; returns how many. */
  retryAuthority(id: string): number | undefined;
  setLogLevel(level: 'error' | 'warn' | 'info' | 'debug'): void;
}

/** The world of the interface. */
export interface ApiPorts {
  /** Undefined: this node is an observer and takes nothing in. */
  readonly intake: IntakePort | undefined;
  readonly ledger: LedgerPort;
  readonly log: LogPort;
  readonly status: StatusPort;
  /** Undefined: this node has no time-stamping certificate. */
  readonly timestamps: TimestampPort | undefined;
  /** Undefined: this node has no Sigstore log. */
  readonly sigstore: SigstorePort | undefined;
  /** Undefined: this node witnesses no other log. */
  readonly witness: WitnessPort | undefined;
  readonly admin: AdminPort;
  /** Called for every answered request, for metrics. */
  onResponse(route: string, status: number, seconds: number): void;
  /** Called for an error that is a mistake of ours; the client gets ERR_INTERNAL. */
  onFault(error: unknown): void;
}
