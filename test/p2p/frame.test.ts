import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes, formatHex, parseHex } from '../../chain/bytes.ts';
import { encodeFrame, FrameReader } from '../../p2p/frame.ts';
import { codeOf } from './rig.ts';

/** Reads all bodies of chunks that come one after the other. */
function readAll(reader: FrameReader, chunks: readonly Uint8Array[]): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let body = reader.next(); body !== undefined; body = reader.next()) bodies.push(body);
  }
  return bodies;
}

/** Cuts bytes after each of these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length];
  const sorted = ends.toSorted((a, b) => a - b);
  return sorted.map((end, i) => bytes.subarray(sorted[i - 1] ?? 0, end));
}

const codeFor = (hex: string): Promise<unknown> =>
  codeOf((async () => readAll(new FrameReader(4), [parseHex(hex)]))());

describe('a frame', () => {
  it('is the length in four bytes, then the body', () => {
    expect(formatHex(encodeFrame(parseHex('0a0b'), parseHex('0c')))).to.equal('000000030a0b0c');
  });

  it('is read whole however the bytes come', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), { maxLength: 5 });
    const places = fc.array(fc.nat(), { maxLength: 30 });

    fc.assert(
      fc.property(bodies, places, (expected, cuts) => {
        const bytes = concatBytes(...expected.map((body) => encodeFrame(body)));

        const read = readAll(new FrameReader(20_000), cut(bytes, cuts));

        expect(read).to.deep.equal(expected);
      }),
    );
  });

  it('is read byte by byte', () => {
    const bytes = encodeFrame(new Uint8Array(10_000).fill(7));

    const read = readAll(
      new FrameReader(10_000),
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
    );

    expect(read).to.deep.equal([new Uint8Array(10_000).fill(7)]);
  });

  it('is a copy: the bytes that came may change afterwards', () => {
    const bytes = encodeFrame(Uint8Array.of(1, 2));
    const [body] = readAll(new FrameReader(4), [bytes]);

    bytes.fill(9);

    expect(body).to.deep.equal(Uint8Array.of(1, 2));
  });
});

describe('the length of a frame', () => {
  const cases = [
    ['00000000', 'ERR_FRAMING', 'nothing is no message'],
    ['0000000101', 'fulfilled', 'the smallest'],
    ['0000000401020304', 'fulfilled', 'the largest'],
    ['00000005', 'ERR_FRAMING', 'one above the largest'],
    ['ffffffff', 'ERR_FRAMING', 'four gigabytes'],
    ['000000', 'fulfilled', 'not whole yet'],
  ] as const;

  for (const [hex, code, because] of cases) {
    it(`${hex} is ${code}: ${because}`, async () => {
      expect(await codeFor(hex)).to.equal(code);
    });
  }

  it('is judged before a byte of the body has come', () => {
    const reader = new FrameReader(1_000);

    reader.push(parseHex('000003e9'));

    expect(() => reader.next()).to.throw('a frame of 1001 bytes is not of 1..1000');
  });

  it('reserves little until the body has come', () => {
    const largest = 1_024 * 1_048_576;
    const before = process.memoryUsage().arrayBuffers;

    const readers = Array.from({ length: 100 }, () => new FrameReader(largest));
    for (const reader of readers) {
      reader.push(parseHex('40000000ff'));
      expect(reader.next()).to.equal(undefined);
    }

    expect(process.memoryUsage().arrayBuffers - before).to.be.below(10 * 1_048_576);
  });
});

describe('random bytes', () => {
  it('are frames or ERR_FRAMING, and never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array()), async (chunks) => {
        const code = await codeOf((async () => readAll(new FrameReader(64), chunks))());

        expect(code).to.be.oneOf(['fulfilled', 'ERR_FRAMING']);
      }),
    );
  });
});
