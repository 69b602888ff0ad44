/**
 * The Birthmark extensions of a camera certificate.
 *
 * | extension      | OID                     | form R (raw)                | form D (DER)            |
 * | -------------- | ----------------------- | --------------------------- | ----------------------- |
 * | manufacturerID | 1.3.6.1.4.1.60000.1.1   | UTF-8                       | UTF8String              |
 * | maEndpoint     | 1.3.6.1.4.1.60000.1.2   | UTF-8, a URL with its path  | UTF8String              |
 * | encryptedNUC   | 1.3.6.1.4.1.60000.1.3   | 60 bytes                    | OCTET STRING of 60      |
 * | keyTableID     | 1.3.6.1.4.1.60000.1.4   | 2 bytes, big-endian, 0-2499 | INTEGER                 |
 * | keyIndex       | 1.3.6.1.4.1.60000.1.5   | 2 bytes, big-endian, 0-999  | INTEGER                 |
 * | deviceFamily   | 1.3.6.1.4.1.60000.1.6   | UTF-8                       | UTF8String              |
 *
 * Raw means that the extnValue holds the bytes themselves. Lengths and first bytes tell the forms apart:
 * text never begins with 0x0c followed by its own length, a raw number has two bytes and a DER one three
 * or more. Dialect B has two extensions of its own and names no endpoint.
 */
import { parseUtf8 } from '../bytes.ts';
import { ChainError, type ChainErrorCode } from '../errors.ts';
import { DEVICE_FAMILY_BYTES_MAX, ID_BYTES_MAX, URL_BYTES_MAX } from '../limits.ts';
import { DER_TAG, readDer } from './der.ts';

/** Object identifiers of the extensions. */
export const EXTENSION_OID = {
  manufacturerId: '1.3.6.1.4.1.60000.1.1',
  endpoint: '1.3.6.1.4.1.60000.1.2',
  encryptedNuc: '1.3.6.1.4.1.60000.1.3',
  keyTableId: '1.3.6.1.4.1.60000.1.4',
  keyIndex: '1.3.6.1.4.1.60000.1.5',
  deviceFamily: '1.3.6.1.4.1.60000.1.6',
  dialectBSecret: '1.3.6.1.4.1.99999.1',
  dialectBKeyReferences: '1.3.6.1.4.1.99999.2',
} as const;

/** Size of an encrypted NUC: 32 bytes of ciphertext, a tag of 16, a nonce of 12. */
export const NUC_BYTES = 60;
/** Highest key table id. */
export const KEY_TABLE_ID_MAX = 2_499;
/** Highest key index within a table. */
export const KEY_INDEX_MAX = 999;

/** The six values of a camera certificate. */
export interface DialectA {
  readonly dialect: 'A';
  readonly manufacturerId: string;
  /** The authority's URL, to be asked exactly as it stands. */
  readonly endpoint: string;
  readonly encryptedNuc: Uint8Array;
  readonly keyTableId: number;
  readonly keyIndex: number;
  readonly deviceFamily: string;
}

/** The values of the newer dialect: its authority is the first endpoint of the registry entry. */
export interface DialectB {
  readonly dialect: 'B';
  /** Hex text. */
  readonly deviceSecret: string;
  /** Decimal key ids, such as `42,157,891`. */
  readonly keyReferences: string;
}

/** What a certificate says in its Birthmark extensions. */
export type BirthmarkExtensions = DialectA | DialectB;

/** Returns the Birthmark values of a certificate's extensions, given by OID. Throws `ERR_EXTENSION_…`. */
export function parseExtensions(values: ReadonlyMap<string, Uint8Array>): BirthmarkExtensions {
  if (values.has(EXTENSION_OID.dialectBSecret)) {
    return {
      dialect: 'B',
      deviceSecret: parseText(values, 'dialectBSecret', DIALECT_B_BYTES_MAX),
      keyReferences: parseText(values, 'dialectBKeyReferences', DIALECT_B_BYTES_MAX),
    };
  }
  return {
    dialect: 'A',
    manufacturerId: parseText(values, 'manufacturerId', ID_BYTES_MAX),
    endpoint: parseText(values, 'endpoint', URL_BYTES_MAX),
    encryptedNuc: parseNuc(values),
    keyTableId: parseNumber(values, 'keyTableId', {
      max: KEY_TABLE_ID_MAX,
      code: 'ERR_KEY_TABLE_RANGE',
    }),
    keyIndex: parseNumber(values, 'keyIndex', { max: KEY_INDEX_MAX, code: 'ERR_KEY_INDEX_RANGE' }),
    deviceFamily: parseText(values, 'deviceFamily', DEVICE_FAMILY_BYTES_MAX),
  };
}

const DIALECT_B_BYTES_MAX = 512;

type Name = keyof typeof EXTENSION_OID;

function valueOf(values: ReadonlyMap<string, Uint8Array>, name: Name): Uint8Array {
  const value = values.get(EXTENSION_OID[name]);
  if (value === undefined) {
    throw new ChainError(
      'ERR_EXTENSION_MISSING',
      `extension ${name} (${EXTENSION_OID[name]}) is missing`,
    );
  }
  return value;
}

/** The content of `value` if it is exactly one DER value with this tag. */
function contentOf(value: Uint8Array, tag: number): Uint8Array | undefined {
  if (value[0] !== tag) return undefined;
  try {
    const der = readDer(value, 0, value.length);
    return der.end === value.length ? value.subarray(der.content, der.end) : undefined;
  } catch {
    return undefined;
  }
}

function parseText(values: ReadonlyMap<string, Uint8Array>, name: Name, sizeMax: number): string {
  const value = valueOf(values, name);
  const bytes = contentOf(value, DER_TAG.utf8String) ?? value;
  const refuse = (reason: string, cause?: unknown): ChainError =>
    new ChainError('ERR_EXTENSION_ENCODING', `extension ${name} ${reason}`, { cause });
  if (bytes.length === 0 || bytes.length > sizeMax) {
    throw refuse(`has ${bytes.length} bytes of text; 1 to ${sizeMax} are allowed`);
  }
  let text: string;
  try {
    text = parseUtf8(bytes);
  } catch (cause) {
    throw refuse('is not UTF-8 text', cause);
  }
  // eslint-disable-next-line no-control-regex -- control characters are what is refused.
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refuse('holds a control character');
  return text;
}

function parseNuc(values: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const value = valueOf(values, 'encryptedNuc');
  if (value.length === NUC_BYTES) return value;
  const content = contentOf(value, DER_TAG.octetString);
  if (content?.length === NUC_BYTES) return content;
  const size = content?.length ?? value.length;
  throw new ChainError(
    'ERR_NUC_LENGTH',
    `the encrypted NUC has ${size} bytes; ${NUC_BYTES} are needed`,
  );
}

function parseNumber(
  values: ReadonlyMap<string, Uint8Array>,
  name: Name,
  range: { readonly max: number; readonly code: ChainErrorCode },
): number {
  const value = valueOf(values, name);
  const number = value.length === 2 ? bigEndian(value) : parseDerInteger(value, name);
  if (number < 0 || number > range.max) {
    throw new ChainError(range.code, `${name} ${number} is not in 0..${range.max}`);
  }
  return number;
}

function parseDerInteger(value: Uint8Array, name: Name): number {
  const content = contentOf(value, DER_TAG.integer);
  if (content === undefined || content.length > 4 || !isMinimalInteger(content)) {
    throw new ChainError(
      'ERR_EXTENSION_ENCODING',
      `extension ${name}, ${value.length} bytes, is neither two raw bytes nor a DER INTEGER`,
    );
  }
  const magnitude = bigEndian(content);
  return isNegative(content) ? magnitude - 256 ** content.length : magnitude;
}

/** X.690, section 8.3.2: the first nine bits are not all alike. */
function isMinimalInteger(content: Uint8Array): boolean {
  if (content.length < 2) return content.length === 1;
  const fill = isNegative(content.subarray(1)) ? 0xff : 0x00;
  return content[0] !== fill;
}

function isNegative(integer: Uint8Array): boolean {
  return (integer[0] ?? 0) > 0x7f;
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
