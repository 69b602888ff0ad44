import { expect } from 'chai';

import type { SignedGenesis } from '../../genesis/document.ts';
import { formatDetached, parseDetached } from '../../genesis/signatureJson.ts';
import {
  checkGenesisSignatures,
  judgeSignatures,
  mergeSignatures,
  signGenesis,
} from '../../genesis/signatures.ts';
import { bytesOf, codeOf, signerOf } from '../support/chainValues.ts';
import { GENESIS, SIGNED } from '../support/genesisValues.ts';

const check = (signed: SignedGenesis): string => codeOf(() => checkGenesisSignatures(signed));
const NAMES = ['v0', 'v1', 'v2', 'v3'];
const ALL = NAMES.reduce<SignedGenesis>(
  (signed, name) => signGenesis(signed, name, signerOf(name)),
  { genesis: GENESIS, signatures: [] },
);

describe('the signatures of a genesis', () => {
  it('are enough with each three of four', () => {
    for (const [absent] of ALL.signatures.entries()) {
      const signatures = ALL.signatures.filter((_each, i) => i !== absent);

      expect(check({ ...ALL, signatures }), NAMES[absent]).to.equal('accepted');
    }
  });

  it('are too few with each two of four', () => {
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < a; b++) {
        const signatures = ALL.signatures.filter((_each, i) => i === a || i === b);

        expect(check({ ...ALL, signatures }), `${a} and ${b}`).to.equal('ERR_QUORUM');
      }
    }
  });

  it('that are missing are named', () => {
    const { signed, missing, quorum, problems } = judgeSignatures(SIGNED);

    expect({ signed, missing, quorum, problems }).to.deep.equal({
      signed: ['v0', 'v1', 'v2'],
      missing: ['v3'],
      quorum: 3,
      problems: [],
    });
    expect(() => checkGenesisSignatures({ genesis: GENESIS, signatures: [] })).to.throw(
      '0 of 4 validators signed the genesis; 3 must (not signed: v0, v1, v2, v3)',
    );
  });

  it('count each validator once', () => {
    const [one, two] = SIGNED.signatures;
    if (one === undefined || two === undefined) throw new Error('three signed');

    expect(check({ ...SIGNED, signatures: [one, two, one, two] })).to.equal('ERR_QUORUM');
  });

  it('stand in the order of the set, and once where a validator signs again', () => {
    const again = signGenesis(SIGNED, 'v1', signerOf('v1'));

    expect(again).to.deep.equal(SIGNED);
  });

  it('are merged in whatever order they come', () => {
    const bare = { genesis: GENESIS, signatures: [] };

    expect(mergeSignatures(bare, ALL.signatures.toReversed())).to.deep.equal(ALL);
    expect(mergeSignatures(SIGNED, ALL.signatures.slice(3))).to.deep.equal(ALL);
  });

  it('are refused if one is by nobody in the set', () => {
    const signed = signGenesis(SIGNED, 'stranger', signerOf('v0'));

    expect(check(signed)).to.equal('ERR_SIGNATURE');
    expect(judgeSignatures(signed).problems).to.deep.equal([
      'the genesis signature of stranger is by no validator of the genesis',
    ]);
  });

  it('are refused if one is by another validator than it says', () => {
    const signed = signGenesis(SIGNED, 'v3', signerOf('v0'));

    expect(check(signed)).to.equal('ERR_SIGNATURE');
    expect(judgeSignatures(signed).missing).to.deep.equal(['v3']);
  });

  it('are refused over another genesis', () => {
    const genesis = { ...GENESIS, timestampMs: GENESIS.timestampMs + 1 };

    expect(check({ ...SIGNED, genesis })).to.equal('ERR_SIGNATURE');
  });
});

describe('the file of a signature', () => {
  const DETACHED = { chainId: bytesOf(32, 1), validator: 'v0', signature: bytesOf(64, 2) };
  const json = (): Record<string, unknown> =>
    JSON.parse(JSON.stringify(formatDetached(DETACHED))) as Record<string, unknown>;

  it('is what its JSON says', () => {
    expect(parseDetached(json())).to.deep.equal(DETACHED);
  });

  const refused: readonly (readonly [string, unknown])[] = [
    ['format', 'birthmark-genesis-v1'],
    ['chain_id', 'ab'.repeat(31)],
    ['chain_id', undefined],
    ['validator', 'UPPER'],
    ['validator', 7],
    ['signature', 'AAAA'],
    ['signature', null],
    ['key', 'more'],
  ];
  for (const [name, value] of refused) {
    it(`is refused with ${name} ${JSON.stringify(value)}`, () => {
      expect(() => parseDetached({ ...json(), [name]: value })).to.throw(
        `the signature file is not valid:\n  ${name} `,
      );
    });
  }

  it('is refused where it is no object', () => {
    for (const value of [null, [], 'signature']) {
      expect(
        codeOf(() => parseDetached(value)),
        String(value),
      ).to.equal('ERR_GENESIS');
    }
  });
});
