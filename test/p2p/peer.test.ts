import { expect } from 'chai';

import { NetworkError, networkErrorOf, textOf } from '../../p2p/errors.ts';
import { LIMITS } from '../../p2p/limits.ts';
import { Peer } from '../../p2p/peer.ts';

function peer(): Peer {
  return new Peer({ peerId: 'p', role: 'validator', index: 0, name: 'n' }, []);
}

describe('the points of a peer', () => {
  const limits = { ...LIMITS, scorePointsMax: 10, scoreForgiveMs: 1_000 };

  it('reach the limit exactly', () => {
    const each = peer();

    const results = Array.from({ length: 10 }, () => each.addPoints(1, 0, limits));

    expect(results.indexOf(true)).to.equal(9);
  });

  it('are forgotten when they have', () => {
    const each = peer();

    each.addPoints(10, 0, limits);

    expect(each.pointsAt(0, limits)).to.equal(0);
  });

  it('are forgiven with time, and never below none', () => {
    const each = peer();
    each.addPoints(5, 0, limits);

    expect(each.pointsAt(2_000, limits)).to.equal(3);
    expect(each.pointsAt(9_000, limits)).to.equal(0);
  });

  it('are not forgiven when the clock is set back', () => {
    const each = peer();
    each.addPoints(5, 10_000, limits);

    expect(each.pointsAt(0, limits)).to.equal(5);
  });
});

describe('what an error says', () => {
  it('is short and printable whatever a peer put in it', () => {
    expect(textOf(new Error('a\n\u001b[31mb\u2028'))).to.equal('a??[31mb?');
    expect(textOf(new Error('x'.repeat(1_000)))).to.have.length(200);
  });

  it('names all that failed', () => {
    expect(textOf(new AggregateError([new Error('a'), new Error('b')], 'c'))).to.equal('a; b');
  });

  it('keeps its code, or is given one', () => {
    const ours = new NetworkError('ERR_SILENT', 'nothing came');
    const framing = Object.assign(new Error('bad frame'), { name: 'InvalidFrameError' });

    expect(networkErrorOf(ours, 'ERR_DIAL')).to.equal(ours);
    expect(networkErrorOf(new Error('a'), 'ERR_DIAL').code).to.equal('ERR_DIAL');
    expect(networkErrorOf('text', 'ERR_DIAL').message).to.equal('text');
    expect(networkErrorOf(framing, 'ERR_CONNECTION_LOST').code).to.equal('ERR_FRAMING');
  });
});
