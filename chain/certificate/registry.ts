/**
 * The authority registry, ready for use: pinned CA certificates parsed, entries found by id or name.
 *
 * A camera's certificate is trusted if a pinned key signed it. Names are compared only where the registry
 * demands it; otherwise they merely tell which keys to try and how to word a refusal.
 */
import { type EcdsaCurve, verifyEcdsa } from '#crypto';

import { type Authority, isUnderEndpoint } from '../authority.ts';
import { equalBytes } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { parseDerSignature } from '../signature.ts';
import { type CameraCertificate, type Certificate, parseCertificate } from './certificate.ts';

const COORDINATE_BYTES: Readonly<Record<EcdsaCurve, number>> = { 'P-256': 32, 'P-384': 48 };

interface Pin {
  readonly authority: Authority;
  readonly ca: Certificate;
}

/** The authorities of a chain at a height. */
export interface Registry {
  readonly authorities: readonly Authority[];
  /** Returns the entry with this id, or undefined. */
  find(id: string): Authority | undefined;
  /**
   * Resolves to the authority whose pinned key signed the certificate, after checking that it names that
   * manufacturer and an endpoint of it.
   *
   * Rejects with ERR_CERTIFICATE_SIGNATURE, ERR_ISSUER_NOT_PINNED, ERR_ISSUER_NAME, ERR_ISSUER_EXPIRED,
   * ERR_MANUFACTURER_ID or ERR_ENDPOINT.
   */
  checkIssuer(certificate: CameraCertificate): Promise<Authority>;
}

/** Returns the registry of these entries. Throws ERR_CERTIFICATE_MALFORMED for a CA that cannot be read. */
export function createRegistry(authorities: readonly Authority[]): Registry {
  const byId = new Map(authorities.map((authority) => [authority.id, authority]));
  const pins = authorities.flatMap((authority) =>
    authority.caCertificates.map((der): Pin => ({ authority, ca: parseCertificate(der) })),
  );
  return {
    authorities,
    find: (id) => byId.get(id),
    async checkIssuer(certificate) {
      const { authority, ca } = await findIssuer(certificate, pins);
      checkAgainstPin(certificate, authority, ca);
      return authority;
    },
  };
}

async function findIssuer(certificate: CameraCertificate, pins: readonly Pin[]): Promise<Pin> {
  const { birthmark, issuerCommonName } = certificate;
  const claimed = birthmark.dialect === 'A' ? birthmark.manufacturerId : undefined;
  const isNamed = ({ ca }: Pin): boolean =>
    issuerCommonName !== undefined && ca.subjectCommonName === issuerCommonName;
  const isClaimed = ({ authority }: Pin): boolean => authority.id === claimed;
  // Only keys that the certificate points to are tried, so that a forger cannot make us try them all;
  // those of the manufacturer that it names come first, since two may pin one CA.
  const named = pins.filter((pin) => !isClaimed(pin) && isNamed(pin));
  for (const pin of [...pins.filter(isClaimed), ...named]) {
    if (await isIssuedBy(certificate, pin.ca)) return pin;
  }
  if (pins.some(isNamed)) {
    throw new ChainError(
      'ERR_CERTIFICATE_SIGNATURE',
      'the certificate names a pinned issuer, but that key did not sign it',
    );
  }
  throw new ChainError(
    'ERR_ISSUER_NOT_PINNED',
    'no manufacturer key that this chain pins has signed the certificate',
  );
}

async function isIssuedBy(certificate: Certificate, ca: Certificate): Promise<boolean> {
  const { publicKey } = ca;
  if (publicKey === undefined || publicKey.curve !== certificate.signatureCurve) return false;
  const raw = parseDerSignature(certificate.signature, COORDINATE_BYTES[publicKey.curve]);
  return raw !== undefined && (await verifyEcdsa(publicKey, certificate.signedBytes, raw));
}

function checkAgainstPin(
  certificate: CameraCertificate,
  authority: Authority,
  ca: Certificate,
): void {
  const { birthmark, notBefore } = certificate;
  if (authority.strictNames && !equalBytes(certificate.issuer, ca.subject)) {
    throw new ChainError('ERR_ISSUER_NAME', 'the issuer name is not the pinned subject name');
  }
  // Only the moment of issue counts: a CA may expire while the cameras that it made live on.
  if (notBefore < ca.notBefore || notBefore > ca.notAfter) {
    throw new ChainError('ERR_ISSUER_EXPIRED', 'the certificate was issued outside its CA dates');
  }
  if (birthmark.dialect === 'B') return;
  if (birthmark.manufacturerId !== authority.id) {
    throw new ChainError(
      'ERR_MANUFACTURER_ID',
      `the certificate names another manufacturer than ${authority.id}, whose key signed it`,
    );
  }
  if (!isUnderEndpoint(authority, birthmark.endpoint)) {
    throw new ChainError(
      'ERR_ENDPOINT',
      `the certificate's authority URL lies outside the prefixes pinned for ${authority.id}`,
    );
  }
}
