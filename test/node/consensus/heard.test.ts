import { expect } from 'chai';

import type { CheckContext } from '../../../chain/consensus/statement.ts';
import { checkMessage, type Message } from '../../../chain/consensus/message.ts';
import { createPrePrepare } from '../../../chain/consensus/prePrepare.ts';
import { createViewChange } from '../../../chain/consensus/viewChange.ts';
import { createVote, type Prepare } from '../../../chain/consensus/vote.ts';
import { verifySigned } from '../../../chain/signature.ts';
import { Heard } from '../../../node/consensus/heard.ts';
import { ChainBuilder, hashOf } from '../../support/chainBuilder.ts';

const builder = new ChainBuilder();
const { header } = builder.next({ batchCount: 1, recordCount: 1 });
const { chainId } = header;
const keyOf = (index: number): Uint8Array => builder.validators[index]!.consensusKey;
const voterOf = (index: number): Parameters<typeof createVote>[1] => ({
  chainId,
  sign: builder.signers[index]!,
});

function vote(kind: 2 | 3, height: number, view: number): Message {
  return createVote({ kind, height, view, blockHash: hashOf('block'), index: 0 }, voterOf(0));
}

function viewChange(height: number, view: number): Message {
  return createViewChange({ height, view, index: 0, prepared: undefined }, voterOf(0));
}

function proposal(height: number, view: number): Message {
  return createPrePrepare({ view, header: { ...header, height }, index: 0 }, voterOf(0));
}

describe('what was heard of a validator', () => {
  let heard: Heard;

  beforeEach(() => {
    heard = new Heard();
  });

  function note(message: Message): void {
    const height = 'height' in message ? message.height : header.height;
    const context: CheckContext = {
      chainId,
      height: message.kind === 1 ? message.header.height : height,
      validators: builder.validators,
      verify: verifySigned,
    };
    heard.note(checkMessage(message, context), context);
  }

  it('is nothing before it has said anything', () => {
    expect(heard.newestOf(keyOf(0))).to.equal(undefined);
  });

  it('is its newest message, in whatever order they come', () => {
    // As a validator signs them: VIEW-CHANGE for a view comes before all that it says in it.
    const messages = [
      proposal(5, 0),
      vote(2, 5, 0),
      vote(3, 5, 0),
      viewChange(5, 1),
      proposal(5, 1),
      vote(2, 5, 1),
      vote(3, 5, 1),
      viewChange(5, 2),
      vote(2, 6, 0),
    ];
    messages.forEach((newest, i) => {
      messages.slice(0, i).forEach((older) => {
        for (const order of [
          [older, newest],
          [newest, older],
        ]) {
          heard = new Heard();
          order.forEach(note);
          expect(heard.newestOf(keyOf(0)), `${i}`).to.equal(newest);
        }
      });
    });
  });

  it('is the first of two that contradict each other', () => {
    const first = vote(2, 5, 0);
    note(first);
    note(createVote({ kind: 2, height: 5, view: 0, blockHash: hashOf('b'), index: 0 }, voterOf(0)));

    expect(heard.newestOf(keyOf(0))).to.equal(first);
  });

  it('is kept apart from what others said', () => {
    const messages = [0, 1, 2, 3].map((index) =>
      createVote<Prepare>(
        { kind: 2, height: 5 + index, view: 0, blockHash: hashOf('b'), index },
        voterOf(index),
      ),
    );
    messages.forEach(note);

    messages.forEach((message, index) => {
      expect(heard.newestOf(keyOf(index))).to.equal(message);
    });
  });

  it('is kept for a hundred validators; who was silent for longest is forgotten', () => {
    const message = vote(2, 5, 0) as Parameters<Heard['note']>[0];
    const keys = Array.from({ length: 101 }, (_, i) => hashOf(`key ${i}`));
    for (const consensusKey of keys) {
      heard.note(message, { validators: [{ ...builder.validators[0]!, consensusKey }] });
    }

    expect(heard.newestOf(keys[0]!)).to.equal(undefined);
    expect(keys.filter((key) => heard.newestOf(key) !== undefined)).to.have.length(100);
  });
});
