/**
 * The outside witnesses of this log: asked about whatever becomes final, beside the quorum and never before it.
 *
 * What they have cosigned is stored, and served with the quorum's signatures. It is additive: a log is what its quorum
 * says, whether or not anybody answers here.
 */
import type { WitnessView } from '../../api/witnessPorts.ts';
import { ChainError } from '../../chain/errors.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { placeOf } from '../../chain/log/note.ts';
import { logKeyOf, type NetworkLog, policyOf } from '../../chain/log/policy.ts';
import { trimForReaders } from '../../chain/log/trim.ts';
import { readNodesFrom } from '../../chain/tile.ts';
import type { ValidatorSet } from '../../chain/validatorSet.ts';
import type { Clock } from '../clock.ts';
import { contains, createTileReader, type TreeRoot } from '../cosigning/treeHead.ts';
import type { Log } from '../log.ts';
import type { ChainStore } from '../store/chainStore.ts';
import { DamageError } from '../store/damage.ts';
import type { WorkStore } from '../store/workStore.ts';
import type { WitnessClient } from './client.ts';
import { CosignedOutside } from './cosignedOutside.ts';
import type { AskedPlace } from './files.ts';
import { OutsideWitness, type OutsideWitnessPorts } from './outsideWitness.ts';

/** The log, and who is asked to witness it. */
export interface OutsideOptions {
  readonly network: NetworkLog;
  readonly places: readonly AskedPlace[];
  /** The tree that is here: what was stored of a larger one, or of another, is of no use. */
  readonly head: TreeRoot;
}

/** The world of the outside witnesses. */
export interface OutsidePorts extends Pick<
  OutsideWitnessPorts,
  'onReply' | 'onConflict' | 'onFault'
> {
  readonly client: Pick<WitnessClient, 'ask' | 'close'>;
  readonly chain: Pick<ChainStore, 'readTile'>;
  readonly work: Pick<WorkStore, 'write' | 'readOutside'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The set whose quorum cosigns. */
  validators(): ValidatorSet;
}

const QUORUM_ONLY = { witnesses: [], others: true };

/** Asks them, and keeps what they say. */
export class OutsideWitnesses {
  /** What they have cosigned. */
  readonly cosigned = new CosignedOutside();
  readonly #options: OutsideOptions;
  readonly #ports: OutsidePorts;
  readonly #witnesses: readonly OutsideWitness[];
  /** The log's own signature is all that a witness looks at. */
  readonly #logPlace: string;

  constructor(options: OutsideOptions, ports: OutsidePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#logPlace = placeOf(logKeyOf(options.network));
    this.#witnesses = options.places.map((place) => this.#createWitness(place));
    this.#restore();
  }

  /** Takes a checkpoint that is final. */
  onFinal(checkpoint: SignedCheckpoint): void {
    for (const witness of this.#witnesses) witness.offer(checkpoint);
  }

  /** What the node's status says of them. */
  views(): readonly WitnessView[] {
    return this.#witnesses.map((each) => each.view());
  }

  /** Asks nothing more; resolves when all connections are closed. */
  async stop(): Promise<void> {
    for (const witness of this.#witnesses) witness.stop();
    await this.#ports.client.close();
  }

  #createWitness(place: AskedPlace): OutsideWitness {
    const ports = this.#ports;
    const { client, chain, clock, log } = ports;
    return new OutsideWitness(place, {
      client: {
        ask: (asked, question, signal) => {
          const checkpoint = this.#withLogLine(question.checkpoint);
          return client.ask(asked, { ...question, checkpoint }, signal);
        },
      },
      clock,
      readNode: readNodesFrom(createTileReader(chain)),
      onCosigned: (checkpoint, line) => {
        const policy = policyOf(this.#options.network, ports.validators());
        // Lines of strangers are neither stored nor served.
        this.cosigned.add(trimForReaders(checkpoint, policy, QUORUM_ONLY), line);
        return this.#store();
      },
      onReply: (name, outcome) => {
        ports.onReply(name, outcome);
      },
      onConflict: (name, reason, treeSize) => {
        log.error({ witness: name, treeSize, reason }, 'a witness contradicts this log');
        ports.onConflict(name, reason, treeSize);
      },
      onFault: (error) => {
        ports.onFault(error);
      },
    });
  }

  /** Not durable at once: what is lost is asked for again. */
  #store(): Promise<void> {
    const checkpoints = this.cosigned.format();
    return this.#ports.work.write([{ type: 'put-outside', checkpoints }], { durable: false });
  }

  #withLogLine(checkpoint: SignedCheckpoint): SignedCheckpoint {
    const { note } = checkpoint;
    const signatures = note.signatures.filter((each) => placeOf(each) === this.#logPlace);
    return { ...checkpoint, note: { ...note, signatures } };
  }

  /** Takes what was stored, as far as it is of this tree, and by witnesses that are still asked. */
  #restore(): void {
    const { head, places } = this.#options;
    const outside = new Set(places.map(({ key }) => placeOf(key)));
    for (const bytes of this.#ports.work.readOutside()) {
      const stored = parseStored(bytes);
      if (!contains(head, stored, createTileReader(this.#ports.chain))) continue;
      const { note } = stored;
      const lines = note.signatures.filter((each) => outside.has(placeOf(each)));
      const signatures = note.signatures.filter((each) => !lines.includes(each));
      const checkpoint = { ...stored, note: { ...note, signatures } };
      for (const line of lines) this.cosigned.add(checkpoint, line);
    }
  }
}

function parseStored(bytes: Uint8Array): SignedCheckpoint {
  try {
    return parseSignedCheckpoint(bytes);
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new DamageError(`a stored checkpoint is none: ${cause.message}`, { cause });
  }
}
