/** Photographs: a file's hash, and small pictures made up where there is no file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { encode } from 'jpeg-js';

import { CameraError } from './errors.ts';

const WIDTH = 64;
const HEIGHT = 48;
const QUALITY = 80;
const CHANNEL_COUNT = 4;
const DISC_COUNT = 6;

/** Resolves to SHA-256 of the file's bytes, read in pieces: any size. Rejects with ERR_PHOTO. */
export async function hashPhoto(file: string, signal: AbortSignal): Promise<Uint8Array> {
  const digest = createHash('sha256');
  try {
    await pipeline(createReadStream(file), digest, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new CameraError('ERR_PHOTO', `${file} cannot be read; name an existing file`, { cause });
  }
  return new Uint8Array(digest.digest());
}

/** Returns the bytes of a small JPEG. Equal seeds give equal bytes, others others. */
export function createPhoto(seed: number): Uint8Array {
  const random = createRandom(seed);
  const discs = Array.from({ length: DISC_COUNT }, () => ({
    x: random() * WIDTH,
    y: random() * HEIGHT,
    radius: 4 + random() * 12,
    color: [random() * 256, random() * 256, random() * 256],
  }));
  const data = new Uint8Array(WIDTH * HEIGHT * CHANNEL_COUNT);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const x = i % WIDTH;
    const y = Math.floor(i / WIDTH);
    const disc = discs.find((each) => Math.hypot(each.x - x, each.y - y) < each.radius);
    // Noise, as every sensor has: it also makes the bytes of two seeds differ.
    const color = disc?.color ?? [90, 140, 90 + 2 * y];
    data.set([...color.map((value) => value + 16 * random()), 255], i * CHANNEL_COUNT);
  }
  const { data: jpeg } = encode({ width: WIDTH, height: HEIGHT, data }, QUALITY);
  return new Uint8Array(jpeg);
}

/** Mulberry32: small and even enough for pictures. Not for secrets. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
