/**
 * What validators cosign, judged on the wire: the tree after a block that is durable there, durable before it is
 * said, and never a smaller one or an earlier time than before (R21).
 */
import { equalBytes, formatHex } from '../../../chain/bytes.ts';
import { decode } from '../../../chain/codec.ts';
import { quorumSize } from '../../../chain/consensus/quorum.ts';
import type { SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import type { Edge } from '../../../chain/state.ts';
import type { Claim } from '../../../node/cosigning/claim.ts';
import { treeHeadOf } from '../../../node/cosigning/treeHead.ts';
import { cosignedKey } from '../../../node/store/workKey.ts';
import { cosignedSchema } from '../../../node/store/workRow.ts';
import type { Host, Node } from '../parts.ts';

/** What a validator last said. */
interface Said {
  readonly treeSize: number;
  readonly timeS: number;
}

/** Listens to cosigners. */
export class Cosignatures {
  readonly #fail: (check: string, what: string) => void;
  readonly #validatorCount: number;
  /** Roots of the tree after each block that was durable anywhere, by size. */
  readonly #roots = new Map<number, Uint8Array>();
  readonly #said = new Map<string, Said>();

  constructor(fail: (check: string, what: string) => void, validatorCount: number) {
    this.#fail = fail;
    this.#validatorCount = validatorCount;
  }

  /** Takes the tree after a block that is durable at a process. */
  learn(edge: Edge): void {
    const { treeSize, root } = treeHeadOf(edge);
    this.#roots.set(treeSize, root);
  }

  /** Takes what a validator sends. */
  note({ machine, ledger }: Node, claim: Claim): void {
    const { name } = machine;
    const { treeSize } = claim;
    this.#checkRoot(name, claim);
    if (treeSize > treeHeadOf(ledger.edge()).treeSize) {
      this.#fail('cosignatures', `${name} cosigns ${treeSize} entries and has fewer`);
    }
    // Who has lost what it said cannot know of it.
    if (machine.isHonest) this.#checkOrder(machine, claim);
  }

  /** Takes what a process holds for final. */
  noteFinal({ machine: { name } }: Node, final: SignedCheckpoint): void {
    this.#checkRoot(name, final);
    // The log's own signature is a line more.
    const count = final.note.signatures.length - 1;
    if (count >= quorumSize(this.#validatorCount)) return;
    this.#fail('cosignatures', `${name} holds ${count} cosignatures for final`);
  }

  #checkRoot(name: string, { treeSize, root }: Pick<Claim, 'treeSize' | 'root'>): void {
    const known = this.#roots.get(treeSize);
    if (known !== undefined && equalBytes(known, root)) return;
    const what = `${name} holds ${formatHex(root).slice(0, 8)} for the root of ${treeSize} entries`;
    this.#fail('cosignatures', what);
  }

  #checkOrder({ name, drive }: Host, { treeSize, signature }: Claim): void {
    const timeS = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
    const before = this.#said.get(name) ?? { treeSize: 0, timeS: 0 };
    this.#said.set(name, { treeSize, timeS });
    if (treeSize < before.treeSize || timeS < before.timeS) {
      const what = `${treeSize} at ${timeS} after ${before.treeSize} at ${before.timeS}`;
      this.#fail('cosignatures', `${name} cosigns ${what}`);
    }
    const row = drive.work.values.get(formatHex(cosignedKey()));
    const stored = row === undefined ? 0 : decode(cosignedSchema, row).treeSize;
    if (stored >= treeSize && drive.work.hasSynced(cosignedKey())) return;
    this.#fail('cosignatures', `${name} says ${treeSize} and has stored ${stored}`);
  }
}
