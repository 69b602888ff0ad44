/**
 * The key tables of a manufacturer: 2,500 of them, each with a 32-byte master key and 1,000 key indices.
 *
 * Many cameras share a table, so that a table's number does not tell which camera a photograph is from.
 * The master keys are derived from one stored secret (HKDF, RFC 5869): whoever holds that secret holds
 * every table, so a manufacturer with a hardware module keeps it there.
 */
import { hkdfSync, randomInt } from 'node:crypto';

import { concatBytes, formatUtf8 } from '../../chain/bytes.ts';
import { KEY_INDEX_MAX, KEY_TABLE_ID_MAX } from '../../chain/certificate/extensions.ts';
import { invariant } from '../../chain/invariant.ts';

/** Size of the stored secret, and of every master key. */
export const MASTER_KEY_BYTES = 32;
/** Tables that a camera is assigned. */
const ASSIGNED_TABLE_COUNT = 3;

const INFO = formatUtf8('birthmark/key-table/v1');

/** The master keys by table id. */
export interface KeyTables {
  /** Returns the 32-byte master key of table 0..2499. */
  masterKey(tableId: number): Uint8Array;
}

/** Returns the tables that a 32-byte secret yields. */
export function createKeyTables(secret: Uint8Array): KeyTables {
  invariant(secret.length === MASTER_KEY_BYTES, `the secret has ${MASTER_KEY_BYTES} bytes`);
  return {
    masterKey(tableId) {
      invariant(
        Number.isInteger(tableId) && tableId >= 0 && tableId <= KEY_TABLE_ID_MAX,
        `a table id is in 0..${KEY_TABLE_ID_MAX}`,
      );
      const id = new Uint8Array(4);
      new DataView(id.buffer).setUint32(0, tableId);
      const info = concatBytes(INFO, id);
      const key = hkdfSync('sha256', secret, new Uint8Array(), info, MASTER_KEY_BYTES);
      return new Uint8Array(key);
    },
  };
}

/** Returns three different table ids, drawn at random. */
export function drawTables(): readonly number[] {
  const ids = new Set<number>();
  while (ids.size < ASSIGNED_TABLE_COUNT) ids.add(randomInt(KEY_TABLE_ID_MAX + 1));
  return [...ids];
}

/** Returns a key index, drawn at random. */
export function drawKeyIndex(): number {
  return randomInt(KEY_INDEX_MAX + 1);
}
