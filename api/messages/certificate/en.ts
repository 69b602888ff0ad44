/** English. */
/** What a certificate says; a name in braces stands for a value. */
export const EN_CERTIFICATE = {
  title: 'Certificate of registration',
  about: 'What the log {origin} holds of one picture, and who has signed for it.',
  registered_original: 'Registered as an original photograph',
  declared_edit: 'Registered as an edit of other pictures',
  statement_original:
    'A photograph of exactly these bytes was registered as an original. What was checked, by whom, and what this does not prove is said below.',
  statement_edit:
    'A picture of exactly these bytes was registered as an edit of other pictures, which it names; it is not an original.',
  file_hash: 'SHA-256 of the file',
  known_since: 'Known to the network since',
  known_since_note: '{time}: the time of the block, on which a quorum of institutions agreed.',
  camera_time: 'Time that the camera claims',
  camera_time_note: "{time}: the camera's own clock, which nobody has checked.",
  edit_time: 'Time that its maker claims',
  edit_time_note: "{time}: the clock of the maker's device, which nobody has checked.",
  registered_by: 'Registered by',
  kind_camera: 'a camera',
  kind_legacy: 'a camera with the legacy form',
  kind_edit: 'a device that made an edit',
  manufacturer: 'Manufacturer',
  not_published: 'not published',
  submitted_through: 'Submitted through',
  place: 'Place in the log',
  place_value: 'Entry {index} of {size}, in block {height}',
  cosigned_by: 'Institutions that cosigned the log with this entry in it',
  cosigned_at: '{name}, {time}',
  quorum: 'A quorum of them had done so by {time}, by their own clocks.',
  made_from: 'Made from pictures with these SHA-256',
  checked: 'What was checked',
  checked_issuer:
    "Every institution that voted for the block checked that the camera's certificate was signed by a manufacturer's key pinned in the chain's registry, and that its dates admit the photograph.",
  checked_v1:
    'Every institution that voted for the block checked that the camera signed the hash and the time (form v1).',
  checked_v1n:
    'Every institution that voted for the block checked that the camera signed the hash, its certificate and the time (form v1n).',
  checked_v2:
    'Every institution that voted for the block checked that the camera signed all fields of the record, for this chain (form v2).',
  checked_reported:
    "The institution that submitted it asked the manufacturer's authority, which passed the camera; that is the institution's word.",
  checked_signed:
    "Every institution that voted for the block checked that the manufacturer's authority signed that the camera passed.",
  checked_log:
    'The node that made this document checked the attached proof: the entry, its path to the root of the log, and the signatures of the log and of the institutions named.',
  not_shown: 'What this does not prove',
  not_scene:
    'That the scene is real: a camera can be pointed at a screen, a print or a staged scene.',
  not_when: "When the picture was taken: the camera's clock is its own claim.",
  not_later: 'What came later, such as the revocation of the camera or of its manufacturer.',
  not_legacy:
    "The camera's signature: in the legacy form nobody but the manufacturer can check it.",
  not_changes:
    'What was changed between the pictures it was made from and this one, and whether those are registered.',
  not_absent:
    'Anything about other files: a saved, resized or recompressed copy has another SHA-256.',
  how: 'How to check it without believing this document',
  how_text:
    'This document is not signed; what counts is attached to it. Save both attachments, take the policy from an institution that you trust rather than from here, and run:',
  how_node:
    'Or ask any node about it: the code and the address at the top lead to what one knows today.',
  proof_about: 'The offline proof (C2SP tlog-proof)',
  policy_about: 'The policy of the network (C2SP tlog-policy)',
  code_alt: 'QR code of the address {link}',
  page: 'Page {page} of {pages}',
};

/** What a certificate says, in any language. */
export type CertificateCatalog = Readonly<Record<keyof typeof EN_CERTIFICATE, string>>;
