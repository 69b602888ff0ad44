/** What ten thousand small changes to a genuine certificate do: a refusal or values, never anything else. */
import { X509Certificate } from 'node:crypto';

import { expect } from 'chai';

import {
  parseCameraCertificate,
  parseCertificateBytes,
} from '../../../chain/certificate/certificate.ts';
import { CERTIFICATE_BYTES_MAX } from '../../../chain/limits.ts';
import { codeOf } from '../../support/chainValues.ts';
import {
  birthmarkExtensions,
  CA_FALSE,
  createCa,
  createCamera,
  DEVICE_VALUES,
  KEY_USAGE,
} from '../../support/certificates.ts';

const MUTATION_COUNT = 10_000;
const SEED = 0x5eed;

const CA = createCa();
const GENUINE = [
  createCamera(CA).der,
  createCamera(CA, {
    extensions: [CA_FALSE, KEY_USAGE, ...birthmarkExtensions(DEVICE_VALUES, 'der')],
  }).der,
];

/** Returns numbers below `limit`, the same ones for the same seed (mulberry32). */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Changes, inserts, removes, repeats or cuts off bytes at a few places. */
function mutate(bytes: Uint8Array, below: (limit: number) => number): Uint8Array {
  let mutated = [...bytes];
  for (let count = 1 + below(3); count > 0; count--) {
    const at = below(mutated.length + 1);
    const size = 1 + below(8);
    const changes = [
      (): number[] => mutated.with(at % mutated.length, below(256)),
      (): number[] => mutated.with(at % mutated.length, (mutated[at] ?? 0) ^ (1 << below(8))),
      (): number[] => mutated.toSpliced(at, 0, below(256)),
      (): number[] => mutated.toSpliced(at, size),
      (): number[] => mutated.toSpliced(at, 0, ...mutated.slice(at, at + size)),
      (): number[] => mutated.slice(0, Math.max(1, at)),
    ];
    mutated = changes[below(changes.length)]?.() ?? mutated;
    if (mutated.length === 0) mutated = [0];
  }
  return Uint8Array.from(mutated);
}

/** The dates that OpenSSL reads in seconds, or undefined where it refuses the certificate. */
function openSslDatesOf(der: Uint8Array): readonly number[] | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(der);
    return [Date.parse(validFrom) / 1_000, Date.parse(validTo) / 1_000];
  } catch {
    return undefined;
  }
}

describe(`${MUTATION_COUNT} changed certificates (seed ${SEED})`, () => {
  const below = generator(SEED);
  const mutations = Array.from({ length: MUTATION_COUNT }, (_, i) =>
    mutate(GENUINE[i % GENUINE.length]!, below),
  );

  it('are refused with a code, or have values', () => {
    const counts = new Map<string, number>();
    for (const [i, bytes] of mutations.entries()) {
      // Work is bounded by size: nothing above the limit is read, and each value is visited once.
      expect(bytes.length, `mutation ${i}`).to.be.at.most(CERTIFICATE_BYTES_MAX);
      const code = codeOf(() => parseCameraCertificate(parseCertificateBytes(bytes)));
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }

    expect(counts.get('accepted')).to.be.above(500);
    expect([...counts.keys()]).to.include.members([
      'ERR_CERTIFICATE_MALFORMED',
      'ERR_EXTENSION_ENCODING',
      'ERR_EXTENSION_MISSING',
      'ERR_KEY_NOT_P256',
    ]);
  });

  it('have the dates that OpenSSL reads, where both accept them', () => {
    let compared = 0;
    for (const [i, bytes] of mutations.entries()) {
      if (codeOf(() => parseCameraCertificate(bytes)) !== 'accepted') continue;
      const { notBefore, notAfter } = parseCameraCertificate(bytes);
      const other = openSslDatesOf(bytes);
      if (other === undefined) continue;
      compared += 1;
      expect([notBefore, notAfter], `mutation ${i}`).to.deep.equal(other);
    }

    expect(compared).to.be.above(400);
  });
});
