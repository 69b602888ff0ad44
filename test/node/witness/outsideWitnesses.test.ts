import { expect } from 'chai';

import type { AddCheckpoint } from '../../../chain/log/addCheckpoint.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { checkNote, type NoteSigner } from '../../../chain/log/note.ts';
import { logKeyOf } from '../../../chain/log/policy.ts';
import { assemble, checkClaim, logSignerOf } from '../../../node/cosigning/cosignedLog.ts';
import type { TreeRoot } from '../../../node/cosigning/treeHead.ts';
import { createMemoryWorkStore } from '../../../node/store/memoryWorkStore.ts';
import type { WitnessClient } from '../../../node/witness/client.ts';
import { OutsideWitnesses } from '../../../node/witness/outsideWitnesses.ts';
import type { Reply } from '../../../node/witness/reply.ts';
import { captureLog, messagesOf } from '../../support/capturedLog.ts';
import { validatorOf, validatorsOf } from '../../support/chainValues.ts';
import { NETWORK_LOG, signLog } from '../../support/cosigners.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { witnessSigner } from '../../support/witnessRig.ts';
import { claimOf, GrowingLog } from '../cosigning/growingLog.ts';

const SIGNERS = ['a.example/w', 'b.example/w'].map(witnessSigner);

/** A client that answers for witnesses as a test says. */
class AnsweringClient implements Pick<WitnessClient, 'ask' | 'close'> {
  readonly questions: AddCheckpoint[] = [];
  answer: (signer: NoteSigner, question: AddCheckpoint) => Reply = (signer, { checkpoint }) => ({
    type: 'cosigned',
    line: cosign(checkpoint.note.text, 1, signer),
  });

  /** Answers for the witness that is asked. */
  async ask(...[place, question]: Parameters<WitnessClient['ask']>): Promise<Reply> {
    this.questions.push(question);
    return this.answer(
      SIGNERS.find(({ key }) => key.name === place.key.name)!,
      question,
    );
  }

  async close(): Promise<void> {
    await settled();
  }
}

/** A node's outside witnesses over a log of four validators. */
class Rig {
  readonly log: GrowingLog;
  readonly work: ReturnType<typeof createMemoryWorkStore>;
  readonly clock = new FakeClock();
  readonly client = new AnsweringClient();
  readonly captured = captureLog();
  readonly conflicts: string[] = [];
  readonly outside: OutsideWitnesses;

  constructor({ log = new GrowingLog(), work = createMemoryWorkStore(), signers = SIGNERS } = {}) {
    this.log = log;
    this.work = work;
    this.outside = new OutsideWitnesses(
      {
        network: NETWORK_LOG,
        places: signers.map(({ key }, i) => {
          const target = new URL(`https://w${i}.example/add-checkpoint`);
          return { name: `w${i}`, key, url: target.href, target };
        }),
        head: log.head(),
      },
      {
        client: this.client,
        chain: { readTile: log.readTile },
        work,
        clock: this.clock,
        log: this.captured.log,
        validators: () => validatorsOf(4),
        onReply: () => undefined,
        onConflict: (name) => void this.conflicts.push(name),
        onFault: (error) => {
          throw error;
        },
      },
    );
  }

  /** Makes the newest tree final, by validators 0 to 2, with lines of strangers. */
  async final(strangers = 0): Promise<SignedCheckpoint> {
    const checkpoint = finalOf(this.log.head(), strangers);
    this.outside.onFinal(checkpoint);
    await settled();
    return checkpoint;
  }
}

function finalOf(tree: TreeRoot, strangers: number): SignedCheckpoint {
  const lines = [0, 1, 2].map((index) =>
    checkClaim(claimOf(index, tree), NETWORK_LOG, validatorOf(`v${index}`)),
  );
  const bare = assemble(tree, lines, logSignerOf(NETWORK_LOG, signLog));
  const more = Array.from({ length: strangers }, (_, i) =>
    cosign(bare.note.text, 1, witnessSigner(`stranger${i}`)),
  );
  return { ...bare, note: { ...bare.note, signatures: [...bare.note.signatures, ...more] } };
}

describe('the outside witnesses of a log', () => {
  it('are asked with the log’s own signature alone', async () => {
    const rig = new Rig();
    rig.log.grow(6);
    await rig.final(5);

    expect(rig.client.questions).to.have.length(2);
    for (const { checkpoint } of rig.client.questions) {
      expect(checkpoint.note.signatures).to.have.length(1);
      checkNote(checkpoint.note, [logKeyOf(NETWORK_LOG)]);
    }
  });

  it('are kept with what they say, beside the quorum and without strangers', async () => {
    const rig = new Rig();
    rig.log.grow(6);
    const final = await rig.final(90);
    const names = rig.outside.cosigned.over(final).map(({ name }) => name);

    expect(names).to.deep.equal(['a.example/w', 'b.example/w']);
    const [stored] = rig.work.readOutside().map(parseSignedCheckpoint);
    expect(stored?.note.signatures.map(({ name }) => name).slice(1)).to.deep.equal([
      'test/v0',
      'test/v1',
      'test/v2',
      'a.example/w',
      'b.example/w',
    ]);
    expect(rig.outside.views().map(({ cosignedSize }) => cosignedSize)).to.deep.equal([7, 7]);
  });

  it('are remembered after a restart', async () => {
    const rig = new Rig();
    rig.log.grow(6);
    const final = await rig.final();
    rig.log.grow(3);
    const { cosigned } = new Rig({ log: rig.log, work: rig.work }).outside;

    expect(cosigned.over(final).map(({ name }) => name)).to.deep.equal([
      'a.example/w',
      'b.example/w',
    ]);
    expect(cosigned.best(6)?.checkpoint.note.signatures).to.have.length(4);
  });

  it('are forgotten where they are not asked any more', async () => {
    const rig = new Rig();
    rig.log.grow(6);
    const final = await rig.final();
    const { cosigned } = new Rig({ log: rig.log, work: rig.work, signers: SIGNERS.slice(1) })
      .outside;

    expect(cosigned.over(final).map(({ name }) => name)).to.deep.equal(['b.example/w']);
  });

  it('are forgotten where the log here is smaller, or another one', async () => {
    const rig = new Rig();
    rig.log.grow(6);
    const final = await rig.final();
    const smaller = new Rig({ work: rig.work }).outside;
    const other = new GrowingLog(4, 'other');
    other.grow(9);
    const forked = new Rig({ work: rig.work, log: other }).outside;

    expect([smaller, forked].map(({ cosigned }) => cosigned.over(final).length)).to.deep.equal([
      0, 0,
    ]);
  });

  it('tell operators where one contradicts the log, and the other goes on', async () => {
    const rig = new Rig();
    const { answer } = rig.client;
    rig.client.answer = (signer, question) =>
      signer === SIGNERS[0]
        ? { type: 'failed', failure: 'conflict', reason: 'another tree' }
        : answer(signer, question);
    rig.log.grow(6);
    const final = await rig.final();
    await rig.clock.advance(60_000);

    expect(rig.conflicts).to.deep.equal(['w0']);
    expect(messagesOf(rig.captured)).to.deep.equal(['a witness contradicts this log']);
    expect(rig.outside.cosigned.over(final).map(({ name }) => name)).to.deep.equal(['b.example/w']);
    expect(rig.outside.views().map(({ isConflicting }) => isConflicting)).to.deep.equal([
      true,
      false,
    ]);
  });

  it('are asked nothing more once it has stopped', async () => {
    const rig = new Rig();
    await rig.outside.stop();
    rig.log.grow(6);
    await rig.final();

    expect(rig.client.questions).to.deep.equal([]);
  });
});
