import { expect } from 'chai';

import { WindowGrants } from '../../p2p/windowGrants.ts';

/** What stands in a yamux header. */
type Header = readonly [type: number, flags: number, stream: number, length: number];

function header(...[type, flags, stream, length]: Header): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, stream);
  view.setUint32(8, length);
  return bytes;
}

const grantOf = (bytes: number, stream = 1): Uint8Array => header(1, 0, stream, bytes);

describe('grants of window', () => {
  it('wait until they are worth a frame, and lose no byte', () => {
    const grants = new WindowGrants(100);

    expect(grants.pass(grantOf(60))).to.equal(undefined);
    expect(grants.pass(grantOf(39))).to.equal(undefined);
    expect(grants.pass(grantOf(1))).to.deep.equal(grantOf(100));
    expect(grants.pass(grantOf(99))).to.equal(undefined);
  });

  it('pass at once where they are large', () => {
    const grants = new WindowGrants(100);
    expect(grants.pass(grantOf(100))).to.deep.equal(grantOf(100));
  });

  it('are gathered for each stream by itself', () => {
    const grants = new WindowGrants(100);

    grants.pass(grantOf(60, 1));

    expect(grants.pass(grantOf(60, 2))).to.equal(undefined);
    expect(grants.pass(grantOf(60, 1))).to.deep.equal(grantOf(120, 1));
  });

  it('never wait where a frame opens or acknowledges a stream, and what waits still comes', () => {
    const grants = new WindowGrants(100);
    grants.pass(grantOf(60));

    for (const flags of [1, 2]) {
      const frame = header(1, flags, 1, 5);
      expect(grants.pass(frame)).to.equal(frame);
    }
    expect(grants.pass(grantOf(40))).to.deep.equal(grantOf(100));
  });

  for (const [name, flags] of [
    ['closed', 4],
    ['reset', 8],
  ] as const) {
    it(`are forgotten with a stream that is ${name}`, () => {
      const grants = new WindowGrants(100);
      grants.pass(grantOf(60));
      const end = header(1, flags, 1, 0);

      expect(grants.pass(end)).to.equal(end);
      expect(grants.pass(grantOf(60))).to.equal(undefined);
    });
  }

  it('are the only frames that wait', () => {
    const grants = new WindowGrants(100);
    const frames = [header(0, 0, 1, 0), header(2, 1, 0, 7), header(3, 0, 0, 0), new Uint8Array(3)];
    for (const frame of frames) expect(grants.pass(frame)).to.equal(frame);
  });

  it('leave the frame as it was', () => {
    const grants = new WindowGrants(100);
    grants.pass(grantOf(60));
    const frame = grantOf(60);

    grants.pass(frame);

    expect(frame).to.deep.equal(grantOf(60));
  });
});
