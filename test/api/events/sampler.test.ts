import { expect } from 'chai';

import { Sampler } from '../../../api/events/sampler.ts';
import { createMemoryPorts, type MemoryPorts } from '../../support/memoryPorts.ts';

const INTERVAL_MS = 1_000;

describe('the sampler of a node', () => {
  let ports: MemoryPorts;
  let nowMs: number;
  let sampler: Sampler;

  beforeEach(() => {
    ports = createMemoryPorts();
    nowMs = 5_000;
    sampler = new Sampler(ports, INTERVAL_MS, () => nowMs);
  });

  it('tells no rates at first', async () => {
    expect((await sampler.take()).per_second).to.equal(null);
  });

  it('tells rates of the time between two samples', async () => {
    await sampler.take();
    const { measures } = ports.node;
    ports.node.measures = {
      ...measures,
      submissions: measures.submissions + 7,
      signatures: measures.signatures + 20,
      records: measures.records + 1,
    };
    for (let i = 0; i < 3; i++) sampler.noteVerifyAnswer();
    nowMs += 2_000;

    expect((await sampler.take()).per_second).to.deep.equal({
      submissions: 3.5,
      records: 0.5,
      verify_answers: 1.5,
      signatures: 10,
    });
  });

  it('tells none where no time has passed, or nobody listened for long', async () => {
    await sampler.take();
    expect((await sampler.take()).per_second).to.equal(null);

    nowMs += 10 * INTERVAL_MS;
    expect((await sampler.take()).per_second).not.to.equal(null);
    nowMs += 10 * INTERVAL_MS + 1;
    expect((await sampler.take()).per_second).to.equal(null);
  });

  it('looks at the node anew when the last sample is an interval old', async () => {
    const first = await sampler.recent();

    nowMs += INTERVAL_MS - 1;
    expect(await sampler.recent()).to.equal(first);
    nowMs += 1;
    expect(await sampler.recent()).not.to.equal(first);
  });

  it('gives all who ask at once the same sample', async () => {
    const [one, other] = await Promise.all([sampler.take(), sampler.take()]);

    expect(one).to.equal(other);
  });
});
