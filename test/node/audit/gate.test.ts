import { expect } from 'chai';

import { Gate } from '../../../node/audit/gate.ts';
import { PEER_BURST, PEER_COUNT_MAX, PEER_REFILL_MS } from '../../../node/audit/limits.ts';

describe('the gate before an audit', () => {
  const v1 = { of: 'refusal', from: 'v1' };

  /** Takes the whole burst of a peer. */
  const exhausted = (): Gate => {
    const gate = new Gate();
    for (let i = 0; i < PEER_BURST; i++) gate.admit(v1, 0);
    return gate;
  };

  it('lets a burst through, and no more', () => {
    const gate = new Gate();
    const passed = Array.from({ length: PEER_BURST + 1 }, () => gate.admit(v1, 0));

    expect(passed).to.deep.equal([...Array.from({ length: PEER_BURST }, () => 0), undefined]);
  });

  it('gives nothing for a clock that is set back, and takes nothing', () => {
    const gate = exhausted();

    expect(gate.admit(v1, -PEER_REFILL_MS)).to.equal(undefined);
    expect(gate.admit(v1, 0)).to.equal(1);
  });

  it('never gives more than a burst, however long nothing came', () => {
    const gate = exhausted();
    const passed = Array.from({ length: PEER_BURST + 1 }, () => gate.admit(v1, 1e12));

    expect(passed.filter((each) => each !== undefined)).to.have.length(PEER_BURST);
  });

  it('does not forget the part of a refill that has passed', () => {
    const gate = exhausted();
    gate.admit(v1, PEER_REFILL_MS - 1);

    expect(gate.admit(v1, PEER_REFILL_MS)).to.equal(1);
  });

  it('counts many peers in bounded memory: those above the limit together', () => {
    const gate = new Gate();
    for (let i = 0; i < PEER_COUNT_MAX; i++) gate.admit({ of: 'refusal', from: `p${i}` }, 0);
    const passed = Array.from({ length: 2 * PEER_BURST }, (_each, i) =>
      gate.admit({ of: 'refusal', from: `late-${i}` }, 0),
    );

    expect(passed.filter((each) => each !== undefined)).to.have.length(PEER_BURST);
    expect(gate.leftOut()).to.deep.equal([{ of: 'any', from: 'others', leftOut: PEER_BURST }]);
    expect(gate.admit({ of: 'refusal', from: 'p0' }, 0)).to.equal(0);
  });
});
