/** A proof against a validator, from the work store of a whole node to its chain and its interface. */
import path from 'node:path';

import { expect } from 'chai';

import { validatorsSchema } from '../../api/schemas/node.ts';
import { offenderSubject } from '../../chain/offender.ts';
import { createSigner } from '../../chain/signature.ts';
import { publicKeysOf, readKeys } from '../../node/keys.ts';
import { DATA_PATHS } from '../../node/stores.ts';
import { openLevelWorkStore } from '../../node/store/levelWorkStore.ts';
import type { StoredEquivocation, WorkStore } from '../../node/store/workStore.ts';
import { equivocationBy } from '../support/equivocations.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { WholeNode } from '../support/wholeNode.ts';

type Evidence = ReturnType<typeof validatorsSchema.parse>['validators'][number]['evidence'];

async function evidenceOf(node: WholeNode): Promise<Evidence> {
  const { body } = await node.get('/api/v1/validators');
  return validatorsSchema.parse(body).validators[0]?.evidence ?? [];
}

/** Resolves to what is shown once the chain has it. */
async function recordedEvidence(node: WholeNode): Promise<Evidence> {
  let evidence = await evidenceOf(node);
  while (evidence[0]?.recorded_height === null) evidence = await evidenceOf(node);
  return evidence;
}

/** Opens the work store of a node that does not run. */
function openWork({ folder }: WholeNode): Promise<WorkStore> {
  return openLevelWorkStore(path.join(folder, 'data', DATA_PATHS.work));
}

/** Leaves an equivocation of the node's own validator in its work store, as a sudden end does. */
async function leaveEquivocation(node: WholeNode, height: number): Promise<void> {
  const keys = await readKeys(path.join(node.folder, 'keys'), undefined);
  const { chainId } = node;
  const sign = createSigner(keys.consensus);
  const stored: StoredEquivocation = {
    subject: offenderSubject(publicKeysOf(keys).consensus),
    equivocation: equivocationBy({ index: 0, height, chainId, sign }),
  };
  await node.stop();
  const work = await openWork(node);
  await work.write([{ type: 'put-equivocation', stored }], { durable: true });
  await work.close();
  await node.start();
}

describe('a node that keeps a proof against a validator', () => {
  const folder = temporaryFolder();
  let node: WholeNode;

  before(async () => {
    node = await WholeNode.start(folder, { params: ['batch_wait_ms=1'] });
    await leaveEquivocation(node, 1);
  });
  after(() => node.stop());

  it('puts it on the chain, and shows it with the block that recorded it', async () => {
    const [evidence] = await recordedEvidence(node);
    const { body: block } = await node.get(`/api/v1/blocks/${evidence?.recorded_height}`);
    const [id] = block['transactions'] as readonly string[];
    const { body: transaction } = await node.get(`/api/v1/transactions/${id}`);

    expect(evidence).to.include({ height: 1, view: 0, phase: 'prepare' });
    expect(block).to.include({ record_count: 0, transaction_count: 1 });
    expect(transaction).to.deep.include({ aggregator: 'archive', image_hashes: [] });
    expect(transaction['status_changes']).to.have.length(1);
  });

  it('keeps it no longer', async () => {
    await recordedEvidence(node);
    await node.stop();
    const work = await openWork(node);
    const kept = await Array.fromAsync(work.equivocations());
    await work.close();
    await node.start();

    expect(kept).to.deep.equal([]);
  });

  it('does so once: a second proof is dropped, and the first is still shown', async () => {
    const before = await recordedEvidence(node);
    const { body: status } = await node.get('/api/v1/status');
    await leaveEquivocation(node, 2);

    expect(await evidenceOf(node)).to.deep.equal(before);
    expect((await node.get('/api/v1/status')).body['log_size']).to.equal(status['log_size']);
  });
});
