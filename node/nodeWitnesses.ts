/** A node as a witness of other logs, and the outside witnesses of its own, over its parts. */
import type { WitnessingView, WitnessPort, WitnessView } from '../api/witnessPorts.ts';
import type { SignedCheckpoint } from '../chain/log/checkpoint.ts';
import type { Audit } from './audit/audit.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { treeHeadOf } from './cosigning/treeHead.ts';
import { networkLogOf, readPassphrase, type ValidatorIdentity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Rules } from './rules.ts';
import type { Stores } from './stores.ts';
import { WitnessClient } from './witness/client.ts';
import type { CosignedOutside } from './witness/cosignedOutside.ts';
import { type AskedPlace, readAskedWitnesses, readWitnessOptions } from './witness/files.ts';
import { OutsideWitnesses } from './witness/outsideWitnesses.ts';
import { Witness, type WitnessOptions } from './witness/witness.ts';

/** What the settings name. */
export interface WitnessSetup {
  /** Undefined: this node witnesses no other log. */
  readonly options: WitnessOptions | undefined;
  readonly places: readonly AskedPlace[];
}

/** Resolves to what the settings name. Rejects with ERR_WITNESS, or ERR_KEYS for a passphrase file. */
export async function readWitnessSetup(
  { witness, witnessesPath, keysPassphraseFile }: Config,
  network: ValidatorIdentity,
): Promise<WitnessSetup> {
  const passphrase = await readPassphrase(keysPassphraseFile);
  return {
    options: witness && (await readWitnessOptions(witness, passphrase, network)),
    places: witnessesPath === undefined ? [] : await readAskedWitnesses(witnessesPath, network),
  };
}

/** The parts that they look at. */
export interface WitnessParts {
  readonly config: Config;
  readonly identity: ValidatorIdentity;
  readonly witnessSetup: WitnessSetup;
  readonly stores: Pick<Stores, 'chain' | 'work'>;
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  /** They are made later. */
  metrics(): Metrics;
  onFault(error: unknown): void;
}

/** Both sides of witnessing. */
export class NodeWitnesses {
  /** Undefined: this node witnesses no other log. */
  readonly port: WitnessPort | undefined;
  readonly #parts: WitnessParts;
  readonly #witness: Witness | undefined;
  readonly #outside: OutsideWitnesses;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
    const { options } = parts.witnessSetup;
    this.#witness = options && this.#createWitness(options);
    this.port = this.#witness;
    this.#outside = this.#createOutside();
  }

  /** Puts the witness's key on record, where there is one. */
  recordKey(): void {
    const publicKey = this.#parts.witnessSetup.options?.signer.key.publicKey;
    if (publicKey === undefined) return;
    this.#parts.audit.record({ type: 'keyLoaded', purpose: 'witness', publicKey });
  }

  /** What outside witnesses have cosigned. */
  cosigned(): CosignedOutside {
    return this.#outside.cosigned;
  }

  /** Takes a checkpoint that is final; undefined: there is none yet. */
  onFinal(checkpoint: SignedCheckpoint | undefined): void {
    if (checkpoint !== undefined) this.#outside.onFinal(checkpoint);
  }

  /** What the node's status says of its outside witnesses. */
  views(): readonly WitnessView[] {
    return this.#outside.views();
  }

  /** What it says of the node as a witness; undefined where it is none. */
  witnessing(): WitnessingView | undefined {
    return this.#witness?.view();
  }

  /** Resolves when nothing is asked and nothing is answered any more. */
  async stop(): Promise<void> {
    await this.#outside.stop();
    await this.#witness?.stop();
  }

  #createWitness(options: WitnessOptions): Witness {
    const parts = this.#parts;
    const { stores, clock, log, audit } = parts;
    return new Witness(options, {
      work: stores.work,
      clock,
      log,
      onOutcome: (outcome) => {
        parts.metrics().checkpointsWitnessed.inc({ outcome });
      },
      onFork: (fork) => {
        audit.record({ type: 'fork', ...fork });
      },
      onFault: (error) => {
        parts.onFault(error);
      },
    });
  }

  #createOutside(): OutsideWitnesses {
    const parts = this.#parts;
    const { config, identity, witnessSetup, stores, ledger, rules } = parts;
    const { clock, log, audit } = parts;
    const network = networkLogOf(identity);
    const head = treeHeadOf(ledger.edge());
    return new OutsideWitnesses(
      { network, places: witnessSetup.places, head },
      {
        client: new WitnessClient({ allowPrivate: config.witnessesPrivate }),
        chain: stores.chain,
        work: stores.work,
        clock,
        log,
        validators: () => rules.validators(),
        onReply: (witness, outcome) => {
          parts.metrics().witnessQuestions.inc({ witness, outcome });
        },
        onConflict: (witness, reason, treeSize) => {
          audit.record({ type: 'witnessConflict', witness, treeSize, message: reason });
        },
        onFault: (error) => {
          parts.onFault(error);
        },
      },
    );
  }
}
