import { expect } from 'chai';

import { hashBatch } from '../../../chain/batch.ts';
import { ChainError } from '../../../chain/errors.ts';
import { hashEvidence } from '../../../chain/evidence.ts';
import type { SentBatch } from '../../../node/wire/batches.ts';
import { createCamera, MADE_AT_S } from '../../support/certificates.ts';
import { hashOfText, signedBatchOf } from '../../support/chainValues.ts';
import { itemBy } from '../../support/equivocations.ts';
import { settled } from '../../support/fakeClock.ts';
import { CA, idOf, pooledOf, sentBatchOf } from '../../support/sentBatches.ts';
import { NOW_S } from '../../support/shots.ts';
import { Gate, keyOf, MempoolRig } from './mempoolRig.ts';

const GOOD = sentBatchOf('v1');
const STRANGER = createCamera(CA, {}, 'SN-STRANGER');

/** The same batch with the evidence changed on its way. */
function forge(sent: SentBatch): SentBatch {
  const items = sent.evidence.items.map((item) => ({ ...item, signature: new Uint8Array(70) }));
  return { ...sent, evidence: { ...sent.evidence, items } };
}

/** A batch whose evidence does not prove its record: its aggregator has signed both. */
function badBatchOf(name: string, sequence = 1): SentBatch {
  const { evidence } = sentBatchOf(name, sequence);
  const items = evidence.items.map((item) => ({ ...item, signature: new Uint8Array(70) }));
  return sentBatchOf(name, sequence, {
    batch: { evidenceRoot: hashEvidence(items) },
    evidence: { items },
  });
}

async function outcomeOf(rig: MempoolRig, sent: SentBatch, isNamed = false): Promise<string> {
  const admitted = await rig.admission.admit(sent, isNamed);
  return 'error' in admitted ? `${admitted.outcome} ${admitted.error.code}` : admitted.outcome;
}

/** As many batches of v1 as may wait for a block. */
const LANE = Array.from({ length: 16 }, (_, i) => sentBatchOf('v1', 100 + i));

/** A rig whose pool has no room for another batch of v1. */
async function fullRig(): Promise<MempoolRig> {
  const rig = await MempoolRig.open();
  for (const sent of LANE) rig.pool.add(pooledOf(sent));
  return rig;
}

describe('R1: admission of a batch', () => {
  it('adds it, with its evidence, once all is checked', async () => {
    const rig = await MempoolRig.open();
    const admitted = await rig.admission.admit(GOOD, false);

    expect(admitted).to.deep.equal({ outcome: 'added', batch: rig.pool.find(idOf(GOOD)) });
    expect(rig.pool.find(idOf(GOOD))).to.deep.equal(pooledOf(GOOD));
  });

  it('keeps batch, evidence and certificates on disk', async () => {
    const rig = await MempoolRig.open();
    await rig.admission.admit(GOOD, false);
    const id = idOf(GOOD);
    const [item] = GOOD.evidence.items;
    const certificateId = item?.kind === 1 ? item.certificateId : new Uint8Array();

    expect(await rig.stored()).to.deep.equal([
      { batchId: id, signed: GOOD.signed, receiptIds: [] },
    ]);
    expect(rig.work.readEvidence(id)?.items).to.deep.equal(GOOD.evidence.items);
    expect(rig.work.readCertificate(certificateId)).to.deep.equal(GOOD.evidence.certificates[0]);
  });

  it('adds it only when it is durable', async () => {
    const rig = await MempoolRig.open();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const write = rig.work.write.bind(rig.work);
    const durable: boolean[] = [];
    rig.work.write = async (changes, options) => {
      durable.push(options.durable);
      await promise;
      await write(changes, options);
    };
    rig.check = () => Promise.resolve();
    const admitted = outcomeOf(rig, GOOD);
    await settled();
    const before = rig.pool.load().count;
    resolve(undefined);

    expect([before, await admitted, rig.pool.load().count]).to.deep.equal([0, 'added', 1]);
    expect(durable).to.deep.equal([true]);
  });

  it('adds nothing where the disk fails: that is no refusal', async () => {
    const rig = await MempoolRig.open();
    rig.work.write = () => Promise.reject(new Error('the disk is full'));

    expect(await outcomeOf(rig, GOOD).catch(String)).to.equal('Error: the disk is full');
    expect(rig.pool.load().count).to.equal(0);
    expect(rig.admission.isUnderway(idOf(GOOD))).to.equal(false);
    expect(rig.admission.problemOf(idOf(GOOD))).to.equal(undefined);
  });

  it('passes on a failure of the check that is no refusal', async () => {
    const rig = await MempoolRig.open({ check: () => Promise.reject(new Error('no threads')) });

    expect(await outcomeOf(rig, GOOD).catch(String)).to.equal('Error: no threads');
    expect([rig.bad.length, rig.admission.problemOf(idOf(GOOD))]).to.deep.equal([0, undefined]);
  });

  it('does not check again what is held', async () => {
    const rig = await MempoolRig.open();
    await rig.admission.admit(GOOD, false);

    expect([await outcomeOf(rig, GOOD), rig.checkCount]).to.deep.equal(['held', 1]);
  });

  it('lets through what is held where there is no room', async () => {
    const rig = await fullRig();

    expect(await outcomeOf(rig, LANE[0] ?? GOOD)).to.equal('held');
  });
});

describe('a batch that is over', () => {
  /** A rig on whose chain v1 has committed sequence 5. */
  const open = async (): Promise<MempoolRig> => {
    const rig = await MempoolRig.open();
    await rig.apply([pooledOf(sentBatchOf('v1', 5))]);
    return rig;
  };

  for (const [sequence, outcome] of [
    [4, 'over'],
    [5, 'over'],
    [6, 'added'],
  ] as const) {
    it(`has a sequence up to the last that is committed: ${sequence} after 5 is ${outcome}`, async () => {
      expect(await outcomeOf(await open(), sentBatchOf('v1', sequence))).to.equal(outcome);
    });
  }

  it('is one that a block passes over while it is checked', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    const admitted = outcomeOf(rig, GOOD);
    await rig.apply([pooledOf(sentBatchOf('v1', 5))]);
    gate.open();

    expect(await admitted).to.equal('over');
    expect(rig.over.map(({ id }) => id)).to.deep.equal([idOf(GOOD)]);
    expect(rig.pool.load().count).to.equal(0);
  });
});

describe('a batch for which there is no room', () => {
  it('is not looked at', async () => {
    const rig = await fullRig();

    expect([await outcomeOf(rig, GOOD), rig.checkCount]).to.deep.equal(['full', 0]);
  });

  it('is taken in where a proposal names it', async () => {
    const rig = await fullRig();

    expect(await outcomeOf(rig, GOOD, true)).to.equal('added');
  });

  it('is told from one that is forged', async () => {
    expect(await outcomeOf(await fullRig(), forge(GOOD))).to.equal('forged ERR_EVIDENCE');
  });

  it('is no matter for another institution', async () => {
    expect(await outcomeOf(await fullRig(), sentBatchOf('v2'))).to.equal('added');
  });
});

describe('a batch that cannot be judged yet', () => {
  it('proves a contradiction of a height that is not known here', async () => {
    const { signed } = sentBatchOf('v1');
    const item = itemBy({ index: 3, height: 50 });
    const batch = { ...signed.batch, items: [...signed.batch.items, item] };
    const sent = { ...GOOD, signed: signedBatchOf(batch, 'v1') };
    const rig = await MempoolRig.open();

    expect([await outcomeOf(rig, sent), rig.checkCount]).to.deep.equal(['early', 0]);
    expect(rig.admission.problemOf(hashBatch(batch))).to.equal(undefined);
  });
});

describe('a batch whose time is far ahead', () => {
  const AHEAD_S = 3_600;
  /** A photograph of a camera whose clock is ahead may stand in blocks from 360 s before its time on. */
  const atS = (startS: number): SentBatch =>
    sentBatchOf('v1', 1, { capturedAt: NOW_S + startS + 360 });

  for (const [startS, outcome] of [
    [AHEAD_S, 'added'],
    [AHEAD_S + 1, 'early'],
  ] as const) {
    it(`is ${outcome} where it begins ${startS} s from now`, async () => {
      const rig = await MempoolRig.open();

      expect(await outcomeOf(rig, atS(startS))).to.equal(outcome);
      expect((await rig.stored()).length).to.equal(outcome === 'added' ? 1 : 0);
    });
  }

  it('is taken in where a proposal names it, and is nobody’s fault', async () => {
    const rig = await MempoolRig.open();
    const early = await outcomeOf(rig, atS(AHEAD_S + 1));

    expect([early, await outcomeOf(rig, atS(AHEAD_S + 1), true)]).to.deep.equal(['early', 'added']);
    expect(rig.bad).to.deep.equal([]);
  });
});

describe('a forged batch', () => {
  const { evidence, signed } = GOOD;
  const cases: readonly (readonly [string, string, SentBatch])[] = [
    ['another’s signature', 'ERR_SIGNATURE', sentBatchOf('v1', 1, { signer: 'v2' })],
    ['a signature with one bit flipped', 'ERR_SIGNATURE', flipped(GOOD)],
    ['an aggregator of no set', 'ERR_UNKNOWN_VALIDATOR', sentBatchOf('v9')],
    [
      'another chain’s id',
      'ERR_CHAIN_ID',
      sentBatchOf('v1', 1, { batch: { chainId: hashOfText('another chain') } }),
    ],
    ['other evidence', 'ERR_EVIDENCE', forge(GOOD)],
    ['no evidence', 'ERR_EVIDENCE', { signed, evidence: { certificates: [], items: [] } }],
    [
      'a certificate missing',
      'ERR_EVIDENCE',
      { signed, evidence: { ...evidence, certificates: [] } },
    ],
    [
      'a certificate too many',
      'ERR_EVIDENCE',
      {
        signed,
        evidence: { ...evidence, certificates: [...evidence.certificates, STRANGER.der] },
      },
    ],
    [
      'another certificate',
      'ERR_EVIDENCE',
      { signed, evidence: { ...evidence, certificates: [STRANGER.der] } },
    ],
  ];
  for (const [what, code, sent] of cases) {
    it(`with ${what} is refused, and held against nobody but who sent it`, async () => {
      const rig = await MempoolRig.open();

      expect(await outcomeOf(rig, sent)).to.equal(`forged ${code}`);
      expect([rig.checkCount, rig.bad.length]).to.deep.equal([0, 0]);
      expect(await rig.stored()).to.deep.equal([]);
      expect(await outcomeOf(rig, GOOD)).to.equal('added');
    });
  }

  it('does not spoil the good one that comes at the same time', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    const good = outcomeOf(rig, GOOD);
    const forged = outcomeOf(rig, forge(GOOD));
    gate.open();

    expect(await Promise.all([good, forged])).to.deep.equal(['added', 'forged ERR_EVIDENCE']);
    expect(rig.admission.problemOf(idOf(GOOD))).to.equal(undefined);
  });

  it('does not spoil the good one that comes after it', async () => {
    const rig = await MempoolRig.open();
    const outcomes = [forge(GOOD), GOOD].map((sent) => outcomeOf(rig, sent));

    expect(await Promise.all(outcomes)).to.deep.equal(['forged ERR_EVIDENCE', 'added']);
  });
});

describe('a bad batch', () => {
  it('is refused with what its evidence lacks, and told of', async () => {
    const rig = await MempoolRig.open();
    const sent = badBatchOf('v1');

    expect(await outcomeOf(rig, sent)).to.match(/^bad ERR_(CAMERA_SIGNATURE|SIGNATURE_ENCODING)$/);
    expect(rig.bad.map(({ id, aggregator }) => [id, aggregator])).to.deep.equal([
      [idOf(sent), keyOf(1)],
    ]);
    expect(rig.pool.load().count).to.equal(0);
    expect(await rig.stored()).to.deep.equal([]);
  });

  it('is remembered: it is checked once, and told of once', async () => {
    const rig = await MempoolRig.open();
    const sent = badBatchOf('v1');
    const first = await outcomeOf(rig, sent);

    expect(await outcomeOf(rig, sent, true)).to.equal(first);
    expect([rig.checkCount, rig.bad.length]).to.deep.equal([1, 1]);
    expect(rig.admission.problemOf(idOf(sent))).to.be.instanceOf(ChainError);
  });

  it('is one whose records no single block time suits', async () => {
    const rig = await MempoolRig.open({ check: () => Promise.resolve() });
    const sent = sentBatchOf('v1', 1, { capturedAt: MADE_AT_S - 1 });

    expect(await outcomeOf(rig, sent)).to.equal('bad ERR_EVIDENCE');
  });

  it('is counted for its aggregator', async () => {
    const rig = await MempoolRig.open();
    for (const sent of [badBatchOf('v1', 1), badBatchOf('v1', 2), badBatchOf('v2', 1)]) {
      await rig.admission.admit(sent, false);
    }
    const counts = [1, 2, 3].map((index) => rig.admission.badCountOf(keyOf(index)));

    expect(counts).to.deep.equal([2, 1, 0]);
  });

  it('makes the others of its aggregator wait behind everybody’s', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open();
    await rig.admission.admit(badBatchOf('v1', 1), false);
    rig.check = gate.check;
    const all = [
      sentBatchOf('v2', 10),
      sentBatchOf('v2', 11),
      sentBatchOf('v1', 20),
      sentBatchOf('v3', 30),
      sentBatchOf('v2', 12),
    ].map((sent) => rig.admission.admit(sent, false));
    while (gate.begun.length < all.length) {
      gate.open();
      await settled();
    }
    gate.open();
    await Promise.all(all);

    expect(gate.begun).to.deep.equal(['10', '11', '30', '12', '20']);
  });
});

describe('a batch that several send at once', () => {
  it('is checked once, and all hear the same', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    const all = [1, 2, 3].map(() => outcomeOf(rig, GOOD));
    const isUnderway = rig.admission.isUnderway(idOf(GOOD));
    gate.open();

    expect(await Promise.all(all)).to.deep.equal(['added', 'added', 'added']);
    expect(rig.checkCount).to.equal(1);
    expect([isUnderway, rig.admission.isUnderway(idOf(GOOD))]).to.deep.equal([true, false]);
  });

  it('is taken in for a proposal that names it while it is checked', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    const all = [outcomeOf(rig, GOOD), outcomeOf(rig, GOOD, true)];
    gate.open();

    expect(await Promise.all(all)).to.deep.equal(['added', 'added']);
  });
});

describe('batches that are checked', () => {
  it('are two at a time', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    const all = [1, 2, 3, 4].map((sequence) =>
      rig.admission.admit(sentBatchOf('v1', sequence), false),
    );
    await settled();
    const begun = [...gate.begun];
    while (gate.begun.length < all.length) {
      gate.open();
      await settled();
    }
    gate.open();
    await Promise.all(all);

    expect(begun).to.deep.equal(['1', '2']);
    expect(rig.pool.load().count).to.equal(4);
  });
});

function flipped(sent: SentBatch): SentBatch {
  const signature = Uint8Array.from(sent.signed.signature);
  signature[9] = (signature[9] ?? 0) ^ 1;
  return { ...sent, signed: { ...sent.signed, signature } };
}
