/** Proofs of equivocation, as clients see them. */
import type { Phase } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import type { Equivocation } from '../../chain/consensus/equivocation.ts';
import type { EquivocationProof } from '../schemas/equivocation.ts';

const PHASE_NAME: Readonly<Record<Phase, EquivocationProof['phase']>> = {
  1: 'pre_prepare',
  2: 'prepare',
  3: 'commit',
  4: 'view_change',
};

/** Returns a proof. */
export function formatEquivocation({
  height,
  view,
  phase,
  first,
  second,
}: Equivocation): EquivocationProof {
  const values = [first, second].map(({ valueHash, signature }) => ({
    value_hash: formatHex(valueHash),
    signature: formatHex(signature),
  }));
  return { height, view, phase: PHASE_NAME[phase], values };
}
