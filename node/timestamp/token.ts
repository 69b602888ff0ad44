/**
 * A time-stamp token: a TSTInfo, signed, as CMS SignedData.
 *
 * ```
 * ContentInfo = SEQUENCE { signedData, [0] SignedData }
 * SignedData  = SEQUENCE { version 3, SET OF digest algorithm, SEQUENCE { tstInfo, [0] OCTET STRING },
 *                 [0] certificates OPTIONAL, SET OF SignerInfo }
 * SignerInfo  = SEQUENCE { version 1, SEQUENCE { issuer, serial number }, digest algorithm, [0] signed attributes,
 *                 signature algorithm, OCTET STRING }
 * ```
 *
 * The signed attributes name the certificate by its SHA-256 (ESSCertIDv2), so that no other certificate of the same
 * key can be put in its place. Sources: RFC 5652, sections 3 and 5; RFC 5035, section 3; RFC 5816.
 */
import { hash, sign } from 'node:crypto';

import { sha256 } from '#crypto';

import {
  contentOf,
  DER_TAG,
  type DerValue,
  parseObjectIdentifier,
  readChildren,
  readDer,
  readFields,
} from '../../chain/certificate/der.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  encodeDer,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
  encodeSmallInteger,
} from './der.ts';
import { OID } from './oid.ts';
import type { TimestampKey } from './timestampKey.ts';

/** What is signed: the DER of a TSTInfo, and whether the certificates come with it. */
export interface TokenContent {
  readonly info: Uint8Array;
  readonly withCertificates: boolean;
}

const SIGNED_DATA_VERSION = 3;
const SIGNER_VERSION = 1;
/** Both `[0]`, constructed: explicit content, and implicit sets. */
const CONTEXT_0 = 0xa0;

/** Resolves to the DER of a token; the signature is made off the main thread. */
export async function signToken(
  { info, withCertificates }: TokenContent,
  key: TimestampKey,
): Promise<Uint8Array> {
  const { scheme, certificates } = key;
  const attributes = encodeAttributes(info, key);
  // RFC 5652, section 5.4: signed as a SET OF, whatever tag they have inside.
  const signature = await signOffThread(attributes, key);
  const signerInfo = encodeSequence(
    encodeSmallInteger(SIGNER_VERSION),
    encodeSequence(key.issuer, encodeDer(DER_TAG.integer, key.serialNumber)),
    scheme.digestAlgorithm,
    retag(attributes),
    scheme.signatureAlgorithm,
    encodeOctetString(signature),
  );
  const signedData = encodeSequence(
    encodeSmallInteger(SIGNED_DATA_VERSION),
    encodeSetOf(scheme.digestAlgorithm),
    encodeSequence(
      encodeObjectIdentifier(OID.tstInfo),
      encodeDer(CONTEXT_0, encodeOctetString(info)),
    ),
    ...(withCertificates ? [retag(encodeSetOf(...certificates))] : []),
    encodeSetOf(signerInfo),
  );
  return encodeSequence(encodeObjectIdentifier(OID.signedData), encodeDer(CONTEXT_0, signedData));
}

/** Returns the TSTInfo in the token at a place, which no signature was looked at for. Throws a ChainError. */
export function readTokenInfo(bytes: Uint8Array, token: DerValue): Uint8Array {
  const [type, wrapped] = readFields(bytes, token, [DER_TAG.objectIdentifier, CONTEXT_0]);
  const [signedData] = readFields(bytes, wrapped, [DER_TAG.sequence]);
  const [, , content] = readChildren(bytes, signedData);
  if (content?.tag !== DER_TAG.sequence) throw malformed();
  const [contentType, wrappedContent] = readFields(bytes, content, [
    DER_TAG.objectIdentifier,
    CONTEXT_0,
  ]);
  const names = [type, contentType].map((each) => parseObjectIdentifier(contentOf(bytes, each)));
  if (names[0] !== OID.signedData || names[1] !== OID.tstInfo) throw malformed();
  const [info] = readFields(bytes, wrappedContent, [DER_TAG.octetString]);
  return contentOf(bytes, info).slice();
}

function encodeAttributes(info: Uint8Array, { scheme, certificates }: TimestampKey): Uint8Array {
  const attribute = (oid: string, value: Uint8Array): Uint8Array =>
    encodeSequence(encodeObjectIdentifier(oid), encodeSetOf(value));
  // ESSCertIDv2 leaves its hash algorithm out where it is SHA-256, the default.
  const essCertId = encodeSequence(encodeOctetString(sha256(certificates[0])));
  return encodeSetOf(
    attribute(OID.contentType, encodeObjectIdentifier(OID.tstInfo)),
    attribute(OID.messageDigest, encodeOctetString(hash(scheme.hash, info, 'buffer'))),
    attribute(OID.signingCertificateV2, encodeSequence(encodeSequence(essCertId))),
  );
}

function signOffThread(message: Uint8Array, { scheme, privateKey }: TimestampKey): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(scheme.hash, message, privateKey, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

/** A set as the implicit `[0]` that stands for it. */
function retag(set: Uint8Array): Uint8Array {
  const { content } = readDer(set, 0, set.length);
  return encodeDer(CONTEXT_0, set.subarray(content));
}

function malformed(): ChainError {
  return new ChainError('ERR_MALFORMED', 'the token is no SignedData of a TSTInfo');
}
