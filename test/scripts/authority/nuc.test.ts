import { expect } from 'chai';

import { formatHex, parseHex } from '../../../chain/bytes.ts';
import {
  decryptLegacyToken,
  decryptNuc,
  deriveLegacyKey,
  encryptLegacyToken,
  encryptNuc,
} from '../../../scripts/authority/nuc.ts';

// Made with @noble/ciphers and @noble/hashes, and checked with Python's cryptography.
const MASTER = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const NUC_HASH = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf';
const NONCE = 'f0f1f2f3f4f5f6f7f8f9fafb';
const CERTIFICATE_CIPHERTEXT = 'c9a7e1a3d89f74d3375e5d3122e7cc19a050eb718cb2f92feeef891be58e6cb8';
const CERTIFICATE_TAG = '8e439d55ad7be77a09cf91a5a3e120a1';
const KEY_INDEX = 306;
const LEGACY_KEY = 'f7d158742fd3753d1649f1c1d3dc25482138686f8bc8fffb332553a160a952bd';
const TOKEN_CIPHERTEXT = 'a20bc3d24e36c5502ed288f24205f7219211f25d053c96b2f00e7cb2524dd527';
const TOKEN_TAG = 'bbbecb36356d1f3c75c3586d9b0e558b';

const masterKey = parseHex(MASTER);
const plaintext = { nucHash: parseHex(NUC_HASH), nonce: parseHex(NONCE) };
const legacyKey = { masterKey, keyIndex: KEY_INDEX };

/** Returns every sequence of bytes that differs from `bytes` in one bit. */
function flips(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length * 8 }, (_, i) =>
    bytes.map((byte, at) => (at === i >> 3 ? byte ^ (1 << (i & 7)) : byte)),
  );
}

describe('the NUC of a certificate', () => {
  it('is ciphertext, tag and nonce', () => {
    const encrypted = encryptNuc(masterKey, plaintext);

    expect(formatHex(encrypted)).to.equal(CERTIFICATE_CIPHERTEXT + CERTIFICATE_TAG + NONCE);
  });

  it('decrypts to the hash', () => {
    const encrypted = parseHex(CERTIFICATE_CIPHERTEXT + CERTIFICATE_TAG + NONCE);

    expect(formatHex(decryptNuc(masterKey, encrypted) ?? new Uint8Array())).to.equal(NUC_HASH);
  });

  it('does not decrypt with any bit changed', () => {
    for (const [bit, changed] of flips(encryptNuc(masterKey, plaintext)).entries()) {
      expect(decryptNuc(masterKey, changed), `bit ${bit}`).to.equal(undefined);
    }
  });

  it('does not decrypt under another key', () => {
    const other = masterKey.map((byte) => byte ^ 1);

    expect(decryptNuc(other, encryptNuc(masterKey, plaintext))).to.equal(undefined);
  });

  it('does not decrypt with a byte less, a byte more, or none', () => {
    const encrypted = encryptNuc(masterKey, plaintext);

    for (const wrong of [encrypted.slice(1), new Uint8Array([...encrypted, 0]), new Uint8Array()]) {
      expect(decryptNuc(masterKey, wrong), `${wrong.length} bytes`).to.equal(undefined);
    }
  });
});

describe('a legacy token', () => {
  it('has a key of its own, derived from the master key and the index', () => {
    expect(formatHex(deriveLegacyKey(legacyKey))).to.equal(LEGACY_KEY);
  });

  it('is ciphertext, nonce and tag', () => {
    const token = encryptLegacyToken(legacyKey, plaintext);

    expect(formatHex(token)).to.equal(TOKEN_CIPHERTEXT + NONCE + TOKEN_TAG);
  });

  it('decrypts to the hash', () => {
    const token = parseHex(TOKEN_CIPHERTEXT + NONCE + TOKEN_TAG);

    expect(formatHex(decryptLegacyToken(legacyKey, token) ?? new Uint8Array())).to.equal(NUC_HASH);
  });

  it('does not decrypt with any bit changed', () => {
    for (const [bit, changed] of flips(encryptLegacyToken(legacyKey, plaintext)).entries()) {
      expect(decryptLegacyToken(legacyKey, changed), `bit ${bit}`).to.equal(undefined);
    }
  });

  it('does not decrypt under the index beside', () => {
    const token = encryptLegacyToken(legacyKey, plaintext);

    for (const keyIndex of [KEY_INDEX - 1, KEY_INDEX + 1]) {
      expect(decryptLegacyToken({ masterKey, keyIndex }, token), `${keyIndex}`).to.equal(undefined);
    }
  });

  it('is not the form of a certificate', () => {
    const encrypted = encryptNuc(deriveLegacyKey(legacyKey), plaintext);

    expect(decryptLegacyToken(legacyKey, encrypted)).to.equal(undefined);
  });
});
