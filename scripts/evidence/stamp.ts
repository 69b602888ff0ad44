/**
 * Checks a time-stamp reply before anybody relies on it: that it answers this question about this hash, and that the
 * certificate which comes with it signed it. Whether that certificate is to be trusted is for a CA to say.
 *
 * Sources: RFC 3161, section 2.4.2; RFC 5652, sections 5.3, 5.4 and 11; RFC 5035, section 3.
 */
import { hash, verify, X509Certificate } from 'node:crypto';

import { sha256 } from '#crypto';

import { concatBytes, equalBytes } from '../../chain/bytes.ts';
import { parseCertificateParts } from '../../chain/certificate/certificate.ts';
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
import { NodeError } from '../../node/errors.ts';
import { checkUsages, keyKindOf } from '../../node/timestamp/certificateRules.ts';
import { TSA_CERTIFICATE_COUNT_MAX } from '../../node/timestamp/limits.ts';
import { encodeDer, encodeSequence } from '../../node/timestamp/der.ts';
import { OID } from '../../node/timestamp/oid.ts';
import type { Query } from '../../node/timestamp/query.ts';
import { decodeReply } from '../../node/timestamp/reply.ts';
import { schemeOf } from '../../node/timestamp/timestampKey.ts';
import type { TstInfo } from '../../node/timestamp/tstInfo.ts';

/** A time stamp that was checked. */
export interface Stamp {
  /** The reply, as a file `.tsr` holds it. */
  readonly reply: Uint8Array;
  readonly info: TstInfo;
  /** Those that came with it; the first one signed it. */
  readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
}

/** What became of a question. */
export type StampOutcome =
  | { readonly stamp: Stamp }
  /** For people: why there is none. */
  | { readonly rejection: string };

/** A time stamp that is none, or none of this question. */
export class StampError extends Error {
  override readonly name = 'StampError';
}

const WHERE = 'the token';
const CONTEXT_0 = 0xa0;
const MS_PER_S = 1_000;

/** Returns the stamp in a reply to a query, or why it was not made. Throws a StampError for one that is wrong. */
export function checkReply(reply: Uint8Array, query: Query): StampOutcome {
  try {
    const said = decodeReply(reply);
    if (said.status === 'rejected') {
      const reasons = [said.failure ?? 'no reason is known here', said.text];
      return { rejection: reasons.filter((each) => each !== '').join(', ') };
    }
    checkQuestion(said.info, query);
    const signed = readSigned(reply);
    const certificates = checkSignature(signed, said.info);
    return { stamp: { reply, info: said.info, certificates } };
  } catch (cause) {
    if (cause instanceof ChainError || cause instanceof NodeError) {
      throw new StampError(cause.message, { cause });
    }
    throw cause;
  }
}

/** Checks that one of the trusted certificates leads to the one that signed, as of the token's time. Throws a StampError. */
export function checkIssuers(
  { info, certificates }: Stamp,
  trusted: readonly X509Certificate[],
): void {
  let [issued, ...left]: readonly X509Certificate[] = certificates;
  while (issued !== undefined) {
    const one: X509Certificate = issued;
    checkDates(one, info.timeMs);
    const anchor = trusted.find((each) => hasIssued(each, one));
    if (anchor !== undefined) {
      checkDates(anchor, info.timeMs);
      return;
    }
    issued = left.find((each) => hasIssued(each, one));
    left = left.filter((each) => each !== issued);
  }
  throw new StampError('no certificate of the CA that was named has issued that of the token');
}

/** Returns the certificates of a PEM text, in their order. Throws a StampError where there is none. */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length > TSA_CERTIFICATE_COUNT_MAX) {
    throw new StampError(
      `${blocks.length} certificates as PEM are not 1 to ${TSA_CERTIFICATE_COUNT_MAX}`,
    );
  }
  return blocks.map((block) => readCertificate(block));
}

function hasIssued(issuer: X509Certificate, issued: X509Certificate): boolean {
  return issuer.ca && issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
}

function checkDates(certificate: X509Certificate, timeMs: number): void {
  if (
    timeMs >= certificate.validFromDate.getTime() &&
    timeMs <= certificate.validToDate.getTime()
  ) {
    return;
  }
  throw new StampError(
    `a certificate is valid from ${certificate.validFrom} to ${certificate.validTo}, and the time stamp is not of that time`,
  );
}

function checkQuestion({ imprint, nonce }: TstInfo, query: Query): void {
  if (!equalBytes(imprint, query.imprint)) {
    throw new StampError('the token is about another photograph');
  }
  if (nonce === undefined || query.nonce === undefined || !equalBytes(nonce, query.nonce)) {
    throw new StampError('the token answers another question');
  }
}

/** The parts of a SignedData that its signature is about. */
interface Signed {
  /** DER of the TSTInfo. */
  readonly info: Uint8Array;
  /** DER of each, as they stand. */
  readonly certificates: readonly Uint8Array[];
  /** DER of the issuer and the serial number that name the certificate. */
  readonly signer: Uint8Array;
  readonly digestAlgorithm: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  /** The signed attributes as they are signed: as a SET OF. */
  readonly attributes: Uint8Array;
  readonly signature: Uint8Array;
}

/** The reply was decoded before, so it has a token with a TSTInfo. */
function readSigned(reply: Uint8Array): Signed {
  const [, token] = readChildren(reply, readDer(reply, 0, reply.length));
  const [, wrapped] = readChildren(reply, required(token));
  const [signedData] = readChildren(reply, required(wrapped));
  const [, , content, ...others] = readChildren(reply, required(signedData));
  const [, wrappedInfo] = readChildren(reply, required(content));
  const [info] = readChildren(reply, required(wrappedInfo));
  const certificates = others.find(({ tag }) => tag === CONTEXT_0);
  if (certificates === undefined) throw new StampError('no certificate comes with the token');
  const [signerInfo] = readFields(reply, required(others.at(-1)), [DER_TAG.sequence]);
  const fields = readFields(reply, signerInfo, SIGNER_TAGS);
  const [, signer, digestAlgorithm, attributes, signatureAlgorithm, signature] = fields;
  return {
    info: contentOf(reply, required(info)),
    certificates: readChildren(reply, certificates).map((each) => bytesOf(reply, each)),
    signer: bytesOf(reply, signer),
    digestAlgorithm: bytesOf(reply, digestAlgorithm),
    signatureAlgorithm: bytesOf(reply, signatureAlgorithm),
    attributes: concatBytes(
      Uint8Array.of(DER_TAG.set),
      reply.subarray(attributes.start + 1, attributes.end),
    ),
    signature: contentOf(reply, signature),
  };
}

/** Version, signer, digest algorithm, signed attributes, signature algorithm, signature. */
const SIGNER_TAGS = [
  DER_TAG.integer,
  DER_TAG.sequence,
  DER_TAG.sequence,
  CONTEXT_0,
  DER_TAG.sequence,
  DER_TAG.octetString,
] as const;

/** Returns the certificates, the one that signed first. Throws a StampError, a ChainError or a NodeError. */
function checkSignature(signed: Signed, { timeMs }: TstInfo): Stamp['certificates'] {
  const { certificates } = signed;
  if (certificates.length > TSA_CERTIFICATE_COUNT_MAX) {
    throw new StampError(
      `${certificates.length} certificates come with the token; ${TSA_CERTIFICATE_COUNT_MAX} are allowed`,
    );
  }
  const attributes = readAttributes(signed.attributes);
  const named = readSignerHash(attributes.get(OID.signingCertificateV2));
  const signer = certificates.find((each) => equalBytes(sha256(each), named));
  if (signer === undefined)
    throw new StampError('the certificate that the token names is not in it');
  const own = checkSigner(signer, signed, timeMs);
  if (!isSignedBy(own, signed, attributes)) {
    throw new StampError('the signature of the token does not verify');
  }
  const others = certificates.filter((each) => each !== signer);
  return [own, ...others.map((each) => readCertificate(each))];
}

/** Returns the certificate that signed. Throws a StampError, a ChainError or a NodeError for one that may not. */
function checkSigner(der: Uint8Array, { signer }: Signed, timeMs: number): X509Certificate {
  const { certificate, serialNumber, extensions } = parseCertificateParts(der);
  const name = encodeSequence(certificate.issuer, encodeDer(DER_TAG.integer, serialNumber));
  if (!equalBytes(signer, name)) throw new StampError('the token names two certificates');
  checkUsages(extensions, WHERE);
  const own = readCertificate(der);
  checkDates(own, timeMs);
  return own;
}

function isSignedBy(
  { publicKey }: X509Certificate,
  signed: Signed,
  attributes: ReadonlyMap<string, Uint8Array>,
): boolean {
  const scheme = schemeOf(keyKindOf(publicKey, WHERE));
  const type = attributes.get(OID.contentType);
  const digest = attributes.get(OID.messageDigest);
  if (type === undefined || digest === undefined) return false;
  return (
    parseObjectIdentifier(type) === OID.tstInfo &&
    equalBytes(digest, new Uint8Array(hash(scheme.hash, signed.info, 'buffer'))) &&
    equalBytes(signed.digestAlgorithm, scheme.digestAlgorithm) &&
    equalBytes(signed.signatureAlgorithm, scheme.signatureAlgorithm) &&
    verify(scheme.hash, signed.attributes, publicKey, signed.signature)
  );
}

/** Contents of the only value of each attribute, by the attribute's name. */
function readAttributes(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const attribute of readChildren(bytes, readDer(bytes, 0, bytes.length))) {
    const [name, values] = readFields(bytes, attribute, [DER_TAG.objectIdentifier, DER_TAG.set]);
    const [value] = readChildren(bytes, values);
    const oid = parseObjectIdentifier(contentOf(bytes, name));
    if (found.has(oid)) throw new StampError(`the attribute ${oid} stands twice in the token`);
    if (value !== undefined) found.set(oid, contentOf(bytes, value));
  }
  return found;
}

/** The SHA-256 in `SEQUENCE { SEQUENCE OF ESSCertIDv2, … }`, of which this is the content. */
function readSignerHash(content: Uint8Array | undefined): Uint8Array {
  if (content === undefined) throw new StampError('the token does not name its certificate');
  const list = readDer(content, 0, content.length);
  const [first] = readChildren(content, list);
  const [certHash] = readChildren(content, required(first));
  // The hash algorithm stands before it where it is another than SHA-256.
  if (certHash?.tag !== DER_TAG.octetString) {
    throw new StampError('the token names its certificate by another hash than SHA-256');
  }
  return contentOf(content, certHash);
}

function readCertificate(source: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(source);
  } catch (cause) {
    throw new StampError('a certificate cannot be read', { cause });
  }
}

function bytesOf(bytes: Uint8Array, { start, end }: DerValue): Uint8Array {
  return bytes.slice(start, end);
}

function required(value: DerValue | undefined): DerValue {
  if (value === undefined) throw new StampError('the token is cut off');
  return value;
}

/** Returns the second in which a stamp was made, rounded up: no certificate of a stamp begins after it. */
export function stampTimeS({ info }: Stamp): number {
  return Math.ceil(info.timeMs / MS_PER_S);
}
