import { expect } from 'chai';

import type { Application } from '../../genesis/application.ts';
import { assembleGenesis, type AssemblyParts } from '../../genesis/assembly.ts';
import { chainIdOf } from '../../genesis/document.ts';
import { GENESIS, namedValidator } from '../support/genesisValues.ts';

const applicationOf = (name: string, changes: Partial<Application> = {}): Application => ({
  network: 'birthmark.test',
  validator: namedValidator(name),
  logKeyRecipient: 'age1…',
  ...changes,
});

const FILED = ['museum', 'archive', 'zeitung', 'uni-2', 'uni-10'].map((name) => ({
  file: `${name}.json`,
  application: applicationOf(name),
}));
const PARTS: AssemblyParts = {
  network: 'birthmark.test',
  timestampMs: GENESIS.timestampMs,
  params: GENESIS.params,
  logKey: GENESIS.logKey,
  applications: FILED,
  authorities: GENESIS.authorities.toReversed(),
};

/** Returns the problems of the parts with further applications, a line each. */
function problemsWith(
  ...more: readonly { file: string; application: Application }[]
): readonly string[] {
  try {
    assembleGenesis({ ...PARTS, applications: [...FILED, ...more] });
    return [];
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_GENESIS')
      throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

describe('a genesis made of applications', () => {
  it('names validators in the order of their names, authorities in that of their ids', () => {
    const { validators, authorities } = assembleGenesis(PARTS);

    expect(validators.map(({ name }) => name)).to.deep.equal([
      'archive',
      'museum',
      'uni-10',
      'uni-2',
      'zeitung',
    ]);
    expect(authorities.map(({ id }) => id)).to.deep.equal(['acme_imaging', 'other']);
  });

  it('is the same whatever the order of the files', () => {
    const applications = FILED.toReversed();
    const authorities = GENESIS.authorities;

    expect(chainIdOf(assembleGenesis({ ...PARTS, applications, authorities }))).to.deep.equal(
      chainIdOf(assembleGenesis(PARTS)),
    );
  });

  it('takes each entry as it was applied for', () => {
    const { validators } = assembleGenesis(PARTS);

    expect(validators[1]).to.deep.equal(namedValidator('museum'));
  });

  it('is refused with one file twice, naming all that is shared', () => {
    const twice = { file: 'again.json', application: applicationOf('museum') };

    expect(problemsWith(twice)).to.deep.equal([
      'again.json: validator.name is the same as museum.json: validator.name',
      'again.json: validator.addresses[0] is the same as museum.json: validator.addresses[0]',
      'again.json: validator.consensus_key is the key that is also museum.json: validator.consensus_key',
      'again.json: validator.cosigner_key is the key that is also museum.json: validator.cosigner_key',
      'again.json: validator.peer_id is the key that is also museum.json: validator.peer_id',
    ]);
  });

  const doubles: readonly (readonly [string, Partial<Application['validator']>])[] = [
    ['name', { name: 'museum' }],
    ['consensus_key', { consensusKey: namedValidator('museum').consensusKey }],
    ['cosigner_key', { cosignerKey: namedValidator('museum').cosignerKey }],
    ['peer_id', { peerId: namedValidator('museum').peerId }],
    ['addresses[0]', { addresses: namedValidator('museum').addresses }],
  ];
  for (const [field, change] of doubles) {
    it(`is refused where two share ${field}`, () => {
      const validator = { ...namedValidator('new'), ...change };

      const [line = '', ...more] = problemsWith({
        file: 'new.json',
        application: applicationOf('new', { validator }),
      });
      expect(more).to.deep.equal([]);
      expect(line).to.match(/^new\.json: validator\.(\S+) is .* museum\.json: validator\.\1$/);
      expect(line).to.include(field);
    });
  }

  it("is refused where one names the log's key as its own", () => {
    const validator = { ...namedValidator('new'), cosignerKey: GENESIS.logKey };

    expect(
      problemsWith({ file: 'new.json', application: applicationOf('new', { validator }) }),
    ).to.deep.equal(["new.json: validator.cosigner_key is the key that is also the log's key"]);
  });

  it('is refused with an application for another network', () => {
    const application = applicationOf('new', { network: 'birthmark.other' });

    expect(problemsWith({ file: 'new.json', application })).to.deep.equal([
      'new.json: network is birthmark.other, not birthmark.test',
    ]);
  });

  it('is refused without any application, or with more than a set may have', () => {
    const many = Array.from({ length: 96 }, (_each, i) => ({
      file: `more-${i}.json`,
      application: applicationOf(`more-${i}`),
    }));

    expect(() => assembleGenesis({ ...PARTS, applications: [] })).to.throw(
      'has 0 applications; a set has 1 to 100',
    );
    expect(problemsWith(...many)).to.deep.equal(['it has 101 applications; a set has 1 to 100']);
    expect(problemsWith(...many.slice(1))).to.deep.equal([]);
  });

  it('is refused with more authorities than a registry may have', () => {
    const [first] = GENESIS.authorities;
    if (first === undefined) throw new Error('there are two');
    const authorities = Array.from({ length: 1_001 }, (_each, i) => ({ ...first, id: `a${i}` }));

    expect(() => assembleGenesis({ ...PARTS, authorities })).to.throw(
      'it has more than 1000 authorities',
    );
  });

  it('is refused with two authorities of one id', () => {
    const [first] = GENESIS.authorities;
    if (first === undefined) throw new Error('there are two');

    expect(() => assembleGenesis({ ...PARTS, authorities: [first, first] })).to.throw(
      /authorities\[1\]\.id is the same as authorities\[0\]\.id/,
    );
  });
});
