/** Limits of what is read from a stranger: notes, proofs, policies, tiles. All are checked before anything is made. */

/** A signed note: a hundred cosignatures, or sixteen of the largest kind that is assigned. */
export const NOTE_BYTES_MAX = 262_144;
/** Signature lines of a note. Readers elsewhere accept 16 at least and 100 at most. */
export const NOTE_SIGNATURE_COUNT_MAX = 100;
/** Signature lines that every reader accepts: what is served has no more, where the quorum allows it. */
export const READER_SIGNATURE_COUNT_MAX = 16;
/** The name of a verifier key, in UTF-8. */
export const KEY_NAME_BYTES_MAX = 255;
/** Text of a verifier key: name, key id and an Ed25519 key. */
export const VERIFIER_KEY_BYTES_MAX = KEY_NAME_BYTES_MAX + 64;

/** Hashes of an inclusion or consistency proof: the height of a tree of 2^63 leaves. */
export const PROOF_HASH_COUNT_MAX = 63;
/** What a proof carries beside: as much as an entry of any log may have. */
export const EXTRA_BYTES_MAX = 65_535;
/** A proof with its checkpoint. */
export const PROOF_BYTES_MAX = NOTE_BYTES_MAX + 98_304;

/** A trust policy: a hundred validators with the longest names make 46 kB. */
export const POLICY_BYTES_MAX = 131_072;
/** A line of a policy. */
export const POLICY_LINE_BYTES_MAX = 16_384;
/** Lines of a policy, comments among them. */
export const POLICY_LINE_COUNT_MAX = 2_000;
/** The name of a witness or of a group. */
export const POLICY_NAME_BYTES_MAX = 255;
/** Witnesses of a policy. */
export const POLICY_WITNESS_COUNT_MAX = 256;
/** Groups of a policy. */
export const POLICY_GROUP_COUNT_MAX = 64;
/** Groups within groups. */
export const POLICY_GROUP_DEPTH_MAX = 16;

/** A question to a witness: its proof, and a checkpoint with dozens of signatures of the largest kind. */
export const ADD_CHECKPOINT_BYTES_MAX = 131_072;
/** Lines with which a witness answers. */
export const COSIGNATURES_BYTES_MAX = 65_536;
/** Keys of logs that one witness knows. */
export const WITNESSED_LOG_COUNT_MAX = 256;
/** Witnesses that a log asks beside its quorum: so many that their lines fit beside one. */
export const OUTSIDE_WITNESS_COUNT_MAX = 14;

/** An entry of a bundle: its length is told in two bytes. */
export const BUNDLE_ENTRY_BYTES_MAX = 65_535;
/** The path of a tile: more than the largest index needs. */
export const TILE_PATH_BYTES_MAX = 64;
