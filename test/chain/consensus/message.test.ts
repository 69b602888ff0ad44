import { expect } from 'chai';

import { PHASE, type Header } from '../../../chain/block.ts';
import { decode, encode } from '../../../chain/codec.ts';
import {
  checkPrePrepare,
  checkVote,
  type Commit,
  createPrePrepare,
  createVote,
  type Message,
  messageSchema,
  type Prepare,
  type Vote,
} from '../../../chain/consensus/message.ts';
import {
  bytesOf,
  CHAIN_ID,
  codeOf,
  hashOfText,
  signerOf,
  validatorsOf,
} from '../../support/chainValues.ts';

const HEADER: Header = {
  version: 1,
  chainId: CHAIN_ID,
  height: 7,
  view: 0,
  parentHash: hashOfText('parent'),
  timestampMs: 5_000,
  proposer: bytesOf(32, 1),
  batchIds: [],
  logSize: 2,
  logRoot: bytesOf(32, 2),
  stateRoot: bytesOf(32, 3),
  validatorSetHash: bytesOf(32, 4),
};
const CONTEXT = { chainId: CHAIN_ID, sign: signerOf('v2') };
const VALIDATORS = validatorsOf(4);
const FIELDS = { height: 7, view: 3, blockHash: hashOfText('block'), index: 2 };
const PROPOSAL = createPrePrepare(3, HEADER, CONTEXT);
const PREPARE = createVote<Prepare>({ kind: 2, ...FIELDS }, CONTEXT);
const COMMIT = createVote<Commit>({ kind: 3, ...FIELDS }, CONTEXT);

describe('a consensus message', () => {
  const messages: readonly (readonly [string, Message])[] = [
    ['PRE-PREPARE', PROPOSAL],
    ['PREPARE', PREPARE],
    ['COMMIT', COMMIT],
  ];
  for (const [name, message] of messages) {
    it(`${name} is what its bytes say`, () => {
      expect(decode(messageSchema, encode(messageSchema, message))).to.deep.equal(message);
    });

    it(`${name} has no other bytes`, () => {
      const bytes = encode(messageSchema, message);

      expect(codeOf(() => decode(messageSchema, bytes.subarray(0, -1)))).to.equal('ERR_MALFORMED');
      expect(codeOf(() => decode(messageSchema, new Uint8Array([...bytes, 0])))).to.equal(
        'ERR_MALFORMED',
      );
    });

    it(`${name} begins with its kind`, () => {
      expect([...encode(messageSchema, message)][1]).to.equal(message.kind);
    });
  }

  it('has the number of its phase as its kind', () => {
    expect([PROPOSAL.kind, PREPARE.kind, COMMIT.kind]).to.deep.equal(Object.values(PHASE));
  });
});

describe('a signed proposal', () => {
  it('is accepted from the validator that signed it', () => {
    expect(codeOf(() => checkPrePrepare(PROPOSAL, VALIDATORS, 2))).to.equal('accepted');
  });

  it('is refused in another’s name', () => {
    expect(codeOf(() => checkPrePrepare(PROPOSAL, VALIDATORS, 1))).to.equal('ERR_SIGNATURE');
  });

  it('is refused from nobody in the set', () => {
    expect(codeOf(() => checkPrePrepare(PROPOSAL, VALIDATORS, 4))).to.equal(
      'ERR_UNKNOWN_VALIDATOR',
    );
  });

  const others: readonly (readonly [string, typeof PROPOSAL])[] = [
    ['view', { ...PROPOSAL, view: 2 }],
    ['height', { ...PROPOSAL, header: { ...HEADER, height: 8 } }],
    ['chain', { ...PROPOSAL, header: { ...HEADER, chainId: hashOfText('other') } }],
    ['content', { ...PROPOSAL, header: { ...HEADER, batchIds: [hashOfText('batch')] } }],
    ['phase', { ...PROPOSAL, signature: PREPARE.signature }],
  ];
  for (const [what, message] of others) {
    it(`R2: is refused for another ${what}`, () => {
      expect(codeOf(() => checkPrePrepare(message, VALIDATORS, 2))).to.equal('ERR_SIGNATURE');
    });
  }
});

describe('a signed vote', () => {
  const check = (vote: Vote, chainId = CHAIN_ID): string =>
    codeOf(() => checkVote(vote, VALIDATORS, chainId));

  it('is accepted from the validator that signed it', () => {
    expect([check(PREPARE), check(COMMIT)]).to.deep.equal(['accepted', 'accepted']);
  });

  it('is refused from nobody in the set', () => {
    expect(check({ ...COMMIT, index: 4 })).to.equal('ERR_UNKNOWN_VALIDATOR');
  });

  const others: readonly (readonly [string, Vote])[] = [
    ['height', { ...PREPARE, height: 8 }],
    ['view', { ...PREPARE, view: 2 }],
    ['block', { ...PREPARE, blockHash: hashOfText('other') }],
    ['voter', { ...PREPARE, index: 1 }],
    ['phase', { ...PREPARE, kind: 3 }],
  ];
  for (const [what, vote] of others) {
    it(`R2: is refused for another ${what}`, () => {
      expect(check(vote)).to.equal('ERR_SIGNATURE');
    });
  }

  it('R2: is refused for another chain', () => {
    expect(check(PREPARE, hashOfText('other'))).to.equal('ERR_SIGNATURE');
  });

  it('is the same however often it is signed', () => {
    expect(createVote<Prepare>({ kind: 2, ...FIELDS }, CONTEXT)).to.deep.equal(PREPARE);
  });
});
