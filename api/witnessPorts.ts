/** What the interface needs of a node as a witness, and what a node says of witnesses. */

/** What a witness answers where it does not refuse. */
export type WitnessAnswer =
  /** Signature lines of a note. */
  | { readonly type: 'cosigned'; readonly lines: Uint8Array }
  /** The size that was cosigned last is another one. */
  | { readonly type: 'otherSize'; readonly treeSize: number };

/** Witnesses other logs (C2SP tlog-witness). */
export interface WitnessPort {
  /**
   * Resolves to the answer to a question, whose cosignature is durable.
   *
   * Rejects with ERR_MALFORMED, ERR_NOT_FOUND (the log), ERR_UNKNOWN_SIGNER, ERR_FIELD (the old size), ERR_PROOF, and
   * with ERR_NOT_READY where too many wait.
   */
  add(question: Uint8Array): Promise<WitnessAnswer>;
  /** The checkpoint that was cosigned last, as a note, by the hex of its origin's SHA-256. */
  read(originHash: string): Uint8Array | undefined;
}

/** An outside witness of this node's log. */
export interface WitnessView {
  readonly name: string;
  /** Entries of the last tree that it has cosigned for this node since the start; 0 before the first. */
  readonly cosignedSize: number;
  /** Why it has not cosigned the last time that it was asked; undefined where it has. */
  readonly problem: string | undefined;
  /** Whether it contradicts the log, again and again. */
  readonly isConflicting: boolean;
}

/** A node as a witness of other logs. */
export interface WitnessingView {
  readonly verifierKey: string;
  readonly logs: readonly {
    readonly origin: string;
    /** Entries of the last tree that was cosigned; undefined before the first. */
    readonly treeSize: number | undefined;
    /** Whether it has signed two roots of one size, since the node runs. */
    readonly isForked: boolean;
  }[];
}
