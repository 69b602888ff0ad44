import { expect } from 'chai';

import {
  type Ballot,
  checkCertificate,
  type CommitCertificate,
  commitCertificateSchema,
  encodeBallot,
  hashHeader,
  type Header,
  headerSchema,
  PHASE,
  signBallot,
} from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { decode, encode } from '../../chain/codec.ts';
import { quorumSize } from '../../chain/consensus/quorum.ts';
import { verifySigned } from '../../chain/signature.ts';
import { hashValidatorSet } from '../../chain/validatorSet.ts';
import {
  bytesOf,
  CHAIN_ID,
  codeOf,
  hashOfText,
  signerOf,
  validatorsOf,
} from '../support/chainValues.ts';

const HEADER: Header = {
  version: 1,
  chainId: CHAIN_ID,
  height: 7,
  view: 1,
  parentHash: hashOfText('parent'),
  timestampMs: 1_795_224_917_000,
  proposer: validatorsOf(4)[0]!.consensusKey,
  batchIds: [hashOfText('batch')],
  logSize: 9,
  logRoot: hashOfText('log'),
  stateRoot: hashOfText('state'),
  validatorSetHash: hashValidatorSet(validatorsOf(4)),
};
const BALLOT: Ballot = {
  chainId: CHAIN_ID,
  height: 7,
  view: 1,
  phase: PHASE.commit,
  blockHash: hashHeader(HEADER),
};

/** Returns a certificate of COMMIT votes by these validators, in the header's view or another. */
function certify(indexes: readonly number[], ballot: Partial<Ballot> = {}): CommitCertificate {
  const signed = { ...BALLOT, ...ballot };
  return {
    height: HEADER.height,
    view: signed.view,
    blockHash: BALLOT.blockHash,
    signatures: indexes.map((index) => ({
      index,
      signature: signBallot(signed, signerOf(`v${index}`)),
    })),
  };
}

function codeOfCertificate(certificate: CommitCertificate, validatorCount = 4): string {
  return codeOf(() => checkCertificate(certificate, HEADER, validatorsOf(validatorCount)));
}

function firstIndexes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('a header', () => {
  it('reads back as it was written', () => {
    expect(decode(headerSchema, encode(headerSchema, HEADER))).to.deep.equal(HEADER);
  });

  it('has another hash with any other field', () => {
    const headers: readonly Header[] = [
      HEADER,
      { ...HEADER, chainId: bytesOf(32, 0) },
      { ...HEADER, height: 8 },
      { ...HEADER, view: 0 },
      { ...HEADER, parentHash: bytesOf(32, 0) },
      { ...HEADER, timestampMs: 0 },
      { ...HEADER, proposer: bytesOf(32, 0) },
      { ...HEADER, batchIds: [] },
      { ...HEADER, batchIds: [...HEADER.batchIds, ...HEADER.batchIds] },
      { ...HEADER, logSize: 0 },
      { ...HEADER, logRoot: bytesOf(32, 0) },
      { ...HEADER, stateRoot: bytesOf(32, 0) },
      { ...HEADER, validatorSetHash: bytesOf(32, 0) },
    ];

    expect(new Set(headers.map((each) => formatHex(hashHeader(each)))).size).to.equal(
      headers.length,
    );
  });
});

describe('a vote', () => {
  const signature = signBallot(BALLOT, signerOf('v0'));
  const { consensusKey } = validatorsOf(1)[0]!;
  const verify = (ballot: Ballot, publicKey: Uint8Array): boolean =>
    verifySigned({ publicKey, domain: 'vote', bytes: encodeBallot(ballot), signature });

  it('verifies for its own chain, height, view, phase and block only', () => {
    const others: readonly Partial<Ballot>[] = [
      { chainId: bytesOf(32, 0) },
      { height: 8 },
      { view: 2 },
      { phase: PHASE.prepare },
      { phase: PHASE.prePrepare },
      { blockHash: bytesOf(32, 0) },
    ];

    expect(verify(BALLOT, consensusKey)).to.equal(true);
    for (const other of others) {
      const verified = verify({ ...BALLOT, ...other }, consensusKey);
      expect(verified, JSON.stringify(other)).to.equal(false);
    }
  });

  it('verifies with its own key only', () => {
    expect(verify(BALLOT, validatorsOf(2)[1]!.consensusKey)).to.equal(false);
  });
});

describe('a commit certificate', () => {
  it('reads back as it was written', () => {
    const certificate = certify([0, 2, 3]);

    expect(
      decode(commitCertificateSchema, encode(commitCertificateSchema, certificate)),
    ).to.deep.equal(certificate);
  });

  for (let n = 1; n <= 10; n++) {
    it(`of ${quorumSize(n)} votes decides with ${n} validators, and of one vote less does not`, () => {
      const q = quorumSize(n);

      expect(codeOfCertificate(certify(firstIndexes(q)), n)).to.equal('accepted');
      expect(codeOfCertificate(certify(firstIndexes(n)), n)).to.equal('accepted');
      expect(codeOfCertificate(certify(firstIndexes(q - 1)), n)).to.equal('ERR_QUORUM');
    });
  }

  it('may hold any validators that form a quorum', () => {
    for (const indexes of [
      [0, 1, 2],
      [0, 1, 3],
      [0, 2, 3],
      [1, 2, 3],
      [0, 1, 2, 3],
    ]) {
      expect(codeOfCertificate(certify(indexes)), indexes.join()).to.equal('accepted');
    }
  });

  it('holds each validator once, in order', () => {
    for (const indexes of [
      [0, 0, 1],
      [0, 1, 1],
      [0, 1, 2, 2],
      [1, 0, 2],
      [3, 2, 1],
      [0, 0, 0],
    ]) {
      expect(codeOfCertificate(certify(indexes)), indexes.join()).to.equal('ERR_QUORUM');
    }
  });

  it('holds members of the set only', () => {
    for (const indexes of [
      [0, 1, 4],
      [0, 1, 2, 4],
      [0, 1, 99],
    ]) {
      expect(codeOfCertificate(certify(indexes)), indexes.join()).to.equal('ERR_QUORUM');
    }
  });

  it('holds COMMIT votes for this block in its own view', () => {
    const others: readonly Partial<Ballot>[] = [
      { phase: PHASE.prepare },
      { height: 8 },
      { chainId: bytesOf(32, 0) },
      { blockHash: bytesOf(32, 0) },
    ];
    for (const other of others) {
      expect(codeOfCertificate(certify([0, 1, 2], other)), JSON.stringify(other)).to.equal(
        'ERR_QUORUM',
      );
    }
    const certificate = certify([0, 1, 2]);
    expect(codeOfCertificate({ ...certificate, view: 2 })).to.equal('ERR_QUORUM');
  });

  it('is of the header’s view or a later one', () => {
    const codes = [0, 1, 2, 1_000].map((view) => codeOfCertificate(certify([0, 1, 2], { view })));

    expect(codes).to.deep.equal(['ERR_QUORUM', 'accepted', 'accepted', 'accepted']);
  });

  it('is for one height and block', () => {
    const certificate = certify([0, 1, 2]);

    expect(codeOfCertificate({ ...certificate, height: 8 })).to.equal('ERR_QUORUM');
    expect(codeOfCertificate({ ...certificate, blockHash: bytesOf(32, 0) })).to.equal('ERR_QUORUM');
  });

  it('is refused for one bad vote, even beyond the quorum', () => {
    const { signatures, ...rest } = certify([0, 1, 2, 3]);
    for (const [i, { index }] of signatures.entries()) {
      const forged = signatures.with(i, { index, signature: bytesOf(64, 1) });
      expect(codeOfCertificate({ ...rest, signatures: forged }), `vote ${i}`).to.equal(
        'ERR_QUORUM',
      );
    }
  });

  it('is refused with two votes exchanged', () => {
    const { signatures, ...rest } = certify([0, 1, 2]);
    const exchanged = signatures.map(({ index }, i) => ({
      index,
      signature: signatures[(i + 1) % 3]!.signature,
    }));

    expect(codeOfCertificate({ ...rest, signatures: exchanged })).to.equal('ERR_QUORUM');
  });

  it('is refused by its bytes beyond a hundred votes or for index 100', () => {
    const vote = (index: number): Uint8Array =>
      Uint8Array.of(0x92, index, 0xc4, 64, ...bytesOf(64, 1));
    const head = encode(commitCertificateSchema, { ...certify([]), signatures: [] }).slice(0, -1);
    const code = (...votes: readonly Uint8Array[]): string => {
      const bytes = Uint8Array.from([
        ...head,
        0x90 + votes.length,
        ...votes.flatMap((each) => [...each]),
      ]);
      return codeOf(() => decode(commitCertificateSchema, bytes));
    };

    expect(code(vote(99))).to.equal('accepted');
    expect(code(vote(100))).to.equal('ERR_MALFORMED');
  });
});
