import { expect } from 'chai';
import fc from 'fast-check';

import { type Header, hashHeader, PHASE } from '../../../chain/block.ts';
import { decode, encode } from '../../../chain/codec.ts';
import {
  checkMessage,
  decodeMessage,
  type Durable,
  durableSchema,
  encodeMessage,
  heightOf,
  type Message,
  MESSAGE_BYTES_MAX,
  phaseOf,
  signerOf as indexOf,
  statementsOf,
  viewOf,
} from '../../../chain/consensus/message.ts';
import type { NewView } from '../../../chain/consensus/newView.ts';
import type { PreparedCertificate } from '../../../chain/consensus/preparedCertificate.ts';
import { type CheckContext, contextAt } from '../../../chain/consensus/statement.ts';
import { createViewChange } from '../../../chain/consensus/viewChange.ts';
import type { Vote } from '../../../chain/consensus/vote.ts';
import { BLOCK_BATCH_COUNT_MAX, VALIDATOR_COUNT_MAX, VIEW_MAX } from '../../../chain/limits.ts';
import { bytesOf, codeOf, hashOfText } from '../../support/chainValues.ts';
import {
  commitOf,
  headerOf,
  newViewOf,
  prepareOf,
  preparedOf,
  proposalOf,
  tipAt,
  viewChangeAt,
  viewChangeOf,
  voterOf,
} from './support/engineRig.ts';

const HEADER = headerOf({ height: 7 });
const PREPARED = preparedOf(HEADER, 1, [0, 1, 3]);
const PROPOSAL = proposalOf(HEADER);
const PREPARE = prepareOf(2, HEADER);
const COMMIT = commitOf(2, HEADER);
const VIEW_CHANGE = viewChangeOf(2, 3, PREPARED);
const VIEW_CHANGES = [viewChangeAt(7, 0, 3), viewChangeAt(7, 1, 3)];
const NEW_VIEW = newViewOf(HEADER, [...VIEW_CHANGES, VIEW_CHANGE], PREPARED);

const MESSAGES: readonly (readonly [string, Message])[] = [
  ['PRE-PREPARE', PROPOSAL],
  ['PREPARE', PREPARE],
  ['COMMIT', COMMIT],
  ['VIEW-CHANGE', VIEW_CHANGE],
  ['NEW-VIEW', NEW_VIEW],
];

function contextOf(height = 7): CheckContext {
  const context = contextAt(tipAt(height - 1).state, height);
  if (context === undefined) throw new Error('the current height can be checked');
  return context;
}

function check(message: Message, context = contextOf()): string {
  return codeOf(() => checkMessage(message, context));
}

describe('a consensus message', () => {
  const durable: readonly (readonly [string, Durable])[] = [
    ...MESSAGES,
    ['prepared certificate', PREPARED],
  ];
  for (const [name, message] of durable) {
    it(`${name} is what its bytes say, and has no other bytes`, () => {
      const bytes = encode(durableSchema, message);
      const others = [bytes.subarray(0, -1), new Uint8Array([...bytes, 0])];

      expect(decode(durableSchema, bytes)).to.deep.equal(message);
      for (const other of others) {
        expect(codeOf(() => decode(durableSchema, other))).to.equal('ERR_MALFORMED');
      }
    });
  }

  for (const [name, message] of MESSAGES) {
    it(`${name} is accepted as an honest validator makes it`, () => {
      expect(check(message)).to.equal('accepted');
    });

    it(`R2: ${name} is refused at another height and on another chain`, () => {
      const chain = { ...contextOf(), chainId: hashOfText('other') };

      expect(check(message, { ...contextOf(), height: 8 })).to.equal('ERR_HEIGHT');
      expect(check(message, chain)).to.be.oneOf(['ERR_SIGNATURE', 'ERR_CHAIN_ID']);
    });

    it(`${name} names its height and its signer`, () => {
      expect([heightOf(message), statementsOf(message)[0]?.index]).to.deep.equal([
        7,
        indexOf(message),
      ]);
      expect([phaseOf(message), viewOf(message)]).to.deep.equal([
        statementsOf(message)[0]?.phase,
        statementsOf(message)[0]?.view,
      ]);
    });
  }

  it('has the number of its phase as its kind, a NEW-VIEW excepted', () => {
    const kinds = [PROPOSAL, PREPARE, COMMIT, VIEW_CHANGE].map(({ kind }) => kind);

    expect(kinds).to.deep.equal(Object.values(PHASE));
  });

  it('is no prepared certificate: that is for the write-ahead log', () => {
    expect(codeOf(() => decodeMessage(encode(durableSchema, PREPARED)))).to.equal('ERR_MALFORMED');
  });
});

describe('R2: a message with one bit changed', () => {
  for (const [name, message] of MESSAGES) {
    it(`is refused: ${name}`, () => {
      const bytes = encodeMessage(message);
      const context = contextOf();
      fc.assert(
        fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
          const changed = Uint8Array.from(bytes);
          changed[bit >> 3]! ^= 1 << (bit & 7);
          const code = codeOf(() => checkMessage(decodeMessage(changed), context));
          expect(code, `bit ${bit}`).to.not.equal('accepted');
        }),
        { numRuns: 150 },
      );
    });
  }
});

describe('R18: the size of a message', () => {
  const header: Header = {
    ...HEADER,
    height: Number.MAX_SAFE_INTEGER,
    view: VIEW_MAX,
    timestampMs: Number.MAX_SAFE_INTEGER,
    logSize: Number.MAX_SAFE_INTEGER,
    batchIds: Array.from({ length: BLOCK_BATCH_COUNT_MAX }, () => bytesOf(32, 1)),
  };
  const signatures = Array.from({ length: VALIDATOR_COUNT_MAX }, () => ({
    index: VALIDATOR_COUNT_MAX - 1,
    signature: bytesOf(64, 1),
  }));
  const claim = { view: VIEW_MAX, blockHash: bytesOf(32, 1) };
  const largest: NewView = {
    kind: 5,
    proposal: { ...PROPOSAL, view: VIEW_MAX, header },
    viewChanges: signatures.map((each) => ({ ...each, claim })),
    prepared: { view: VIEW_MAX, proposer: 99, signatures },
  };

  it('has room for the largest NEW-VIEW, and not for much more', () => {
    const { length } = encodeMessage(largest);

    expect(length).to.be.within(MESSAGE_BYTES_MAX * 0.9, MESSAGE_BYTES_MAX);
    expect(decodeMessage(encodeMessage(largest))).to.deep.equal(largest);
  });

  it('is judged before anything is read', () => {
    expect(codeOf(() => decodeMessage(new Uint8Array(MESSAGE_BYTES_MAX + 1)))).to.equal(
      'ERR_LIMIT',
    );
    expect(codeOf(() => decodeMessage(new Uint8Array(MESSAGE_BYTES_MAX)))).to.equal(
      'ERR_MALFORMED',
    );
  });
});

describe('a PRE-PREPARE', () => {
  const others: readonly (readonly [string, typeof PROPOSAL, string])[] = [
    ['view', { ...PROPOSAL, view: 2 }, 'ERR_SIGNATURE'],
    ['signer', { ...PROPOSAL, index: 1 }, 'ERR_SIGNATURE'],
    ['nobody', { ...PROPOSAL, index: 4 }, 'ERR_UNKNOWN_VALIDATOR'],
    ['height', { ...PROPOSAL, header: { ...HEADER, height: 8 } }, 'ERR_HEIGHT'],
    ['chain', { ...PROPOSAL, header: { ...HEADER, chainId: hashOfText('x') } }, 'ERR_CHAIN_ID'],
    ['content', { ...PROPOSAL, header: { ...HEADER, batchIds: [] } }, 'ERR_SIGNATURE'],
    ['phase', { ...PROPOSAL, signature: prepareOf(3, HEADER).signature }, 'ERR_SIGNATURE'],
  ];
  for (const [what, message, code] of others) {
    it(`R2: is refused for another ${what}`, () => {
      expect(check(message)).to.equal(code);
    });
  }
});

describe('a vote', () => {
  const others: readonly (readonly [string, Vote, string])[] = [
    ['height', { ...PREPARE, height: 8 }, 'ERR_HEIGHT'],
    ['view', { ...PREPARE, view: 2 }, 'ERR_SIGNATURE'],
    ['block', { ...PREPARE, blockHash: hashOfText('other') }, 'ERR_SIGNATURE'],
    ['voter', { ...PREPARE, index: 1 }, 'ERR_SIGNATURE'],
    ['nobody', { ...PREPARE, index: 4 }, 'ERR_UNKNOWN_VALIDATOR'],
    ['phase', { ...PREPARE, kind: 3 }, 'ERR_SIGNATURE'],
  ];
  for (const [what, vote, code] of others) {
    it(`R2: is refused for another ${what}`, () => {
      expect(check(vote)).to.equal(code);
    });
  }

  it('is the same however often it is signed', () => {
    expect(prepareOf(2, HEADER)).to.deep.equal(PREPARE);
  });
});

describe('a VIEW-CHANGE', () => {
  const withCertificate = (certificate: PreparedCertificate): Message => ({
    ...VIEW_CHANGE,
    prepared: certificate,
  });
  const { votes } = PREPARED;
  const [first, second, third] = votes.signatures;
  const withVotes = (...signatures: readonly (typeof first)[]): Message =>
    withCertificate({
      ...PREPARED,
      votes: { ...votes, signatures: signatures.flatMap((each) => (each ? [each] : [])) },
    });

  const others: readonly (readonly [string, Message, string])[] = [
    ['R11: for another view than it was signed for', { ...VIEW_CHANGE, view: 4 }, 'ERR_SIGNATURE'],
    ['R11: for another height', { ...VIEW_CHANGE, height: 8 }, 'ERR_HEIGHT'],
    ['R2: in another’s name', { ...VIEW_CHANGE, index: 1 }, 'ERR_SIGNATURE'],
    [
      'R9: without the certificate it claims',
      { ...VIEW_CHANGE, prepared: undefined },
      'ERR_SIGNATURE',
    ],
    ['R9: with one vote too few', withVotes(first, second), 'ERR_QUORUM'],
    ['R4: with a vote that is there twice', withVotes(first, second, second), 'ERR_QUORUM'],
    ['R4: with votes out of order', withVotes(second, first, third), 'ERR_QUORUM'],
    [
      'R9: with votes of another view',
      withCertificate(preparedOf(HEADER, 2, [0, 1, 3])),
      'ERR_SIGNATURE',
    ],
    [
      'R9: with a vote that does not verify',
      withVotes(first, second, { index: 3, signature: bytesOf(64, 1) }),
      'ERR_SIGNATURE',
    ],
    [
      'R9: with votes for another header',
      withCertificate({ ...PREPARED, header: { ...HEADER, timestampMs: 9 } }),
      'ERR_SIGNATURE',
    ],
    [
      'R9: with another as the proposer of the votes',
      withCertificate({ ...PREPARED, votes: { ...votes, proposer: 1 } }),
      'ERR_SIGNATURE',
    ],
  ];
  for (const [what, message, code] of others) {
    it(`${what}, is refused`, () => {
      expect(check(message)).to.equal(code);
    });
  }

  it('R9: is refused with a certificate of its own view or a later one', () => {
    const codes = [3, 4].map((view) =>
      check(viewChangeOf(2, 3, preparedOf(HEADER, view, [0, 1, 3]))),
    );

    expect(codes).to.deep.equal(['ERR_QUORUM', 'ERR_QUORUM']);
  });

  it('R9: is refused with a certificate of a view before the header’s', () => {
    const header = headerOf({ height: 7, view: 2 });

    expect(check(viewChangeOf(2, 3, preparedOf(header, 1, [0, 1, 3])))).to.equal('ERR_QUORUM');
  });

  it('R9: is refused with a certificate of another height', () => {
    const prepared = preparedOf(headerOf({ height: 6 }), 1, [0, 1, 3]);

    expect(
      check(createViewChange({ height: 7, view: 3, index: 2, prepared }, voterOf(2))),
    ).to.equal('ERR_HEIGHT');
  });
});

describe('R10: a NEW-VIEW', () => {
  const free = headerOf({ height: 7, view: 3 });
  const nothing = [0, 1, 2].map((index) => viewChangeAt(7, index, 3));
  const older = viewChangeOf(2, 3, preparedOf(headerOf({ height: 7 }), 0, [0, 1, 3]));
  const other = headerOf({ height: 7, text: 'other' });

  it('is accepted with a free choice where nobody has prepared', () => {
    expect(check(newViewOf(free, nothing))).to.equal('accepted');
  });

  it('is accepted with VIEW-CHANGEs of all', () => {
    const all = [...nothing, viewChangeAt(7, 3, 3)];

    expect(check(newViewOf(free, all))).to.equal('accepted');
  });

  const refused: readonly (readonly [string, NewView, string])[] = [
    ['with one VIEW-CHANGE too few', newViewOf(free, nothing.slice(0, 2)), 'ERR_QUORUM'],
    [
      'with one VIEW-CHANGE twice',
      newViewOf(free, [nothing[0]!, nothing[1]!, nothing[1]!]),
      'ERR_QUORUM',
    ],
    [
      'with VIEW-CHANGEs of another view',
      { ...newViewOf(free, nothing), proposal: proposalOf({ ...free, view: 4 }, 4) },
      'ERR_SIGNATURE',
    ],
    [
      'with VIEW-CHANGEs of another height',
      newViewOf(free, [nothing[0]!, nothing[1]!, viewChangeAt(6, 2, 3)]),
      'ERR_SIGNATURE',
    ],
    [
      'with a claim that was left out',
      {
        ...newViewOf(free, [...VIEW_CHANGES, VIEW_CHANGE]),
        viewChanges: newViewOf(free, nothing).viewChanges.map((each, i) =>
          i === 2 ? { ...each, signature: VIEW_CHANGE.signature } : each,
        ),
      },
      'ERR_SIGNATURE',
    ],
    [
      'with a free choice against a claim',
      newViewOf(free, [...VIEW_CHANGES, VIEW_CHANGE]),
      'ERR_PROPOSER',
    ],
    [
      'with a header of an earlier view that nobody has prepared',
      newViewOf(HEADER, nothing),
      'ERR_PROPOSER',
    ],
    [
      'with votes for a free choice',
      newViewOf(free, nothing, preparedOf(free, 3, [0, 1, 3])),
      'ERR_PROPOSER',
    ],
    [
      'with another block than the one prepared',
      newViewOf(other, [...VIEW_CHANGES, VIEW_CHANGE], preparedOf(other, 1, [0, 1, 3])),
      'ERR_PROPOSER',
    ],
    [
      'with the block of a lower view than the highest',
      newViewOf(
        other,
        [
          viewChangeOf(0, 3, PREPARED),
          nothing[1]!,
          viewChangeOf(2, 3, preparedOf(other, 0, [0, 1, 3])),
        ],
        preparedOf(other, 0, [0, 1, 3]),
      ),
      'ERR_PROPOSER',
    ],
    [
      'with votes of another view than the one claimed',
      newViewOf(HEADER, [...VIEW_CHANGES, older], PREPARED),
      'ERR_PROPOSER',
    ],
    [
      'with votes that are not a quorum',
      {
        ...NEW_VIEW,
        prepared: { ...PREPARED.votes, signatures: PREPARED.votes.signatures.slice(1) },
      },
      'ERR_QUORUM',
    ],
    [
      'with a claim of its own view',
      newViewOf(
        HEADER,
        [...VIEW_CHANGES, viewChangeOf(2, 3, preparedOf(HEADER, 3, [0, 1, 3]))],
        preparedOf(HEADER, 3, [0, 1, 3]),
      ),
      'ERR_QUORUM',
    ],
  ];
  for (const [what, message, code] of refused) {
    it(`is refused ${what}`, () => {
      expect(check(message)).to.equal(code);
    });
  }

  it('is refused where one of its VIEW-CHANGEs does not verify', () => {
    const viewChanges = NEW_VIEW.viewChanges.map((each, i) =>
      i === 1 ? { ...each, signature: bytesOf(64, 1) } : each,
    );

    expect(check({ ...NEW_VIEW, viewChanges })).to.equal('ERR_SIGNATURE');
    expect(hashHeader(NEW_VIEW.proposal.header)).to.deep.equal(hashHeader(HEADER));
  });
});

describe('what messages of a height are checked against', () => {
  it('is known for the current height, the next and those that are over', () => {
    const { state } = tipAt(6);
    const known = [0, 1, 6, 7, 8, 9].filter((height) => contextAt(state, height) !== undefined);

    expect(known).to.deep.equal([1, 6, 7, 8]);
  });

  it('is not known for heights whose set has left the state', () => {
    const { state } = tipAt(6);
    const sets = state.validatorSets.map((each) => ({ ...each, height: 5 }));

    expect(contextAt({ ...state, validatorSets: sets }, 4)).to.equal(undefined);
    expect(contextAt({ ...state, validatorSets: sets }, 5)).to.not.equal(undefined);
  });
});
