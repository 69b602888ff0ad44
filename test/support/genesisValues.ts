/** A genesis of four validators for tests, signed by three of them. */
import { ed25519PublicKey } from '#crypto';

import { DEFAULT_PARAMS } from '../../chain/params.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import type { Genesis, SignedGenesis } from '../../genesis/document.ts';
import { signGenesis } from '../../genesis/signatures.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { authorityOf, createCa } from './certificates.ts';
import { hashOfText, signerOf, validatorOf } from './chainValues.ts';

/** Returns an institution's validator as a genesis may name it. */
export function namedValidator(name: string): Validator {
  return {
    ...validatorOf(name),
    peerId: peerIdOf(ed25519PublicKey(hashOfText(`network ${name}`))),
    addresses: [`/dns4/${name}.example/tcp/26656`],
  };
}

/** A genesis in which most differs from the defaults. */
export const GENESIS: Genesis = {
  network: 'birthmark.test',
  timestampMs: 1_795_219_200_123,
  params: { ...DEFAULT_PARAMS, batchWaitMs: 250, legacy: true },
  logKey: ed25519PublicKey(hashOfText('publisher')),
  validators: ['v0', 'v1', 'v2', 'v3'].map(namedValidator),
  authorities: [
    authorityOf([createCa()], {
      verdictKey: ed25519PublicKey(hashOfText('verdict')),
      blind: true,
    }),
    authorityOf([createCa('Other CA')], {
      id: 'other',
      allowPrivate: true,
      legacyEndpoint: 'http://localhost:8001/validate',
      revocation: ['https://other.example/crl'],
    }),
  ],
};

/** The same with the signatures of a quorum: v3 has not signed. */
export const SIGNED: SignedGenesis = ['v0', 'v1', 'v2'].reduce<SignedGenesis>(
  (signed, name) => signGenesis(signed, name, signerOf(name)),
  { genesis: GENESIS, signatures: [] },
);
