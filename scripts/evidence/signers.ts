/** Who signed a checkpoint, in the forms that openssl reads: public keys as PEM, signatures as 64 bytes. */
import { concatBytes, formatBase64, parseHex } from '../../chain/bytes.ts';
import { cosignatureMessage } from '../../chain/log/cosignature.ts';
import { invariant } from '../../chain/invariant.ts';
import { type KnownSignature, type Note, signaturesBy } from '../../chain/log/note.ts';
import type { Policy } from '../../chain/log/policy.ts';
import type { Cosigner } from '../../chain/log/trust.ts';
import { encodeKeyId, type VerifierKey } from '../../chain/log/verifierKey.ts';
import { SIGNATURE_BYTES } from '../../chain/signature.ts';
import { formatPem } from '../authority/pem.ts';

/** A signature that openssl can check. */
export interface Signer {
  /** In the policy. */
  readonly name: string;
  /** SubjectPublicKeyInfo (RFC 8410). */
  readonly publicKeyPem: string;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** What stands before it in the base64 of its line: the key's id, and a cosigner's time. */
  readonly lineHead: Uint8Array;
  /** The last part of the key's text in the policy: base64 of its type and its 32 bytes. */
  readonly policyKey: string;
}

/** A cosigner that openssl can check. */
export interface TimedSigner extends Signer {
  readonly timeS: number;
}

/** `SEQUENCE { SEQUENCE { OBJECT IDENTIFIER 1.3.101.112 }, BIT STRING }` of 32 bytes, without them. */
const SPKI_ED25519 = parseHex('302a300506032b6570032100');

/** Returns the signature of the log. The checkpoint was verified under this policy. */
export function logSignerOf(note: Note, { log }: Policy): Signer {
  const [known] = signaturesBy([log.key], note);
  invariant(known !== undefined, 'a verified checkpoint is signed by the log');
  return signerOf(log.key.name, known);
}

/** Returns the cosignatures of these cosigners, in their order. The checkpoint was verified under this policy. */
export function cosignersOf(
  note: Note,
  { witnesses }: Policy,
  cosigners: readonly Cosigner[],
): readonly TimedSigner[] {
  return cosigners.map(({ name, timeS }) => {
    const witness = witnesses.find((each) => each.name === name);
    invariant(witness !== undefined, 'a cosigner is a witness of the policy');
    const known = signaturesBy([witness.key], note).find((each) => timeOf(each) === timeS);
    invariant(known !== undefined, 'a cosigner has a signature of its time');
    return { ...signerOf(name, known), timeS };
  });
}

/** Returns what comes before a checkpoint's text in what a cosigner signs. */
export function cosignatureHead(timeS: number): string {
  return new TextDecoder().decode(cosignatureMessage('', timeS));
}

function timeOf({ signature }: KnownSignature): number {
  const view = new DataView(signature.buffer, signature.byteOffset, signature.byteLength);
  return Number(view.getBigUint64(0));
}

function signerOf(name: string, { key, signature }: KnownSignature): Signer {
  return {
    name,
    publicKeyPem: formatPem('PUBLIC KEY', concatBytes(SPKI_ED25519, key.publicKey)),
    signature: signature.slice(-SIGNATURE_BYTES),
    lineHead: concatBytes(encodeKeyId(key.keyId), signature.slice(0, -SIGNATURE_BYTES)),
    policyKey: policyKeyOf(key),
  };
}

function policyKeyOf({ type, publicKey }: VerifierKey): string {
  return formatBase64(concatBytes(Uint8Array.of(type), publicKey));
}
