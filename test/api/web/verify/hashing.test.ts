import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { hashPieces, PIECE_BYTES } from '../../../../api/web/verify/hashing.ts';

/** A file of zeros that counts what is read of it, and how much of that at a time. */
class CountedFile extends Blob {
  readonly starts: number[] = [];
  override readonly size: number;
  readonly #readable: number;

  constructor(size: number, readable = size) {
    super([]);
    this.size = size;
    this.#readable = readable;
  }

  override slice(start = 0, end = 0): Blob {
    this.starts.push(start);
    return new Blob([new Uint8Array(Math.max(0, Math.min(end, this.#readable) - start))]);
  }
}

const watch = (): { signal: AbortSignal; onProgress: (bytes: number) => void } => ({
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
const hashOf = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(bytes).digest());

describe('hashing of a file in pieces', () => {
  for (const size of [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES]) {
    it(`is the SHA-256 of ${size} bytes`, async () => {
      const file = new CountedFile(size);

      expect(await hashPieces(file, watch())).to.deep.equal(hashOf(new Uint8Array(size)));
    });
  }

  it('is of the bytes, in their order', async () => {
    const bytes = new Uint8Array(PIECE_BYTES + 7).map((_, i) => (i * 31) >> 3);

    expect(await hashPieces(new Blob([bytes]), watch())).to.deep.equal(hashOf(bytes));
  });

  it('reads one piece ahead, and no more', async () => {
    const file = new CountedFile(5 * PIECE_BYTES);
    const ahead: number[] = [];

    await hashPieces(file, {
      ...watch(),
      onProgress: (done) => ahead.push(file.starts.length - done / PIECE_BYTES),
    });

    expect(ahead).to.deep.equal([1, 1, 1, 1, 0]);
  });

  it('tells how far it is', async () => {
    const told: number[] = [];

    await hashPieces(new CountedFile(PIECE_BYTES + 5), {
      ...watch(),
      onProgress: (bytes) => told.push(bytes),
    });

    expect(told).to.deep.equal([PIECE_BYTES, PIECE_BYTES + 5]);
  });

  it('ends when it is given up', async () => {
    const controller = new AbortController();
    const file = new CountedFile(9 * PIECE_BYTES);

    const error = await hashPieces(file, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    }).catch((cause: unknown) => cause);

    expect(error).to.have.property('name', 'AbortError');
    expect(file.starts).to.have.length(2);
  });

  it('refuses a file that has become shorter', async () => {
    const file = new CountedFile(2 * PIECE_BYTES, PIECE_BYTES);

    const error = await hashPieces(file, watch()).catch((cause: unknown) => cause);

    expect(error).to.be.an('error').with.property('message').that.includes('ends at');
  });
});
