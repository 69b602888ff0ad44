import { expect } from 'chai';

import type { ValidatorIdentity } from '../../node/identity.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { createRegistry } from '../../chain/certificate/registry.ts';
import type { SignedBatch } from '../../chain/batch.ts';
import { readConfig } from '../../node/config.ts';
import { Certificates } from '../../node/intake/certificates.ts';
import { Ledger } from '../../node/ledger.ts';
import { createPipeline } from '../../node/pipeline.ts';
import { Rules } from '../../node/rules.ts';
import { RowChainStore } from '../../node/store/rowChainStore.ts';
import { RowWorkStore } from '../../node/store/rowWorkStore.ts';
import { authorityOf, createCamera } from '../support/certificates.ts';
import { CHAIN_ID, hashOfText, signerOf, validatorOf } from '../support/chainValues.ts';
import { cosigningOf, signLog } from '../support/cosigners.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { CA, COMMITMENT_KEY, emptyDisk, NodeRig, type RigDisk } from '../support/nodeRig.ts';
import { NOW_S, requestOf } from '../support/shots.ts';
import { stillMetrics } from '../support/stillMetrics.ts';

const CAMERA = createCamera(CA);

/** Opens a pipeline on a disk, validates one picture in it, and resolves to the batch that is cut. */
async function cutOn(disk: RigDisk): Promise<SignedBatch> {
  const validator = validatorOf('v0');
  const authorities = [authorityOf([CA])];
  const registry = createRegistry(authorities);
  const validators = [validator];
  const genesis = {
    network: 'test',
    timestampMs: NOW_S * 1_000 - 10_000,
    params: DEFAULT_PARAMS,
    logKey: validator.cosignerKey,
    validators,
    authorities,
  };
  const identity: ValidatorIdentity = {
    role: 'validator',
    genesis,
    document: undefined,
    chainId: CHAIN_ID,
    validator,
    commitmentKey: COMMITMENT_KEY,
    networkKey: hashOfText('network key'),
    sign: signerOf('v0'),
    cosign: cosigningOf(0).sign,
    signLog,
  };
  const ledger = await Ledger.open(new RowChainStore(disk.chain), {
    ...genesis,
    chainId: CHAIN_ID,
  });
  const work = new RowWorkStore(disk.work);
  const clock = new FakeClock((NOW_S + 60) * 1_000);
  const { promise: cut, resolve } = Promise.withResolvers<SignedBatch>();
  const metrics = stillMetrics();
  const pipeline = createPipeline({
    identity,
    limits: readConfig({}).limits,
    work,
    ledger,
    certificates: new Certificates(() => registry, { perS: 1, burst: 10 }),
    clock,
    metrics: () => metrics,
    rules: new Rules(ledger),
    closedBecause: () => undefined,
    hasRoom: () => true,
    onBatch: async ({ signed }) => resolve(signed),
    onPoint: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
  for await (const id of work.submissionIds()) pipeline.batcher.push(id);
  await clock.advance(1_000);
  const batch = await cut;
  await pipeline.stop();
  return batch;
}

/** A disk on which `committed` batches are committed and one more picture is validated. */
async function diskAfter(committed: number): Promise<RigDisk> {
  const rig = await NodeRig.open();
  await rig.drive.start();
  for (let i = 0; i < committed; i++) {
    await rig.validate(requestOf(CAMERA, `c${i}`));
    await rig.cut();
  }
  await rig.until(() => rig.ledger.recordCount() === committed);
  await rig.drive.stop();
  await rig.validate(requestOf(CAMERA, 'waiting'));
  await rig.batcher.stop();
  return rig.disk;
}

describe('the first sequence of a start', () => {
  it('is 1 where nothing was ever cut', async () => {
    expect((await cutOn(await diskAfter(0))).batch.sequence).to.equal(1);
  });

  it('is the next one where the work is there', async () => {
    expect((await cutOn(await diskAfter(3))).batch.sequence).to.equal(4);
  });

  it('is above one that was used and never committed', async () => {
    const disk = await diskAfter(2);
    const work = new RowWorkStore(disk.work);
    await work.write([{ type: 'put-sequence', sequence: 17 }], { durable: true });

    expect((await cutOn(disk)).batch.sequence).to.equal(18);
  });

  it('is a thousand above the chain’s where the work was lost', async () => {
    const { chain } = await diskAfter(3);
    const { work } = await diskAfter(0);

    expect((await cutOn({ ...emptyDisk(), chain, work })).batch.sequence).to.equal(1_004);
  });
});
