import { expect } from 'chai';
import fc from 'fast-check';

import { encodeMessage, heightOf, type Message } from '../../../chain/consensus/message.ts';
import type { Place } from '../../../chain/consensus/proposer.ts';
import type { Equivocation } from '../../../chain/consensus/equivocation.ts';
import { ChainError } from '../../../chain/errors.ts';
import { verifySigned } from '../../../chain/signature.ts';
import { createVote, type Prepare } from '../../../chain/consensus/vote.ts';
import type { Claim } from '../../../node/cosigning/claim.ts';
import { Heard } from '../../../node/consensus/heard.ts';
import { VotesDesk } from '../../../node/consensus/votesDesk.ts';
import { encodeVoteFrame } from '../../../node/wire/votes.ts';
import {
  commitOf,
  headerOf,
  newViewOf,
  preparedOf,
  prepareOf,
  proposalOf,
  tipAt,
  viewChangeAt,
  viewChangeOf,
} from '../../chain/consensus/support/engineRig.ts';
import { codeOfRejection, hashOfText, signerOf, validatorOf } from '../../support/chainValues.ts';
import { equivocationBy } from '../../support/equivocations.ts';
import { anyDamage } from '../wire/damage.ts';

/** Height of the last block where messages are heard: those of 21 are of the present. */
const EDGE = 20;
const PEER = { peerId: 'peer-3', role: 'validator', index: 3 } as const;

/** A desk, and what it passed on. */
class DeskRig {
  readonly heard = new Heard();
  readonly messages: (readonly [string, Message])[] = [];
  readonly statuses: (readonly [string, Place])[] = [];
  readonly equivocations: Equivocation[] = [];
  readonly claims: (readonly [number, Claim])[] = [];
  verifyCount = 0;
  /** What proofs are refused with. */
  refusal: ChainError | undefined;
  readonly desk: VotesDesk;

  constructor(edge = EDGE) {
    const { state } = tipAt(edge);
    this.desk = new VotesDesk({
      heard: this.heard,
      verify: (signed) => {
        this.verifyCount += 1;
        return verifySigned(signed);
      },
      state: () => state,
      onMessage: async (peerId, message) => void this.messages.push([peerId, message]),
      onStatus: async (peerId, place) => void this.statuses.push([peerId, place]),
      onClaim: (index, claim) => void this.claims.push([index, claim]),
      onEquivocation: async (equivocation) => {
        if (this.refusal !== undefined) throw this.refusal;
        this.equivocations.push(equivocation);
      },
    });
  }

  say(message: Message): Promise<void> {
    return this.desk.receive(PEER, encodeVoteFrame({ type: 'message', message }));
  }

  codeOf(message: Message): Promise<string> {
    return codeOfRejection(this.say(message));
  }

  newestOf(index: number): Message | undefined {
    return this.heard.newestOf(validatorOf(`v${index}`).consensusKey);
  }
}

function prepareAt(height: number): Prepare {
  return prepareOf(2, headerOf({ height }));
}

describe('a message on the votes channel', () => {
  const handedOn: readonly (readonly [string, number])[] = [
    ['of the present height', EDGE + 1],
    ['of the next height', EDGE + 2],
    ['of the last block', EDGE],
    ['of the oldest height whose contradictions count', EDGE - 16],
  ];
  for (const [what, height] of handedOn) {
    it(`${what} is checked, remembered and handed on, with who brought it`, async () => {
      const rig = new DeskRig();
      const message = prepareAt(height);
      await rig.say(message);

      expect(rig.messages).to.deep.equal([['peer-3', message]]);
      expect(rig.newestOf(2)).to.deep.equal(message);
      expect(rig.verifyCount).to.equal(1);
    });
  }

  it('is verified once, however often it comes, and again within another', async () => {
    const rig = new DeskRig();
    const header = headerOf({ height: EDGE + 1 });
    const prepares = [0, 2, 3].map((index) => prepareOf(index, header));
    for (const message of [...prepares, ...prepares]) await rig.say(message);
    const afterVotes = rig.verifyCount;
    const viewChange = viewChangeOf(2, 1, preparedOf(header, 0, [0, 1, 2]));
    for (let i = 0; i < 3; i++) await rig.say(viewChange);

    expect(rig.messages.length).to.equal(9);
    // New are the VIEW-CHANGE itself, and the PRE-PREPARE within its certificate.
    expect([afterVotes, rig.verifyCount]).to.deep.equal([3, 5]);
  });

  it('that is long over costs nothing', async () => {
    const rig = new DeskRig();
    await rig.say(prepareAt(EDGE - 17));
    await rig.say(prepareAt(1));

    expect([rig.messages, rig.statuses, rig.verifyCount]).to.deep.equal([[], [], 0]);
    expect(rig.newestOf(2)).to.equal(undefined);
  });

  for (const height of [EDGE + 3, EDGE + 1_000, Number.MAX_SAFE_INTEGER]) {
    it(`of height ${height}, whose set is not known, is a hint and nothing more`, async () => {
      const rig = new DeskRig();
      await rig.say(viewChangeAt(height, 2, 1));

      expect(rig.statuses).to.deep.equal([['peer-3', { height, view: 0 }]]);
      expect([rig.messages, rig.verifyCount, rig.newestOf(2)]).to.deep.equal([[], 0, undefined]);
    });
  }

  it('of height 0 is nothing: nobody decided genesis', async () => {
    const rig = new DeskRig(0);
    await rig.say(viewChangeAt(0, 2, 1));

    expect([rig.messages, rig.statuses, rig.verifyCount]).to.deep.equal([[], [], 0]);
  });

  it('may be brought by anybody', async () => {
    const rig = new DeskRig();
    const messages = [0, 1, 2, 3].map((index) => commitOf(index, headerOf({ height: EDGE + 1 })));
    for (const message of messages) await rig.say(message);

    expect(rig.messages.map(([, message]) => message)).to.deep.equal(messages);
  });

  it('is waited for until it has had its effect', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { state } = tipAt(EDGE);
    const desk = new VotesDesk({
      heard: new Heard(),
      verify: verifySigned,
      state: () => state,
      onMessage: () => promise,
      onStatus: () => Promise.resolve(),
      onClaim: () => undefined,
      onEquivocation: () => Promise.resolve(),
    });
    let isDone = false;
    const frame = encodeVoteFrame({ type: 'message', message: prepareAt(EDGE + 1) });
    const received = desk.receive(PEER, frame).then(() => (isDone = true));
    await Promise.resolve();
    const before = isDone;
    resolve(undefined);
    await received;

    expect([before, isDone]).to.deep.equal([false, true]);
  });
});

describe('a message that no honest validator sends', () => {
  const header = headerOf({ height: EDGE + 1 });
  const otherChain = { chainId: hashOfText('another chain'), sign: signerOf('v2') };
  const { height, view, blockHash } = prepareOf(2, header);
  const fields = { kind: 2, height, view, blockHash, index: 2 } as const;
  const cases: readonly (readonly [string, string, Message])[] = [
    ['a vote with another’s signature', 'ERR_SIGNATURE', { ...prepareOf(2, header), index: 1 }],
    ['a vote for another view', 'ERR_SIGNATURE', { ...prepareOf(2, header), view: 1 }],
    [
      'a vote as another phase',
      'ERR_SIGNATURE',
      { ...commitOf(2, header), signature: prepareOf(2, header).signature },
    ],
    ['a vote of another chain', 'ERR_SIGNATURE', createVote<Prepare>(fields, otherChain)],
    ['a vote of nobody', 'ERR_UNKNOWN_VALIDATOR', { ...prepareOf(2, header), index: 4 }],
    [
      'a proposal of another chain',
      'ERR_CHAIN_ID',
      proposalOf({ ...header, chainId: hashOfText('another chain') }),
    ],
    ['a proposal that another signed', 'ERR_SIGNATURE', { ...proposalOf(header), index: 0 }],
    ['a VIEW-CHANGE of another', 'ERR_SIGNATURE', { ...viewChangeOf(1, 1), index: 2, height }],
    [
      'a NEW-VIEW without a quorum',
      'ERR_QUORUM',
      newViewOf(headerOf({ height, view: 1 }), [viewChangeAt(height, 0, 1)]),
    ],
  ];
  for (const [what, code, message] of cases) {
    it(`is refused, and neither remembered nor handed on: ${what}`, async () => {
      const rig = new DeskRig();

      expect(await rig.codeOf(message)).to.equal(code);
      expect([rig.messages, rig.statuses]).to.deep.equal([[], []]);
      expect([0, 1, 2, 3].map((index) => rig.newestOf(index))).to.deep.equal(Array(4));
    });
  }

  it('is refused with every bit of its signature flipped', async () => {
    const rig = new DeskRig();
    const message = prepareOf(2, header);
    const codes = new Set<string>();
    for (let bit = 0; bit < 512; bit += 7) {
      const signature = Uint8Array.from(message.signature);
      signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      codes.add(await rig.codeOf({ ...message, signature }));
    }

    expect([...codes]).to.deep.equal(['ERR_SIGNATURE']);
  });
});

describe('what else is said on the votes channel', () => {
  it('is where a peer stands', async () => {
    const rig = new DeskRig();
    const place = { height: 9, view: 3 };
    await rig.desk.receive(PEER, encodeVoteFrame({ type: 'status', place }));

    expect(rig.statuses).to.deep.equal([['peer-3', place]]);
  });

  it('is a proof of equivocation, handed on as it is', async () => {
    const rig = new DeskRig();
    const equivocation = equivocationBy({ index: 2 });
    await rig.desk.receive(PEER, encodeVoteFrame({ type: 'equivocation', equivocation }));

    expect(rig.equivocations).to.deep.equal([equivocation]);
  });

  it('is refused as that proof is', async () => {
    const rig = new DeskRig();
    rig.refusal = new ChainError('ERR_EVIDENCE', 'no contradiction');
    const equivocation = equivocationBy({ index: 2 });
    const frame = encodeVoteFrame({ type: 'equivocation', equivocation });

    expect(await codeOfRejection(rig.desk.receive(PEER, frame))).to.equal('ERR_EVIDENCE');
  });

  it('R20: is never more than refused, whatever comes', async () => {
    const rig = new DeskRig();
    const messages = [
      proposalOf(headerOf({ height: EDGE + 1 })),
      prepareAt(EDGE + 1),
      viewChangeAt(EDGE + 1, 2, 1),
    ];
    const frames = [
      ...messages.map((message) => encodeVoteFrame({ type: 'message', message })),
      encodeVoteFrame({ type: 'status', place: { height: 1, view: 1 } }),
      encodeVoteFrame({ type: 'equivocation', equivocation: equivocationBy({ index: 2 }) }),
    ];
    await fc.assert(
      fc.asyncProperty(anyDamage(frames), async (bytes) => {
        await codeOfRejection(rig.desk.receive(PEER, bytes));
      }),
      { numRuns: 500 },
    );
    const genuine = new Set(
      messages.map((each) => Buffer.from(encodeMessage(each)).toString('hex')),
    );

    // What got through is what was signed.
    expect(
      rig.messages.every(([, each]) =>
        genuine.has(Buffer.from(encodeMessage(each)).toString('hex')),
      ),
    ).to.equal(true);
    expect(
      rig.messages.map(([, each]) => heightOf(each)).every((each) => each === EDGE + 1),
    ).to.equal(true);
  });
});
