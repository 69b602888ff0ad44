import { expect } from 'chai';

import { stillMetrics } from '../support/stillMetrics.ts';

describe('what is measured while somebody looks', () => {
  it('is counted over all labels, from what the metrics count', async () => {
    const metrics = stillMetrics();
    metrics.submissions.inc(3);
    metrics.committed.inc(2);
    metrics.verifications.inc({ kind: 'vote' }, 5);
    metrics.verifications.inc({ kind: 'camera' }, 2);

    const measures = await metrics.measure();

    expect(measures).to.deep.include({ submissions: 3, records: 2, signatures: 7 });
    expect(measures.memoryBytes).to.be.above(10_000_000);
  });

  it('is 0 before anything has happened', async () => {
    const measures = await stillMetrics().measure();

    expect(measures).to.deep.include({ submissions: 0, records: 0, signatures: 0 });
    expect([...measures.pendingByState]).to.deep.equal([]);
  });
});
