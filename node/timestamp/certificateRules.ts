/**
 * What a time-stamping certificate must be. Sources: RFC 3161, section 2.3; RFC 5280, sections 4.2.1.3 and 4.2.1.12.
 */
import type { KeyObject } from 'node:crypto';

import type { Certificate, Extension } from '../../chain/certificate/certificate.ts';
import {
  checkDer,
  contentOf,
  DER_TAG,
  parseObjectIdentifier,
  readChildren,
  readDer,
} from '../../chain/certificate/der.ts';
import { ChainError } from '../../chain/errors.ts';
import { NodeError } from '../errors.ts';
import { RSA_BITS_MAX, RSA_BITS_MIN } from './limits.ts';
import { OID } from './oid.ts';
import type { KeyKind } from './timestampKey.ts';

/** The bits digitalSignature and nonRepudiation (contentCommitment) of KeyUsage. */
const SIGNING_USAGES = 0xc0;

/** As OpenSSL names the curves. */
const KIND_OF_CURVE: Readonly<Record<string, KeyKind>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
};

/** Checks what the certified key may be used for. Throws ERR_TSA. */
export function checkUsages(extensions: ReadonlyMap<string, Extension>, where: string): void {
  if (!isForTimeStamping(extensions.get(OID.extendedKeyUsage))) {
    throw new NodeError(
      'ERR_TSA',
      `the first certificate in ${where} is not one for time stamping: its extended key usage must be ` +
        `critical and timeStamping (${OID.timeStamping}) alone (RFC 3161, section 2.3)`,
    );
  }
  if (!isForSigning(extensions.get(OID.keyUsage))) {
    throw new NodeError(
      'ERR_TSA',
      `the first certificate in ${where} has a key usage with which no token verifies: ` +
        'it must be digitalSignature, nonRepudiation or both, and nothing else',
    );
  }
}

/** Returns the kind of a certified key. Throws ERR_TSA for one that may not sign tokens. */
export function keyKindOf(
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
  where: string,
): KeyKind {
  const { namedCurve = '', modulusLength: bits = 0 } = asymmetricKeyDetails ?? {};
  const ofCurve = KIND_OF_CURVE[namedCurve];
  if (asymmetricKeyType === 'ec' && ofCurve !== undefined) return ofCurve;
  if (asymmetricKeyType === 'rsa' && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX) return 'RSA';
  const size = bits > 0 ? `of ${bits} bits` : namedCurve;
  throw new NodeError(
    'ERR_TSA',
    `the first certificate in ${where} certifies a key of another kind (${String(asymmetricKeyType)} ${size}): it must be ` +
      `ECDSA on P-256 or P-384, or RSA of ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits`,
  );
}

/** Checks that a certificate is valid at a time, Unix milliseconds. Throws ERR_TSA. */
export function checkDates(
  { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>,
  { where, nowMs }: { readonly where: string; readonly nowMs: number },
): void {
  if (nowMs >= notBefore * 1_000 && nowMs <= notAfter * 1_000) return;
  const [from, to, now] = [notBefore * 1_000, notAfter * 1_000, nowMs].map((ms) =>
    new Date(ms).toISOString(),
  );
  throw new NodeError(
    'ERR_TSA',
    `the first certificate in ${where} is valid from ${from} to ${to}, and this machine's clock says ${now}: ` +
      'renew it, or start without TSA_CERT, TSA_KEY and TSA_POLICY',
  );
}

function isForTimeStamping(usage: Extension | undefined): boolean {
  if (usage?.critical !== true) return false;
  const names = readStrictly(usage.value, (value) => {
    const list = readDer(value, 0, value.length);
    return list.tag === DER_TAG.sequence
      ? readChildren(value, list).map((each) => parseObjectIdentifier(contentOf(value, each)))
      : [];
  });
  return names?.length === 1 && names[0] === OID.timeStamping;
}

/** A certificate without KeyUsage may be used for anything. */
function isForSigning(usage: Extension | undefined): boolean {
  if (usage === undefined) return true;
  const bits = readStrictly(usage.value, (value) => {
    const string = readDer(value, 0, value.length);
    return string.tag === DER_TAG.bitString ? contentOf(value, string).subarray(1) : undefined;
  });
  const [first = 0, ...others] = bits ?? [];
  return first !== 0 && (first & ~SIGNING_USAGES) === 0 && others.every((byte) => byte === 0);
}

/** Returns what `read` makes of one DER value; undefined where it is none. */
function readStrictly<T>(value: Uint8Array, read: (value: Uint8Array) => T): T | undefined {
  try {
    checkDer(value);
    return read(value);
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}
