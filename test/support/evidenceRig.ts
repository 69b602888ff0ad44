/** Packages of evidence from fixed values, without a node: the chain is that of the tests' genesis. */
import { sha256 } from '#crypto';

import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { parsePolicy } from '../../chain/log/policyText.ts';
import { formatTlogProof, type TlogProof } from '../../chain/log/tlogProof.ts';
import { verify } from '../../chain/log/verify.ts';
import { policyOfGenesis } from '../../scripts/cli/trust.ts';
import type { Evidence } from '../../scripts/evidence/evidence.ts';
import { GENESIS, SIGNED } from './genesisValues.ts';
import { PHOTOGRAPH, provePhotograph } from './provenPhotograph.ts';

/** 2026-11-21T12:00:00.000Z: when packages are made here. */
const MADE_AT_MS = 1_795_262_400_000;

/** Returns the evidence about the proven photograph. */
export function evidenceOf(parsed: TlogProof = provePhotograph()): Evidence {
  const hash = sha256(PHOTOGRAPH);
  const bytes = formatTlogProof(parsed);
  const policy = policyOfGenesis(GENESIS);
  const verdict = verify({ file: { fileHash: hash }, proof: bytes, policy });
  if (verdict.verdict === 'not_verified') throw new Error(verdict.reason);
  const answer = { verified: true, image_hash: formatHex(hash), verdict: verdict.verdict };
  return {
    photo: { name: 'photo.jpg', hash },
    verdict: verdict.verdict,
    steps: verdict.steps,
    registration: verdict.registration,
    proof: { bytes, parsed },
    policy: { bytes: policy, parsed: parsePolicy(policy) },
    genesis: SIGNED,
    answer: { bytes: formatUtf8(JSON.stringify(answer)), verdict: verdict.verdict },
    timestamp: { stamp: undefined, reason: 'none was asked for' },
    trust: 'genesis',
    source: 'https://node.example',
    madeAtMs: MADE_AT_MS,
  };
}
