/**
 * Checkpoints: the tree after each block, who has cosigned it, and the newest one that a quorum has.
 *
 * A checkpoint is final once a quorum has cosigned it. Only those are served: whoever has one need trust no single
 * validator. Every validator's claims are looked at, and compared with the tree that is here.
 */
import type { Log } from '../log.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  formatSignedCheckpoint,
  parseSignedCheckpoint,
  type SignedCheckpoint,
} from '../../chain/log/checkpoint.ts';
import type { RawSigner } from '../../chain/log/note.ts';
import { type NetworkLog, policyOf } from '../../chain/log/policy.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from '../../chain/log/trust.ts';
import type { TileReader } from '../../chain/tile.ts';
import type { ChainStore } from '../store/chainStore.ts';
import type { Claim } from './claim.ts';
import { assemble, checkClaim, logSignerOf } from './cosignedLog.ts';
import { Gathering } from './gathering.ts';
import { contains, type TreeHead, type TreeRoot } from './treeHead.ts';

/** The world of checkpoints. */
export interface CheckpointsPorts {
  readonly network: NetworkLog;
  /** Signs as the log; an observer has no key for it, and takes what validators have made final. */
  readonly signLog: RawSigner | undefined;
  readonly chain: Pick<ChainStore, 'readCheckpoint' | 'putCheckpoint'>;
  readonly readTile: TileReader;
  readonly log: Log;
  /** Called when a checkpoint is final here, or has one cosignature more. */
  onFinal(checkpoint: SignedCheckpoint): void;
  /** Called when others have made final what contradicts the log here, or so many say so that one is honest. */
  onConflict(why: string): void;
  onFault(error: unknown): void;
}

/** Blocks that wait for cosignatures at a time: those of a minute under load. */
const GATHERING_COUNT_MAX = 256;

/** Gathers cosignatures. */
export class Checkpoints {
  readonly #ports: CheckpointsPorts;
  /** By tree size, ascending. */
  readonly #gatherings = new Map<number, Gathering>();
  /** The newest claim of each validator beyond the head: checked when its block is here. */
  readonly #early = new Map<number, Claim>();
  /** The newest claim of each validator that was checked. */
  readonly #newest = new Map<number, Claim>();
  #head: TreeHead;
  #final: SignedCheckpoint | undefined;

  constructor(head: TreeHead, ports: CheckpointsPorts) {
    this.#ports = ports;
    this.#head = head;
    this.#final = this.#readFinal();
    this.#open(head);
  }

  /** The tree after the last block. */
  head(): TreeHead {
    return this.#head;
  }

  /** The newest checkpoint that a quorum has cosigned, as far as this node has heard. */
  final(): SignedCheckpoint | undefined {
    return this.#final;
  }

  /** The newest claim of a validator. */
  newestOf(index: number): Claim | undefined {
    return this.#newest.get(index);
  }

  /** Takes the tree after the next block. */
  advance(head: TreeHead): void {
    this.#head = head;
    this.#open(head);
    for (const [index, claim] of this.#early) {
      if (claim.treeSize > head.treeSize) continue;
      this.#early.delete(index);
      try {
        this.hear(index, claim);
      } catch (error) {
        // Who sent it is not known any more.
        if (!(error instanceof ChainError)) throw error;
      }
    }
  }

  /** Takes a validator's claim. Throws ERR_SIGNATURE or ERR_UNKNOWN_VALIDATOR. */
  hear(index: number, claim: Claim): void {
    if (claim.treeSize > this.#head.treeSize) {
      if (claim.treeSize > (this.#early.get(index)?.treeSize ?? 0)) this.#early.set(index, claim);
      return;
    }
    const gathering = this.#gatherings.get(claim.treeSize);
    if (gathering === undefined || gathering.has(index)) return;
    const validator = gathering.head.validators[index];
    if (validator === undefined) {
      throw new ChainError('ERR_UNKNOWN_VALIDATOR', `no validator has index ${index}`);
    }
    const line = checkClaim(claim, this.#ports.network, validator);
    if (claim.treeSize > (this.#newest.get(index)?.treeSize ?? 0)) this.#newest.set(index, claim);
    if (gathering.add(index, claim, line)) this.#finish(gathering);
    else this.#differs(gathering, validator.name);
  }

  /**
   * Takes a checkpoint that others have made final; returns what it says of the tree.
   *
   * Throws as `checkLogSignature`, `cosignersOf` and `checkQuorum` do, and for bytes of no form.
   */
  adopt(bytes: Uint8Array): TreeRoot {
    const signed = parseSignedCheckpoint(bytes);
    const policy = policyOf(this.#ports.network, this.#head.validators);
    checkLogSignature(signed, policy);
    checkQuorum(cosignersOf(signed.note, policy), policy);
    if (signed.treeSize > this.#head.treeSize) return signed;
    if (!contains(this.#head, signed, this.#ports.readTile)) {
      this.#ports.onConflict(
        `a quorum has cosigned another root of the first ${signed.treeSize} entries than is here`,
      );
    } else if (signed.treeSize > (this.#final?.treeSize ?? 0)) this.#setFinal(signed);
    return signed;
  }

  #readFinal(): SignedCheckpoint | undefined {
    const bytes = this.#ports.chain.readCheckpoint();
    return bytes === undefined ? undefined : parseSignedCheckpoint(bytes);
  }

  #open(head: TreeHead): void {
    this.#gatherings.set(head.treeSize, new Gathering(head));
    const [oldest] = this.#gatherings.keys();
    if (this.#gatherings.size > GATHERING_COUNT_MAX && oldest !== undefined) {
      this.#gatherings.delete(oldest);
    }
  }

  #finish(gathering: Gathering): void {
    const { signLog, network } = this.#ports;
    const { head } = gathering;
    const isOld = head.treeSize < (this.#final?.treeSize ?? 0);
    if (signLog === undefined || isOld || !gathering.isFinal) return;
    this.#setFinal(assemble(head, gathering.lines(), logSignerOf(network, signLog)));
  }

  #setFinal(final: SignedCheckpoint): void {
    this.#final = final;
    for (const treeSize of this.#gatherings.keys()) {
      // That of this size gathers on: a checkpoint with more cosignatures outlives more of their keys.
      if (treeSize < final.treeSize) this.#gatherings.delete(treeSize);
    }
    const { chain, onFinal, onFault } = this.#ports;
    chain.putCheckpoint(formatSignedCheckpoint(final)).catch(onFault);
    onFinal(final);
  }

  #differs({ head, isContradicted }: Gathering, name: string): void {
    const { treeSize } = head;
    this.#ports.log.error({ validator: name, treeSize }, 'a validator cosigned another root');
    if (!isContradicted) return;
    this.#ports.onConflict(
      `more than f validators have cosigned another root of the first ${treeSize} entries than is here`,
    );
  }
}
