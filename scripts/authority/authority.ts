/**
 * The authority's judgement: which cameras it made, and whether they are still trusted.
 *
 * A certificate is genuine if it is strict DER, signed by this CA, of a camera that was provisioned here
 * and not revoked, carries that camera's NUC under the key of its table, and is the very certificate that
 * the camera was given. Dates are not judged: cameras come back from the field late, and how late is the
 * chain's rule. Nor is the camera's signature over the photograph: its v2 form covers fields that an
 * authority is not sent, and every validator checks it anyway. The authority vouches for the camera.
 *
 * What depends on the certificate's bytes alone is kept; the register is read for every question, so that
 * a revocation counts at once.
 */
import { randomBytes } from 'node:crypto';

import { sha256, verifyEcdsa } from '#crypto';
import { LRUCache } from 'lru-cache';

import { formatHex, formatBase64, parseHex } from '../../chain/bytes.ts';
import {
  type CameraCertificate,
  parseCameraCertificate,
  parseCertificateBytes,
} from '../../chain/certificate/certificate.ts';
import { ChainError } from '../../chain/errors.ts';
import { parseDerSignature, type Signer } from '../../chain/signature.ts';
import { signVerdict } from '../../chain/verdict.ts';
import type { Ca, Manufacturer } from './ca.ts';
import { type ExtensionEncoding, type IssuedDevice, issueDevice } from './deviceCertificate.ts';
import type { Device, DeviceStore } from './deviceStore.ts';
import { Refusal } from './errors.ts';
import { drawKeyIndex, drawTables, type KeyTables } from './keyTables.ts';
import { decryptLegacyToken, decryptNuc, encryptNuc, NONCE_BYTES, NUC_HASH_BYTES } from './nuc.ts';
import { formatPem } from './pem.ts';
import type { CertificateQuestion, ProvisionRequest, TokenQuestion } from './request.ts';

/** Why a camera is genuine or not, with what is said to the node. The texts name no camera. */
const FINDINGS = {
  genuine: 'the camera is genuine',
  malformed: 'the certificate cannot be read',
  foreign: 'the certificate was not issued by this authority',
  unknown: 'no such camera was provisioned here',
  nuc: 'the encrypted NUC is not the one of this camera',
  replaced: 'the certificate is not the one that this camera was given',
  revoked: 'the camera is revoked',
  token: 'the token was made with none of the three keys',
  table: 'the token was made with a key that this camera does not have',
} as const;

type Finding = keyof typeof FINDINGS;

/** An answer to a node, as JSON. `verdict` is there if the question named a chain. */
export interface Answer {
  readonly valid: boolean;
  readonly message: string;
  readonly verdict?: { readonly issued_at: number; readonly signature: string };
}

/** What a new camera is told, once, as JSON. */
export interface ProvisionAnswer {
  readonly device_serial: string;
  readonly device_certificate: string;
  readonly certificate_chain: string;
  readonly device_private_key: string;
  readonly device_public_key: string;
  readonly table_assignments: readonly number[];
  readonly nuc_hash: string;
  readonly device_family: string;
}

/** What the authority is. */
export interface AuthorityOptions extends Manufacturer {
  /** The URL that its certificates name. */
  readonly endpoint: string;
  readonly encoding: ExtensionEncoding;
}

/** What the authority works with. */
export interface AuthorityWorld {
  readonly ca: Ca;
  readonly tables: KeyTables;
  readonly store: DeviceStore;
  /** Signs verdicts. */
  readonly sign: Signer;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

/** A manufacturer authority. */
export interface ManufacturerAuthority {
  /** Rejects with ERR_SERIAL_TAKEN, ERR_NUC_TAKEN or ERR_CA_EXPIRED. */
  provision(request: ProvisionRequest): Promise<ProvisionAnswer>;
  validateCertificate(question: CertificateQuestion): Promise<Answer>;
  validateToken(question: TokenQuestion): Answer;
  /** Rejects with ERR_NOT_FOUND. */
  revoke(serial: string, reason: string): Promise<Device>;
  /** Throws ERR_NOT_FOUND. */
  find(serial: string): Device;
}

/** Certificates whose inspection is kept: about 300 bytes each. */
const INSPECTION_COUNT_MAX = 50_000;
const DEFAULT_FAMILY = 'Reference camera';

/** What a certificate's bytes alone tell. `serial` is there if this CA signed it. */
interface Inspection {
  readonly fingerprint: Uint8Array;
  readonly finding: 'genuine' | 'malformed' | 'foreign' | 'nuc';
  readonly serial?: string | undefined;
  readonly nucHash?: string;
}

/** Returns an authority over these keys and this register. */
export function createAuthority(
  options: AuthorityOptions,
  world: AuthorityWorld,
): ManufacturerAuthority {
  const { store } = world;
  const inspections = new LRUCache<string, Inspection>({ max: INSPECTION_COUNT_MAX });

  const inspectOnce = async (sent: Uint8Array): Promise<Inspection> => {
    const key = formatHex(sha256(sent));
    const known = inspections.get(key);
    if (known !== undefined) return known;
    const inspection = await inspect(sent, options.id, world);
    // Only what this CA signed is kept, so that a stranger cannot displace it with inventions.
    if (inspection.serial !== undefined) inspections.set(key, inspection);
    return inspection;
  };

  return {
    provision: (request) => provision(request, options, world),
    async validateCertificate(question) {
      const inspection = await inspectOnce(question.camera_cert);
      const finding =
        inspection.finding === 'genuine' ? lookUp(inspection, store) : inspection.finding;
      return answer(finding, { ...question, subject: inspection.fingerprint }, world);
    },
    validateToken(question) {
      const finding = findToken(question, world);
      return answer(finding, { ...question, subject: sha256(question.ciphertext) }, world);
    },
    async revoke(serial, reason) {
      const device = await store.revoke(serial, { revokedAt: secondsOf(world.clock()), reason });
      return device ?? refuseUnknown();
    },
    find: (serial) => store.read(serial) ?? refuseUnknown(),
  };
}

function refuseUnknown(): never {
  throw new Refusal('ERR_NOT_FOUND', 'no camera with this serial was provisioned here');
}

async function provision(
  request: ProvisionRequest,
  options: AuthorityOptions,
  world: AuthorityWorld,
): Promise<ProvisionAnswer> {
  const nowS = secondsOf(world.clock());
  const nucHash = request.nuc_hash ?? formatHex(randomBytes(NUC_HASH_BYTES));
  checkFree(request.device_serial, nucHash, world.store);
  checkCaDates(world.ca, nowS);
  const tableAssignments = drawTables();
  const [keyTableId = 0] = tableAssignments;
  const family = request.device_family ?? DEFAULT_FAMILY;
  const identity = {
    serial: request.device_serial,
    organization: options.name,
    birthmark: {
      manufacturerId: options.id,
      endpoint: options.endpoint,
      encryptedNuc: encryptNuc(world.tables.masterKey(keyTableId), {
        nucHash: parseHex(nucHash),
        nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
      }),
      keyTableId,
      keyIndex: drawKeyIndex(),
      deviceFamily: family,
    },
  };
  const issued = await issueDevice(world.ca, identity, { nowS, encoding: options.encoding });
  const device: Device = {
    serial: identity.serial,
    family,
    nucHash,
    tableAssignments,
    fingerprint: formatHex(sha256(issued.certificateDer)),
    certificatePem: formatPem('CERTIFICATE', issued.certificateDer),
    provisionedAt: nowS,
  };
  const result = await world.store.add(device);
  if (result !== 'added') throw refuseTaken(result);
  return formatProvision(device, issued, world.ca);
}

/** Looks before the costly part; `add` has the last word. */
function checkFree(serial: string, nucHash: string, store: DeviceStore): void {
  if (store.read(serial) !== undefined) throw refuseTaken('serial-taken');
  if (store.findByNuc(nucHash) !== undefined) throw refuseTaken('nuc-taken');
}

function refuseTaken(result: 'serial-taken' | 'nuc-taken'): Refusal {
  return result === 'serial-taken'
    ? new Refusal(
        'ERR_SERIAL_TAKEN',
        'a camera with this serial was provisioned before, and its key is told only once',
      )
    : new Refusal('ERR_NUC_TAKEN', 'another camera was provisioned with this NUC hash');
}

/** Nodes refuse a camera that was made outside its CA's dates. */
function checkCaDates({ certificate }: Ca, nowS: number): void {
  if (nowS < certificate.notBefore || nowS > certificate.notAfter) {
    throw new Refusal('ERR_CA_EXPIRED', `the CA certificate ended at ${certificate.notAfter}`);
  }
}

function formatProvision(device: Device, issued: IssuedDevice, ca: Ca): ProvisionAnswer {
  return {
    device_serial: device.serial,
    device_certificate: device.certificatePem,
    certificate_chain: ca.certificatePem,
    device_private_key: formatPem('PRIVATE KEY', issued.privateKeyDer),
    device_public_key: formatPem('PUBLIC KEY', issued.publicKeyDer),
    table_assignments: device.tableAssignments,
    nuc_hash: device.nucHash,
    device_family: device.family,
  };
}

async function inspect(
  sent: Uint8Array,
  manufacturerId: string,
  { ca, tables }: Pick<AuthorityWorld, 'ca' | 'tables'>,
): Promise<Inspection> {
  const certificate = readCertificate(sent);
  if (certificate === undefined) return { fingerprint: sha256(sent), finding: 'malformed' };
  const { fingerprint, birthmark } = certificate;
  const own = birthmark.dialect === 'A' && birthmark.manufacturerId === manufacturerId;
  if (!own || !(await isSignedBy(ca, certificate))) return { fingerprint, finding: 'foreign' };

  const serial = certificate.subjectCommonName;
  const nucHash = decryptNuc(tables.masterKey(birthmark.keyTableId), birthmark.encryptedNuc);
  if (nucHash === undefined) return { fingerprint, finding: 'nuc', serial };
  return { fingerprint, finding: 'genuine', serial, nucHash: formatHex(nucHash) };
}

function readCertificate(sent: Uint8Array): CameraCertificate | undefined {
  try {
    return parseCameraCertificate(parseCertificateBytes(sent));
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}

async function isSignedBy(ca: Ca, certificate: CameraCertificate): Promise<boolean> {
  const { publicKey } = ca.certificate;
  if (publicKey === undefined || certificate.signatureCurve !== publicKey.curve) return false;
  const raw = parseDerSignature(certificate.signature);
  return raw !== undefined && (await verifyEcdsa(publicKey, certificate.signedBytes, raw));
}

function lookUp({ serial, nucHash, fingerprint }: Inspection, store: DeviceStore): Finding {
  const device = serial === undefined ? undefined : store.read(serial);
  if (device === undefined) return 'unknown';
  if (device.nucHash !== nucHash) return 'nuc';
  if (device.fingerprint !== formatHex(fingerprint)) return 'replaced';
  return device.revocation === undefined ? 'genuine' : 'revoked';
}

/** A legacy token hides its key among three; whichever opens it must be one that its camera has. */
function findToken(question: TokenQuestion, { tables, store }: AuthorityWorld): Finding {
  for (const [i, tableId] of question.table_references.entries()) {
    const key = { masterKey: tables.masterKey(tableId), keyIndex: question.key_indices[i] ?? 0 };
    const nucHash = decryptLegacyToken(key, question.ciphertext);
    if (nucHash === undefined) continue;
    const device = store.findByNuc(formatHex(nucHash));
    if (device === undefined) return 'unknown';
    if (!device.tableAssignments.includes(tableId)) return 'table';
    return device.revocation === undefined ? 'genuine' : 'revoked';
  }
  return 'token';
}

/** What a signed verdict binds. */
interface Subject {
  readonly subject: Uint8Array;
  readonly image_hash?: Uint8Array | null | undefined;
  readonly chain_id?: Uint8Array | null | undefined;
}

function answer(
  finding: Finding,
  { subject, image_hash: imageHash, chain_id: chainId }: Subject,
  { sign, clock }: AuthorityWorld,
): Answer {
  const valid = finding === 'genuine';
  const message = FINDINGS[finding];
  if (!chainId || !imageHash) return { valid, message };
  const issuedAt = secondsOf(clock());
  const signature = signVerdict({ chainId, subject, imageHash, valid, issuedAt }, sign);
  return { valid, message, verdict: { issued_at: issuedAt, signature: formatBase64(signature) } };
}

function secondsOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
