/** The check of a proof, and whether the node answered what it shows. */
import { formatUtf8, parseHex } from '../../../chain/bytes.ts';
import { parsePolicy } from '../../../chain/log/policyText.ts';
import { parseTlogProof } from '../../../chain/log/tlogProof.ts';
import { type Cosigner, cosignersOf } from '../../../chain/log/trust.ts';
import { verify } from '../../../chain/log/verify.ts';
import { differencesOf } from './comparison.ts';
import type { CheckedCosigner, ProofCheck, ProofClaim } from './job.ts';

/** Returns what came of a check. */
export function checkProof({ hash: hex, isOfFile, proof, policy, found }: ProofClaim): ProofCheck {
  const bytes = parseHex(hex);
  const file = isOfFile ? { fileHash: bytes } : { hash: bytes };
  const claim = { file, proof, policy: formatUtf8(policy) };
  const verdict = verify(claim);
  const { steps } = verdict;
  if (verdict.verdict === 'not_verified') {
    const { code } = verdict;
    const cosigners = code === 'ERR_QUORUM' ? tooFewCosigners(claim) : [];
    return { verdict: verdict.verdict, code, steps, cosigners, differences: [] };
  }
  const cosigners = verdict.registration.cosigners.map(summarize);
  const differences = differencesOf(found, verdict.verdict, verdict.registration);
  return { verdict: verdict.verdict, code: undefined, steps, cosigners, differences };
}

/** Who cosigned where the quorum alone was missed: every step before it has passed, so nothing here throws. */
function tooFewCosigners(
  claim: Readonly<Record<'proof' | 'policy', Uint8Array>>,
): readonly CheckedCosigner[] {
  const { note } = parseTlogProof(claim.proof).checkpoint;
  return cosignersOf(note, parsePolicy(claim.policy)).map(summarize);
}

function summarize({ name, timeS }: Cosigner): CheckedCosigner {
  return { name, timeS };
}
