/** What an evidence package is made of, and what its files are called. */
import type { Policy } from '../../chain/log/policy.ts';
import type { TlogProof } from '../../chain/log/tlogProof.ts';
import type { Registered, Registration, Step } from '../../chain/log/verify.ts';
import type { SignedGenesis } from '../../genesis/document.ts';
import type { Stamp } from './stamp.ts';

/** What the maker of a package believed without a check. */
export type TrustSource =
  | 'policy' // a policy of his own
  | 'genesis' // a genesis of his own
  | 'node'; // the genesis of the node that was asked

/** A time stamp in a package. */
export interface Timestamp {
  readonly stamp: Stamp;
  /** PEM of the CA under which it was checked; undefined: none was named. */
  readonly caPem: string | undefined;
}

/** The absence of one. */
export interface NoTimestamp {
  readonly stamp: undefined;
  /** For people. */
  readonly reason: string;
}

/** What a package is made of; all of it was checked. */
export interface Evidence {
  /** The photograph: what it is called, and its SHA-256. */
  readonly photo: { readonly name: string; readonly hash: Uint8Array };
  readonly verdict: Registered;
  readonly steps: readonly Step[];
  readonly registration: Registration;
  /** The proof as a file, and what it says. */
  readonly proof: { readonly bytes: Uint8Array; readonly parsed: TlogProof };
  /** The policy as a file, and what it says. */
  readonly policy: { readonly bytes: Uint8Array; readonly parsed: Policy };
  readonly genesis: SignedGenesis;
  /** What the node said of the photograph, as it said it: its word, on which nothing else here depends. */
  readonly answer: { readonly bytes: Uint8Array; readonly verdict: string };
  readonly timestamp: Timestamp | NoTimestamp;
  readonly trust: TrustSource;
  /** The node that was asked. */
  readonly source: string;
  /** Unix milliseconds, by the clock of the maker's machine. */
  readonly madeAtMs: number;
}

/** Names of the files. */
export const FILE = {
  summary: 'SUMMARY.txt',
  byHand: 'CHECK-BY-HAND.md',
  proof: 'photo.tlog-proof',
  policy: 'policy.txt',
  genesis: 'genesis.json',
  entry: 'entry.bin',
  entryJson: 'entry.json',
  answer: 'answer.json',
  checkpoint: 'checkpoint.txt',
  stamp: 'timestamp.tsr',
  stampCertificates: 'timestamp-certificates.pem',
  stampCa: 'timestamp-ca.pem',
} as const;

/** Returns the names of a signer's files. */
export function signerFiles(stem: string): { readonly key: string; readonly signature: string } {
  return { key: `${stem}.pem`, signature: `${stem}.sig` };
}
