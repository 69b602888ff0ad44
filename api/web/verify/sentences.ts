/**
 * What was checked and what was not, by stable keys: a reader of another language reads what the node says in English.
 * A test compares the English of these keys with the sentences of the node.
 */
import type { MessageKey } from '../../messages/en.ts';
import type { Found } from '../../schemas/verify.ts';

const CAMERA: Readonly<Record<Found['camera_signature'], readonly MessageKey[]>> = {
  not_checkable: [],
  v1: ['checked.issuer', 'checked.v1'],
  v1n: ['checked.issuer', 'checked.v1n'],
  v2: ['checked.issuer', 'checked.v2'],
};

const KIND: Readonly<Record<Found['kind'], readonly MessageKey[]>> = {
  camera: [],
  legacy: ['not_checked.legacy'],
  edit: ['not_checked.edit'],
};

/** Returns what was checked, and by whom. */
export function checkedKeys(
  found: Pick<Found, 'camera_signature' | 'authority_check'>,
): readonly MessageKey[] {
  return [...CAMERA[found.camera_signature], `checked.${found.authority_check}`];
}

/** Returns what nobody checked, or the answer cannot show. */
export function notCheckedKeys({ kind }: Pick<Found, 'kind'>): readonly MessageKey[] {
  return [...KIND[kind], 'not_checked.scene', 'not_checked.time', 'not_checked.word'];
}
