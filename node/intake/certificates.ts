/**
 * Camera certificates that this node has judged, kept so that each is parsed and checked once.
 *
 * What depends on the time of the asking (dates) or on the photograph (signature) is not kept here.
 */
import { sha256 } from '#crypto';
import { TokenBucket } from 'limiter';
import { LRUCache } from 'lru-cache';

import type { Authority } from '../../chain/authority.ts';
import { formatHex } from '../../chain/bytes.ts';
import type { CameraCertificate } from '../../chain/certificate/certificate.ts';
import type { Registry } from '../../chain/certificate/registry.ts';
import { ChainError } from '../../chain/errors.ts';
import { parseSentCertificate } from '../../chain/evidence.ts';
import { SIGNED_FORM, type SignedForm } from '../../chain/record.ts';

/** Certificates kept: about 3 kB each. */
const ACCEPTED_COUNT_MAX = 10_000;
/** Refusals kept: a code and a sentence each. */
const REFUSED_COUNT_MAX = 10_000;

/** A certificate that a pinned key signed. */
export interface AcceptedCertificate {
  /** SHA-256 of the certificate as sent. */
  readonly id: Uint8Array;
  readonly sent: Uint8Array;
  readonly certificate: CameraCertificate;
  readonly authority: Authority;
  /** The form in which this camera signed last: tried first. */
  likelyForm: SignedForm;
  /** When it was last made durable, Unix ms; 0 if not since this node started. */
  storedMs: number;
  /** Submissions that this certificate may still bring now. */
  readonly bucket: TokenBucket;
}

/** How many submissions one certificate may bring. */
export interface CertificateRate {
  readonly perS: number;
  readonly burst: number;
}

/** Judged certificates. */
export class Certificates {
  readonly #registry: () => Registry;
  readonly #rate: CertificateRate;
  readonly #accepted = new LRUCache<string, AcceptedCertificate>({ max: ACCEPTED_COUNT_MAX });
  /** Those that other institutions were sent. */
  readonly #parsed = new LRUCache<string, CameraCertificate>({ max: ACCEPTED_COUNT_MAX });
  readonly #refused = new LRUCache<string, ChainError>({ max: REFUSED_COUNT_MAX });
  readonly #underway = new Map<string, Promise<AcceptedCertificate>>();

  constructor(registry: () => Registry, rate: CertificateRate) {
    this.#registry = registry;
    this.#rate = rate;
  }

  /** Returns a certificate as it was sent, parsed once. Throws as `parseCameraCertificate` does. */
  readonly parse = (sent: Uint8Array): CameraCertificate => {
    const key = formatHex(sha256(sent));
    const known = this.#accepted.get(key)?.certificate ?? this.#parsed.get(key);
    if (known !== undefined) return known;
    const certificate = parseSentCertificate(sent);
    this.#parsed.set(key, certificate);
    return certificate;
  };

  /** Resolves to the judged certificate. Rejects with the ChainError that refuses it. */
  async check(sent: Uint8Array): Promise<AcceptedCertificate> {
    const id = sha256(sent);
    const key = formatHex(id);
    const accepted = this.#accepted.get(key);
    if (accepted !== undefined) return accepted;
    const refused = this.#refused.get(key);
    if (refused !== undefined) throw refused;
    const underway = this.#underway.get(key) ?? this.#judge(id, sent);
    this.#underway.set(key, underway);
    try {
      return await underway;
    } finally {
      this.#underway.delete(key);
    }
  }

  async #judge(id: Uint8Array, sent: Uint8Array): Promise<AcceptedCertificate> {
    const key = formatHex(id);
    try {
      const certificate = parseSentCertificate(sent);
      const authority = await this.#registry().checkIssuer(certificate);
      const accepted = {
        id,
        sent,
        certificate,
        authority,
        likelyForm: SIGNED_FORM.v1,
        storedMs: 0,
        bucket: this.#bucket(),
      };
      this.#accepted.set(key, accepted);
      return accepted;
    } catch (error) {
      if (error instanceof ChainError) this.#refused.set(key, error);
      throw error;
    }
  }

  #bucket(): TokenBucket {
    const { perS, burst } = this.#rate;
    const bucket = new TokenBucket({
      bucketSize: burst,
      tokensPerInterval: perS,
      interval: 'second',
    });
    bucket.content = burst;
    return bucket;
  }
}
