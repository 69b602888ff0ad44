import { expect } from 'chai';

import { compareGenesis, compareValidators } from '../../genesis/comparison.ts';
import { type Genesis, parseGenesis, formatGenesis } from '../../genesis/document.ts';
import { createCa } from '../support/certificates.ts';
import { GENESIS, namedValidator, SIGNED } from '../support/genesisValues.ts';

/** Returns the genesis with its validators and authorities changed. */
function changed(changes: Partial<Genesis>): Genesis {
  return { ...GENESIS, ...changes };
}

describe('two geneses', () => {
  it('do not differ where they are the same, whoever signed', () => {
    const read = parseGenesis(JSON.parse(JSON.stringify(formatGenesis(SIGNED)))).genesis;

    expect(compareGenesis(GENESIS, read)).to.deep.equal([]);
  });

  it('differ in what is named, with both values', () => {
    const validators = GENESIS.validators.map((each, i) =>
      i === 2 ? { ...each, name: 'x' } : each,
    );
    const params = { ...GENESIS.params, keepaliveS: 30 };
    const other = changed({ network: 'other.test', params, validators });

    expect(compareGenesis(GENESIS, other)).to.deep.equal([
      'network: "birthmark.test" here, "other.test" there',
      'parameters.keepalive_s: 60 here, 30 there',
      'validators[v2].name: "v2" here, "x" there',
    ]);
  });

  it('differ in a validator that only one of them has, and in nothing behind it', () => {
    const validators = [namedValidator('u9'), ...GENESIS.validators.slice(1)];

    expect(compareGenesis(GENESIS, changed({ validators }))).to.deep.equal([
      'validators[v0]: only here',
      'validators[u9]: only there',
    ]);
  });

  it('differ in the order of validators, which gives votes their index', () => {
    const validators = GENESIS.validators.toReversed();

    expect(compareGenesis(GENESIS, changed({ validators }))).to.deep.equal([
      'validators: in another order',
    ]);
  });

  it('differ in an address that one of them lacks', () => {
    const [first, ...others] = GENESIS.validators;
    if (first === undefined) throw new Error('there are four');
    const validators = [{ ...first, addresses: [...first.addresses, '/ip4/10.0.0.1/tcp/1'] }];

    expect(
      compareGenesis(changed({ validators: [...validators, ...others] }), GENESIS),
    ).to.deep.equal(['validators[v0].addresses[1]: "/ip4/10.0.0.1/tcp/1" here, absent there']);
  });

  it('differ in an authority that one of them lacks', () => {
    const authorities = GENESIS.authorities.slice(0, 1);

    expect(compareGenesis(GENESIS, changed({ authorities }))).to.deep.equal([
      'authorities[other]: only here',
    ]);
  });

  it('differ in a pinned certificate, by its digest', () => {
    const [first, second] = GENESIS.authorities;
    if (first === undefined || second === undefined) throw new Error('there are two');
    const authorities = [{ ...first, caCertificates: [createCa('Third CA').der] }, second];

    const [line = '', ...more] = compareGenesis(GENESIS, changed({ authorities }));
    expect(more).to.deep.equal([]);
    expect(line).to.match(
      /^authorities\[acme_imaging\]\.ca_certificates\[0\]: text with SHA-256 [0-9a-f]{64} here, text with SHA-256 [0-9a-f]{64} there$/,
    );
  });

  it('differ in every single field that is changed', () => {
    const [first, ...others] = GENESIS.authorities;
    if (first === undefined) throw new Error('there are two');
    const changes: readonly (readonly [string, Partial<Genesis>])[] = [
      ['time', { timestampMs: 0 }],
      ['log_key', { logKey: namedValidator('x').consensusKey }],
      ['parameters.legacy', { params: { ...GENESIS.params, legacy: false } }],
      ['authorities[acme_imaging].blind', { authorities: [{ ...first, blind: false }, ...others] }],
      [
        'authorities[acme_imaging].verdict_key',
        { authorities: [{ ...first, verdictKey: undefined }, ...others] },
      ],
    ];

    for (const [path, change] of changes) {
      const lines = compareGenesis(GENESIS, changed(change));
      expect(lines.map((line) => line.split(': ')[0])).to.deep.equal([path]);
    }
  });
});

describe('two entries of a validator', () => {
  it('differ in each field that differs', () => {
    const ours = namedValidator('v0');
    const theirs = { ...ours, name: 'w0', cosignerKey: ours.consensusKey, addresses: [] };

    const paths = compareValidators(ours, theirs).map((line) => line.split(': ')[0]);
    expect(paths).to.deep.equal(['v0.name', 'v0.cosigner_key', 'v0.addresses[0]']);
    expect(compareValidators(ours, { ...ours })).to.deep.equal([]);
  });
});
