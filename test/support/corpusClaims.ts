/** The corpus of proofs, whole and damaged, as claims in bytes: what platforms are compared on. */
import { readProofVectors, versions } from '../vectors/proofs/files.ts';
import { Chance, damage } from './mutations.ts';

/** A photograph with its proof and its policy. */
export interface CorpusClaim {
  readonly photograph: Uint8Array;
  readonly proof: Uint8Array;
  readonly policy: Uint8Array;
}

const DAMAGES_PER_PROOF = 30;
const SEED = 5;

/** Returns the claims, each proof followed by what damage makes of it; always the same. */
export function corpusClaims(): readonly CorpusClaim[] {
  const utf8 = new TextEncoder();
  const chance = new Chance(SEED);
  return versions()
    .flatMap(readProofVectors)
    .flatMap((each) => {
      const photograph = utf8.encode(each.photograph);
      const [proof, policy] = [utf8.encode(each.proof), utf8.encode(each.policy)];
      const damaged = Array.from({ length: DAMAGES_PER_PROOF }, () => ({
        photograph,
        proof: damage(proof, chance),
        policy,
      }));
      return [{ photograph, proof, policy }, ...damaged];
    });
}

/** Writes bytes as hex, for `JSON.stringify`. */
export function hexOfBytes(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
