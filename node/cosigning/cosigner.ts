/**
 * The cosigner: what this validator says of the log, once.
 *
 * ```
 * block durable ─▶ all that is known of the log is contained ─▶ size, root and time durable ─▶ claim to all
 * ```
 *
 * R21: a cosignature is for what is committed here, never for a smaller tree than one before, and never for another
 * root. What was said is written before it is said. After a start nothing is cosigned before a quorum has told what
 * it holds: a folder that was restored from a backup must catch up first.
 */
import type { RawSigner } from '../../chain/log/note.ts';
import type { NetworkLog } from '../../chain/log/policy.ts';
import type { TileReader } from '../../chain/tile.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import type { Clock } from '../clock.ts';
import type { Cosigned, WorkStore } from '../store/workStore.ts';
import type { Claim } from './claim.ts';
import { createClaim } from './cosignedLog.ts';
import { contains, type TreeHead, type TreeRoot } from './treeHead.ts';

/** Whose claims are made. */
export interface CosignerOptions {
  readonly network: NetworkLog;
  readonly validator: Validator;
  /** Signs with the cosigner key. */
  readonly sign: RawSigner;
}

/** The world of the cosigner. */
export interface CosignerPorts {
  readonly work: Pick<WorkStore, 'write' | 'readCosigned'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly readTile: TileReader;
  /** Whether blocks are being fetched that others have: what is cosigned is the newest. */
  isBehind(): boolean;
  /** Takes a claim that is durable. */
  onClaim(claim: Claim): void;
  /** Called when the log here contradicts what this validator or a quorum has said of it. */
  onConflict(why: string): void;
  onFault(error: unknown): void;
}

/** Makes the claims of one validator. */
export class Cosigner {
  readonly #options: CosignerOptions;
  readonly #ports: CosignerPorts;
  /** What the tree must contain before it is cosigned; undefined before the others have answered. */
  #bounds: readonly TreeRoot[] | undefined;
  #last: Cosigned | undefined;
  #refusal: string | undefined;
  #head: TreeHead | undefined;
  #isWriting = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: CosignerOptions, ports: CosignerPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#last = ports.work.readCosigned();
  }

  /** Size of the last tree that was cosigned; 0 before the first. */
  lastSize(): number {
    return this.#last?.treeSize ?? 0;
  }

  /** Why nothing is cosigned any more, undefined while it is. */
  refusal(): string | undefined {
    return this.#refusal;
  }

  /** The last claim, made again: to be repeated to who has not heard it. */
  lastClaim(): Claim | undefined {
    return this.#last === undefined || this.#bounds === undefined || this.#refusal !== undefined
      ? undefined
      : this.#claimOf(this.#last);
  }

  /** Begins, with what the others hold of the log. */
  begin(bounds: readonly TreeRoot[]): void {
    this.#bounds = this.#last === undefined ? bounds : [...bounds, this.#last];
    this.#cosign();
  }

  /** Takes the tree after a block that is durable. */
  offer(head: TreeHead): void {
    this.#head = head;
    this.#cosign();
  }

  /** Cosigns nothing from now on. */
  refuse(why: string): void {
    this.#refusal ??= why;
  }

  /** Resolves when nothing is being written. */
  async stop(): Promise<void> {
    this.refuse('the node stops');
    await this.#tail;
  }

  /** One write at a time: meanwhile blocks may pass, of which only the newest is cosigned. */
  #cosign(): void {
    const head = this.#head;
    if (this.#isWriting || head === undefined || !this.#mayCosign(head)) return;
    this.#isWriting = true;
    this.#tail = this.#write(head)
      .catch((error: unknown) => {
        this.refuse('the store has failed');
        this.#ports.onFault(error);
      })
      .then(() => {
        this.#isWriting = false;
        this.#cosign();
      });
  }

  #mayCosign(head: TreeHead): boolean {
    if (this.#refusal !== undefined || this.#bounds === undefined) return false;
    if (this.#bounds.some(({ treeSize }) => treeSize > head.treeSize)) return false;
    const lost = this.#bounds.find((bound) => !contains(head, bound, this.#ports.readTile));
    // What a tree contains it contains for ever.
    this.#bounds = [];
    if (lost === undefined) return head.treeSize > this.lastSize() && !this.#ports.isBehind();
    const why = `the log here is not the one of which ${lost.treeSize} entries were cosigned`;
    this.refuse(why);
    this.#ports.onConflict(why);
    return false;
  }

  async #write({ treeSize, root }: TreeHead): Promise<void> {
    const nowS = Math.floor(this.#ports.clock.nowMs() / 1_000);
    // Times do not go back, whatever the clock does.
    const cosigned = { treeSize, root, timeS: Math.max(nowS, this.#last?.timeS ?? 0) };
    await this.#ports.work.write([{ type: 'put-cosigned', cosigned }], { durable: true });
    this.#last = cosigned;
    if (this.#refusal === undefined) this.#ports.onClaim(this.#claimOf(cosigned));
  }

  #claimOf(cosigned: Cosigned): Claim {
    const { network: log, validator, sign } = this.#options;
    return createClaim(cosigned, cosigned.timeS, { log, validator, sign });
  }
}
