/** What a proof shows and does not show, in sentences for people; docs/proofs.md says the same. */
import type { Registration, Verdict } from '../../chain/log/verify.ts';
import { type ImageRecord, RECORD_KIND, SIGNED_FORM } from '../../chain/record.ts';

/** Each verdict as a sentence. */
export const STATEMENT: Readonly<Record<Verdict['verdict'], string>> = {
  registered_original: 'Exactly these bytes were registered as an original.',
  declared_edit:
    'Exactly these bytes were registered as an edit of other pictures, which the entry names: this is no original.',
  same_picture_data:
    'Other bytes were registered, with this digest beside their own hash: this file is not the registered one.',
  not_verified:
    'This proof does not show that the photograph was registered. That says nothing else about the photograph.',
};

/** Whether a verdict is the one that "verified" stands for, in the command line as in the HTTP interface. */
export function isVerified(verdict: Verdict['verdict']): boolean {
  return verdict === 'registered_original';
}

const NEVER_SHOWN = [
  'that the scene is real: a camera can be pointed at a screen, a print or a staged scene;',
  "when the photograph was taken: that time is the camera's own clock; what is shown is that the hash was known when the quorum cosigned;",
  'what came later, such as a revocation of the camera or of its authority: ask a node for that;',
  'that nobody else registered the same bytes earlier through another institution.',
];

/** Returns what a verified proof shows. */
export function shownBy({ entry, match }: Pick<Registration, 'entry' | 'match'>): string {
  const known = match === 'image_hash' ? 'these bytes' : `the digest ${match} of another file`;
  const vouched = isCheckable(entry.record)
    ? 'a registered camera signed what the record says'
    : "the camera's manufacturer vouched for it";
  return `A quorum of institutions knew ${known} by that time, and ${vouched}.`;
}

/** The legacy form is signed for the manufacturer alone. */
function isCheckable({ kind, signedForm }: ImageRecord): boolean {
  return kind !== RECORD_KIND.legacy && signedForm !== SIGNED_FORM.notCheckable;
}

/** Returns what even a verified proof does not show, each the end of a sentence. */
export function notShownBy(record: ImageRecord): readonly string[] {
  return [
    ...(isCheckable(record)
      ? []
      : ["that the camera signed: nobody but its manufacturer can check this record's signature;"]),
    ...(record.kind === RECORD_KIND.edit
      ? ['what was changed, or whether the pictures that it was made from are registered;']
      : []),
    ...NEVER_SHOWN,
  ];
}
