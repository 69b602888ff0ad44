import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { createSigner } from '../../chain/signature.ts';
import {
  type Application,
  APPLICATION_KEYS,
  formatApplication,
  parseApplication,
  signApplication,
} from '../../genesis/application.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { codeOf, hashOfText } from '../support/chainValues.ts';

const SECRETS = {
  consensus: hashOfText('consensus'),
  cosigner: hashOfText('cosigner'),
  network: hashOfText('network'),
};
const SIGNERS = {
  consensus: createSigner(SECRETS.consensus),
  cosigner: createSigner(SECRETS.cosigner),
  network: createSigner(SECRETS.network),
};
const APPLICATION: Application = {
  network: 'birthmark.test',
  validator: {
    name: 'archive',
    consensusKey: ed25519PublicKey(SECRETS.consensus),
    cosignerKey: ed25519PublicKey(SECRETS.cosigner),
    peerId: peerIdOf(ed25519PublicKey(SECRETS.network)),
    addresses: ['/dns4/archive.example/tcp/26656', '/ip4/10.0.0.1/tcp/26656'],
  },
  logKeyRecipient: 'age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt',
};
const SIGNED = signApplication(APPLICATION, SIGNERS);

type Json = Record<string, unknown> & {
  validator: Record<string, unknown>;
  signatures: Record<string, unknown>;
};

/** Returns the problems of the file after a change, a line each; none if it is accepted. */
function problemsAfter(change: (file: Json) => void): readonly string[] {
  const file = JSON.parse(JSON.stringify(formatApplication(SIGNED))) as Json;
  change(file);
  try {
    parseApplication(file);
    return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

const FORGED = 'does not verify: the file was changed, or made without that key';
const ALL_FORGED = APPLICATION_KEYS.map((name) => `signatures.${name} ${FORGED}`);

describe('an application', () => {
  it('is what its JSON says', () => {
    const text = JSON.stringify(formatApplication(SIGNED));

    expect(parseApplication(JSON.parse(text))).to.deep.equal(SIGNED);
  });

  it('is the same whenever it is made of the same keys', () => {
    expect(signApplication(APPLICATION, SIGNERS)).to.deep.equal(SIGNED);
  });

  const edits: readonly (readonly [string, (file: Json) => void])[] = [
    ['network', (file) => (file['network'] = 'birthmark.other')],
    ['name', ({ validator }) => (validator['name'] = 'museum')],
    ['addresses', ({ validator }) => (validator['addresses'] = ['/ip4/10.0.0.2/tcp/26656'])],
    [
      'recipient',
      (file) =>
        (file['log_key_recipient'] =
          'age1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
    ],
  ];
  for (const [what, edit] of edits) {
    it(`is refused where its ${what} was changed after it was signed`, () => {
      const problems = problemsAfter(edit);

      expect(problems.length, problems.join()).to.be.above(0);
    });
  }

  it('does not verify with any key where a signed field was changed', () => {
    expect(problemsAfter(({ validator }) => (validator['name'] = 'museum'))).to.deep.equal(
      ALL_FORGED,
    );
    expect(problemsAfter((file) => (file['network'] = 'birthmark.other'))).to.deep.equal(
      ALL_FORGED,
    );
    expect(
      problemsAfter((file) => (file['log_key_recipient'] = `age1${'q'.repeat(58)}`)),
    ).to.deep.equal(ALL_FORGED);
  });

  for (const name of APPLICATION_KEYS) {
    it(`is refused without the possession of its ${name} key`, () => {
      const { signatures } = signApplication(APPLICATION, {
        ...SIGNERS,
        [name]: createSigner(hashOfText('somebody else')),
      });
      const forged = JSON.parse(
        JSON.stringify(formatApplication({ application: APPLICATION, signatures })),
      ) as Json;

      expect(problemsAfter((file) => (file.signatures = forged.signatures))).to.deep.equal([
        `signatures.${name} ${FORGED}`,
      ]);
    });

    it(`is refused with a signature of the ${name} key in another's place`, () => {
      const other = name === 'consensus' ? 'cosigner' : 'consensus';

      expect(
        problemsAfter(({ signatures }) => (signatures[other] = signatures[name])),
      ).to.deep.equal([`signatures.${other} ${FORGED}`]);
    });
  }

  const refused: readonly (readonly [string, (file: Json) => void])[] = [
    ['format', (file) => (file['format'] = 'birthmark-genesis-v1')],
    ['network', (file) => (file['network'] = 'Birthmark')],
    ['network', (file) => delete file['network']],
    ['validator', (file) => (file.validator = [] as never)],
    ['validator.name', ({ validator }) => (validator['name'] = 'my archive')],
    ['validator.consensus_key', ({ validator }) => (validator['consensus_key'] = '00'.repeat(32))],
    ['validator.peer_id', ({ validator }) => (validator['peer_id'] = 'me')],
    ['validator.addresses', ({ validator }) => (validator['addresses'] = [])],
    ['validator.addresses', ({ validator }) => delete validator['addresses']],
    ['validator.weight', ({ validator }) => (validator['weight'] = 2)],
    ['log_key_recipient', (file) => (file['log_key_recipient'] = 'age1short')],
    ['log_key_recipient', (file) => (file['log_key_recipient'] = `AGE1${'q'.repeat(58)}`)],
    ['signatures', (file) => (file.signatures = null as never)],
    ['signatures.network', ({ signatures }) => delete signatures['network']],
    ['signatures.consensus', ({ signatures }) => (signatures['consensus'] = 'AAAA')],
    ['signatures.publisher', ({ signatures }) => (signatures['publisher'] = '')],
    ['comment', (file) => (file['comment'] = 'please')],
  ];
  for (const [path, change] of refused) {
    it(`is refused for ${path}: ${change
      .toString()
      .replace(/^.*?=>\s*/, '')
      .slice(0, 60)}`, () => {
      const [first = ''] = problemsAfter(change);

      expect(first.startsWith(`${path} `), first).to.equal(true);
    });
  }

  it('is refused where it is no object', () => {
    for (const value of [null, [], 'application', 7]) {
      expect(
        codeOf(() => parseApplication(value)),
        String(value),
      ).to.equal('ERR_GENESIS');
    }
  });
});
