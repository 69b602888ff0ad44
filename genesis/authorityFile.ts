/**
 * An entry of the authority registry as JSON: the file that a manufacturer's authority hands out.
 *
 * ```
 * {"id","name","ca_certificates":[PEM],"endpoints":["http://localhost:8001/"],"strict_names":false,
 *  "allow_private":true,"verdict_key":PEM|null,"blind":false,"legacy_endpoint":null,"revocation":[]}
 * ```
 *
 * The last four may be absent. `verdict_key` is an Ed25519 public key (RFC 8410).
 */
import { type Authority, parseEndpoint } from '../chain/authority.ts';
import {
  concatBytes,
  equalBytes,
  formatBase64,
  formatUtf8,
  parseBase64,
  parseHex,
} from '../chain/bytes.ts';
import { parseCertificate, parseCertificateBytes } from '../chain/certificate/certificate.ts';
import { ChainError } from '../chain/errors.ts';
import { CA_CERTIFICATE_COUNT_MAX, ENDPOINT_COUNT_MAX, NAME_BYTES_MAX } from '../chain/limits.ts';
import { isAdmissibleEd25519Key, KEY_BYTES } from '../chain/signature.ts';
import type { JsonReader } from './json.ts';

const ID = /^[\x21-\x7e]{1,64}$/;
const NAME = /^[^\p{Cc}]{1,200}$/u;
const URL_TEXT = /^[\x21-\x7e]{1,512}$/;
const FIELDS = [
  'id',
  'name',
  'ca_certificates',
  'endpoints',
  'strict_names',
  'allow_private',
  'verdict_key',
  'blind',
  'legacy_endpoint',
  'revocation',
];
const PEM_LINE = 64;
/** SubjectPublicKeyInfo of Ed25519, without the 32 bytes of the key. */
const SPKI_ED25519 = parseHex('302a300506032b6570032100');

/** Returns the entry of a parsed JSON value, reporting what is wrong with it. */
export function parseAuthority(json: unknown, path: string, reader: JsonReader): Authority {
  const fields = reader.fields(json, path, FIELDS);
  const endpoint = (each: unknown, at: string): string => parseUrl(each, at, reader);
  const endpoints = { read: endpoint, countMax: ENDPOINT_COUNT_MAX };
  const { verdict_key: verdictKey, legacy_endpoint: legacy } = fields;
  const authority: Authority = {
    id: reader.text(fields['id'], `${path}.id`, ID),
    name: reader.text(fields['name'], `${path}.name`, NAME),
    caCertificates: reader.list(fields['ca_certificates'], `${path}.ca_certificates`, {
      read: parseCa,
      countMax: CA_CERTIFICATE_COUNT_MAX,
    }),
    endpoints: reader.list(fields['endpoints'], `${path}.endpoints`, endpoints),
    strictNames: reader.boolean(fields['strict_names'], `${path}.strict_names`),
    allowPrivate: reader.boolean(fields['allow_private'], `${path}.allow_private`),
    verdictKey: isAbsent(verdictKey)
      ? undefined
      : parseKey(verdictKey, `${path}.verdict_key`, reader),
    blind: reader.boolean(fields['blind'] ?? false, `${path}.blind`),
    legacyEndpoint: isAbsent(legacy) ? undefined : endpoint(legacy, `${path}.legacy_endpoint`),
    revocation: reader.list(fields['revocation'] ?? [], `${path}.revocation`, endpoints),
  };
  if (formatUtf8(authority.name).length > NAME_BYTES_MAX) {
    reader.report(`${path}.name`, `is longer than ${NAME_BYTES_MAX} bytes`);
  }
  if (authority.caCertificates.length === 0) reader.report(`${path}.ca_certificates`, 'is empty');
  if (authority.endpoints.length === 0) reader.report(`${path}.endpoints`, 'is empty');
  return authority;
}

/** Returns the entry as JSON, for `JSON.stringify`. */
export function formatAuthority(authority: Authority): unknown {
  const { verdictKey } = authority;
  return {
    id: authority.id,
    name: authority.name,
    ca_certificates: authority.caCertificates.map((der) => formatPem('CERTIFICATE', der)),
    endpoints: authority.endpoints,
    strict_names: authority.strictNames,
    allow_private: authority.allowPrivate,
    verdict_key: verdictKey === undefined ? null : formatEd25519Key(verdictKey),
    blind: authority.blind,
    legacy_endpoint: authority.legacyEndpoint ?? null,
    revocation: authority.revocation,
  };
}

/** Returns an Ed25519 public key as PEM. */
export function formatEd25519Key(publicKey: Uint8Array): string {
  return formatPem('PUBLIC KEY', concatBytes(SPKI_ED25519, publicKey));
}

function isAbsent(json: unknown): json is null | undefined {
  return json === null || json === undefined;
}

function parseUrl(json: unknown, path: string, reader: JsonReader): string {
  const url = reader.text(json, path, URL_TEXT);
  if (url !== '' && parseEndpoint(url) === undefined) {
    reader.report(path, 'must be an http or https URL without credentials, query or fragment');
  }
  return url;
}

function parseCa(json: unknown, path: string, reader: JsonReader): Uint8Array {
  try {
    const der = parseCertificateBytes(formatUtf8(String(json)));
    if (parseCertificate(der).publicKey === undefined) {
      reader.report(path, 'must certify a key on P-256 or P-384');
    }
    return der;
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    reader.report(path, `must be a certificate in PEM (${error.message})`);
    return new Uint8Array();
  }
}

function parseKey(json: unknown, path: string, reader: JsonReader): Uint8Array {
  const spki = parsePem('PUBLIC KEY', String(json));
  const key = spki?.subarray(SPKI_ED25519.length) ?? new Uint8Array();
  const prefix = spki?.subarray(0, SPKI_ED25519.length) ?? new Uint8Array();
  if (key.length === KEY_BYTES && equalBytes(prefix, SPKI_ED25519) && isAdmissibleEd25519Key(key)) {
    return new Uint8Array(key);
  }
  reader.report(path, 'must be an Ed25519 public key in PEM, or null');
  return new Uint8Array();
}

function parsePem(label: string, text: string): Uint8Array | undefined {
  const pattern = new RegExp(
    `^-----BEGIN ${label}-----\\s([A-Za-z0-9+/=\\s]+)-----END ${label}-----\\s*$`,
  );
  const body = pattern.exec(text)?.[1];
  if (body === undefined) return undefined;
  try {
    return parseBase64(body.replace(/\s/g, ''));
  } catch {
    return undefined;
  }
}

function formatPem(label: string, der: Uint8Array): string {
  const lines = formatBase64(der).match(new RegExp(`.{1,${PEM_LINE}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
