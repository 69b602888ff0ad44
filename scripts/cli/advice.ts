/** What to do where a proof does not verify: most often the files are not those that belong together. */
import { formatUtf8 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { parsePolicy } from '../../chain/log/policyText.ts';
import { parseTlogProof } from '../../chain/log/tlogProof.ts';
import type { Verdict } from '../../chain/log/verify.ts';
import type { Trust } from './trust.ts';

/** A verdict that is no. */
export type Refused = Extract<Verdict, { readonly verdict: 'not_verified' }>;

/** What a verdict was made of. */
export interface Material {
  readonly trust: Trust;
  /** Bytes of the proof. */
  readonly proof: Uint8Array;
}

/** Returns what whoever holds these files may do about a failure, or undefined. */
export function adviceOn({ code, steps }: Refused, { proof, trust }: Material): string | undefined {
  if (isFailed(steps, 'proof') && proof[0] === OPENING_BRACE) {
    return 'the proof is JSON: ask for it without ?format=json';
  }
  switch (code) {
    case 'ERR_UNKNOWN_LOG':
      return describeNetworks(proof, trust);
    case 'ERR_IMAGE_HASH':
      return 'the proof is of another file: a saved, resized or recompressed copy has another hash';
    case 'ERR_QUORUM':
      return trust.genesis === undefined
        ? 'the policy may be of another time: take the one for the size of this checkpoint'
        : 'a genesis knows the first validators alone: if they have changed, take the policy for the size of this checkpoint';
    default:
      return undefined;
  }
}

const OPENING_BRACE = formatUtf8('{')[0];

function isFailed(steps: Verdict['steps'], name: string): boolean {
  return steps.some((step) => step.name === name && step.outcome === 'failed');
}

/** Both could be read, or the check would not have come to the log. */
function describeNetworks(proof: Uint8Array, { policy }: Trust): string | undefined {
  try {
    const { origin } = parseTlogProof(proof).checkpoint;
    const trusted = parsePolicy(policy).log.key.name;
    return (
      `the proof is of the network ${origin}, and the policy of ${trusted}: ` +
      'take the policy of the network that registered the photograph'
    );
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}
