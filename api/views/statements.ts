/**
 * What the interface says in sentences: who checked what, and what nobody did.
 *
 * A verdict is never a bare tick, and never says that a picture is false: a missing registration has many
 * ordinary reasons.
 */
import {
  AUTHORITY_CHECK,
  type AuthorityCheck,
  type ImageRecord,
  RECORD_KIND,
  type RecordKind,
  SIGNED_FORM,
  type SignedForm,
} from '../../chain/record.ts';

/** The verdicts of registered hashes that the chain's rules can yield. */
export type FoundVerdict = 'registered_original' | 'declared_edit';

/** Each verdict as a sentence. */
export const STATEMENT: Readonly<Record<FoundVerdict | 'pending' | 'not_found', string>> = {
  registered_original:
    'A photograph of exactly these bytes was registered as an original. What was checked, by whom, and what was not, is said beside.',
  declared_edit:
    'A picture of exactly these bytes was registered as an edit of other pictures, which it names; it is not an original.',
  pending:
    'A camera has submitted this hash to this node, and it is not decided yet. Ask again in a few seconds.',
  not_found:
    'No registration of this hash is known. That says nothing about authenticity: most photographs are never registered, and a saved, resized or recompressed copy has another hash.',
};

const BY_VALIDATORS = 'Every validator that voted for the block checked that ';

const ISSUER = `${BY_VALIDATORS}the camera's certificate was signed by a manufacturer key pinned in the chain's registry, and that its dates admit the photograph.`;

const CAMERA: Readonly<Record<SignedForm, readonly string[]>> = {
  [SIGNED_FORM.notCheckable]: [],
  [SIGNED_FORM.v1]: [
    ISSUER,
    `${BY_VALIDATORS}the camera signed the image hash and the timestamp (form v1).`,
  ],
  [SIGNED_FORM.v1n]: [
    ISSUER,
    `${BY_VALIDATORS}the camera signed the image hash, its certificate and the timestamp (form v1n).`,
  ],
  [SIGNED_FORM.v2]: [
    ISSUER,
    `${BY_VALIDATORS}the camera signed all fields of the record for this chain (form v2).`,
  ],
};

const AUTHORITY: Readonly<Record<AuthorityCheck, string>> = {
  [AUTHORITY_CHECK.reported]:
    "The aggregator asked the manufacturer's authority, which passed the camera; that answer is the aggregator's word.",
  [AUTHORITY_CHECK.signed]: `${BY_VALIDATORS}the manufacturer's authority signed its answer that the camera passed.`,
};

const NOT_CHECKED_EVER = [
  'What the picture shows: a camera can be pointed at a screen, a print or a staged scene.',
  "The time of capture: it is the camera's own clock. The network knows only that the hash existed by the time of the block.",
  'This answer is the word of the node that gave it; its proof can be checked without believing the node.',
];

const NOT_CHECKED: Readonly<Record<RecordKind, readonly string[]>> = {
  [RECORD_KIND.camera]: NOT_CHECKED_EVER,
  [RECORD_KIND.legacy]: [
    "The camera's signature: the legacy form cannot be checked by anybody but the manufacturer.",
    ...NOT_CHECKED_EVER,
  ],
  [RECORD_KIND.edit]: [
    'What was changed between the parents and this picture, and whether the parents are registered.',
    ...NOT_CHECKED_EVER,
  ],
};

/** Returns what was checked, and by whom. */
export function checkedOf({ signedForm, authorityCheck }: ImageRecord): string[] {
  return [...CAMERA[signedForm], AUTHORITY[authorityCheck]];
}

/** Returns what nobody checked, or the answer cannot show. */
export function notCheckedOf({ kind }: ImageRecord): string[] {
  return [...NOT_CHECKED[kind]];
}
