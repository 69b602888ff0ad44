/**
 * A node as a witness of other institutions' logs: it cosigns what has only grown.
 *
 * ```
 * question ─▶ its log's turn ─▶ compared with what is stored ─▶ stored durably ─▶ answered
 * ```
 *
 * What was cosigned is read and written within one turn, and is durable before anybody sees the cosignature: after a
 * crash at any moment nothing smaller, and nothing else of the same size, is cosigned. The store is the only memory.
 *
 * The witness key is a key of its own: cosignatures do not name who made them, so the validator's cosigner key, which
 * speaks for this network's quorum, never signs here, and this network's own log is not witnessed here.
 *
 * Source: C2SP tlog-witness v1.0.0.
 */
import { sha256 } from '#crypto';

import { ApiError } from '../../api/errors.ts';
import type { WitnessAnswer, WitnessingView, WitnessPort } from '../../api/witnessPorts.ts';
import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  type AddCheckpoint,
  formatCosignatures,
  parseAddCheckpoint,
} from '../../chain/log/addCheckpoint.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { cosign } from '../../chain/log/cosignature.ts';
import { formatNote, type NoteSignature, type NoteSigner, placeOf } from '../../chain/log/note.ts';
import { formatVerifierKey } from '../../chain/log/verifierKey.ts';
import { judgeCheckpoint, type Ruling, type WitnessedLogs } from '../../chain/log/witness.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { DamageError } from '../store/damage.ts';
import type { WitnessedLog, WorkStore } from '../store/workStore.ts';
import { Turns } from '../turns.ts';
import { LOGGED_CHARACTERS_MAX, WAITING_COUNT_MAX } from './limits.ts';

/** Who witnesses, and which logs. */
export interface WitnessOptions {
  /** The witness's own key; its name is the witness's. */
  readonly signer: NoteSigner;
  readonly logs: WitnessedLogs;
}

/** What became of a question. */
export type WitnessOutcome =
  | 'cosigned'
  | 'malformed'
  | 'unknown_log'
  | 'unsigned'
  | 'backwards'
  | 'other_size'
  | 'inconsistent'
  | 'busy';

/** A log that has signed two roots of one size. */
export interface Fork {
  readonly origin: string;
  readonly treeSize: number;
  /** What was cosigned here. */
  readonly root: Uint8Array;
  readonly otherRoot: Uint8Array;
}

/** The world of a witness. */
export interface WitnessPorts {
  readonly work: Pick<WorkStore, 'write' | 'readWitnessed'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  /** Called for every question, for metrics. */
  onOutcome(outcome: WitnessOutcome): void;
  /** Called once for each log that is caught, as long as the node runs. */
  onFork(fork: Fork): void;
  onFault(error: unknown): void;
}

const OUTCOMES: Readonly<Record<Exclude<Ruling['type'], 'cosign'>, WitnessOutcome>> = {
  unknownLog: 'unknown_log',
  unsigned: 'unsigned',
  backwards: 'backwards',
  otherSize: 'other_size',
  inconsistent: 'inconsistent',
};

/** What was cosigned last of a log. */
interface Known {
  readonly checkpoint: SignedCheckpoint;
  readonly timeS: number;
}

/** Witnesses logs. */
export class Witness implements WitnessPort {
  readonly #options: WitnessOptions;
  readonly #ports: WitnessPorts;
  readonly #turns = new Turns({
    waitingCountMax: WAITING_COUNT_MAX,
    busy: 'too many checkpoints of this log at the same time',
  });
  /** Origins by the hex of their SHA-256. */
  readonly #origins: ReadonlyMap<string, string>;
  readonly #forked = new Set<string>();

  constructor(options: WitnessOptions, ports: WitnessPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#origins = new Map(
      [...options.logs.keys()].map((origin) => [formatHex(sha256(formatUtf8(origin))), origin]),
    );
  }

  /** Resolves to the answer to a question, and rejects with the refusal that it gets. */
  async add(bytes: Uint8Array): Promise<WitnessAnswer> {
    try {
      const question = parseQuestion(bytes);
      const { origin } = question.checkpoint;
      // Only for logs that are witnessed: a stranger's origins take no room.
      if (!this.#options.logs.has(origin)) return this.#answer(question, { type: 'unknownLog' });
      return await this.#turns.take(origin, () => this.#judge(question));
    } catch (error) {
      const code = error instanceof ApiError ? error.code : undefined;
      if (code === 'ERR_MALFORMED') this.#ports.onOutcome('malformed');
      if (code === 'ERR_NOT_READY') this.#ports.onOutcome('busy');
      throw error;
    }
  }

  /** Returns the checkpoint that was cosigned last, as a note, by the hex of its origin's SHA-256. */
  read(originHash: string): Uint8Array | undefined {
    const origin = this.#origins.get(originHash);
    return origin === undefined ? undefined : this.#ports.work.readWitnessed(origin)?.checkpoint;
  }

  /** What the node's status says of it. */
  view(): WitnessingView {
    const { signer, logs } = this.#options;
    return {
      verifierKey: formatVerifierKey(signer.key),
      logs: [...logs.keys()].map((origin) => {
        const treeSize = this.#readKnown(origin)?.checkpoint.treeSize;
        return { origin, treeSize, isForked: this.#forked.has(origin) };
      }),
    };
  }

  /** Resolves when no answer is being made. */
  stop(): Promise<void> {
    return this.#turns.settled();
  }

  async #judge(question: AddCheckpoint): Promise<WitnessAnswer> {
    const { checkpoint } = question;
    const known = this.#readKnown(checkpoint.origin);
    const ruling = judgeCheckpoint(question, this.#options.logs, known?.checkpoint);
    if (ruling.type !== 'cosign') return this.#answer(question, ruling, known?.checkpoint);
    const line = await this.#cosign(checkpoint, known?.timeS ?? 0);
    this.#ports.onOutcome('cosigned');
    return { type: 'cosigned', lines: formatCosignatures([line]) };
  }

  /** The answer where nothing is cosigned. */
  #answer(
    { checkpoint }: AddCheckpoint,
    ruling: Exclude<Ruling, { readonly type: 'cosign' }>,
    known?: SignedCheckpoint,
  ): WitnessAnswer {
    this.#ports.onOutcome(OUTCOMES[ruling.type]);
    switch (ruling.type) {
      case 'otherSize':
        return ruling;
      case 'unknownLog':
        throw new ApiError('ERR_NOT_FOUND', 'no log of this origin is witnessed here');
      case 'unsigned':
        throw new ApiError('ERR_UNKNOWN_SIGNER', ruling.reason);
      case 'backwards':
        throw new ApiError('ERR_FIELD', ruling.reason);
      case 'inconsistent':
        if (ruling.isFork && known !== undefined) this.#noteFork(checkpoint, known);
        throw new ApiError('ERR_PROOF', ruling.reason);
    }
  }

  async #cosign(checkpoint: SignedCheckpoint, timeMinS: number): Promise<NoteSignature> {
    const { signer } = this.#options;
    const { work, clock } = this.#ports;
    const { origin, note } = checkpoint;
    // Times do not go back, whatever the clock does.
    const timeS = Math.max(Math.floor(clock.nowMs() / 1_000), timeMinS);
    const line = cosign(note.text, timeS, signer);
    const signatures = [...this.#ownSignatures(checkpoint), line];
    const log = { origin, timeS, checkpoint: formatNote({ text: note.text, signatures }) };
    try {
      await work.write([{ type: 'put-witnessed', log }], { durable: true });
    } catch (error) {
      this.#ports.onFault(error);
      throw error;
    }
    return line;
  }

  /** The log's own signatures, one of each key: what others have added is not kept. */
  #ownSignatures({ origin, note }: SignedCheckpoint): readonly NoteSignature[] {
    const left = new Set(this.#options.logs.get(origin)?.map(placeOf));
    return note.signatures.filter((each) => left.delete(placeOf(each)));
  }

  #readKnown(origin: string): Known | undefined {
    const stored = this.#ports.work.readWitnessed(origin);
    return stored && { checkpoint: parseStored(stored), timeS: stored.timeS };
  }

  #noteFork(checkpoint: SignedCheckpoint, known: SignedCheckpoint): void {
    const { origin, treeSize } = checkpoint;
    if (this.#forked.has(origin)) return;
    this.#forked.add(origin);
    const { text } = checkpoint.note;
    const other = formatNote({ text, signatures: this.#ownSignatures(checkpoint) });
    this.#ports.log.error(
      {
        origin,
        treeSize,
        checkpoint: new TextDecoder().decode(other).slice(0, LOGGED_CHARACTERS_MAX),
      },
      'a log that is witnessed here has signed two roots of one size',
    );
    this.#ports.onFork({ origin, treeSize, root: known.root, otherRoot: checkpoint.root });
  }
}

/** Bytes of no form are refused as such, whatever limit they break. */
function parseQuestion(bytes: Uint8Array): AddCheckpoint {
  try {
    return parseAddCheckpoint(bytes);
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new ApiError('ERR_MALFORMED', cause.message, { cause });
  }
}

function parseStored({ checkpoint }: WitnessedLog): SignedCheckpoint {
  try {
    return parseSignedCheckpoint(checkpoint);
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new DamageError(`a witnessed checkpoint is none: ${cause.message}`, { cause });
  }
}
