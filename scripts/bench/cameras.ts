/** Cameras, and submissions that are signed before anything is measured. */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

import { type Provisioning, parseProvisioning } from '../camera/provisioning.ts';
import { signV1 } from '../camera/sign.ts';
import { BenchError } from './children.ts';
import type { Authority } from './world.ts';

const HASH_BYTES = 32;
const FLUSH_COUNT = 1_000;

/** Provisions cameras with the authority. */
export async function provisionCameras(
  { url }: Authority,
  count: number,
): Promise<readonly Provisioning[]> {
  const cameras: Provisioning[] = [];
  for (let i = 1; i <= count; i++) {
    const answer = await fetch(new URL('api/v1/devices/provision', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ device_serial: `BENCH-${i}`, device_family: 'Simulated camera' }),
    });
    if (answer.status !== 201) throw new BenchError(`the authority answered ${answer.status}`);
    cameras.push(parseProvisioning(await answer.text(), 'the provision answer'));
  }
  return cameras;
}

/** Submissions to be made ready. */
export interface Submissions {
  readonly count: number;
  /** Submissions of each body; 1 makes bodies that are one object. */
  readonly perBody: number;
  /** File that gets a body in each line. */
  readonly file: string;
}

/** Signs submissions of fresh pictures, by the cameras in turn, in form v1 as the reference cameras do. */
export async function writeSubmissions(
  cameras: readonly Provisioning[],
  { count, perBody, file }: Submissions,
): Promise<void> {
  const handle = await open(file, 'w');
  let lines = '';
  for (let made = 0; made < count;) {
    const size = Math.min(perBody, count - made);
    const list = Array.from({ length: size }, (_each, i) => signFresh(cameras, made + i));
    lines += `${JSON.stringify(perBody === 1 ? list[0] : list)}\n`;
    made += size;
    if (made % FLUSH_COUNT === 0 || made >= count) {
      await handle.write(lines);
      lines = '';
    }
  }
  await handle.close();
}

function signFresh(cameras: readonly Provisioning[], number: number): object {
  const camera = cameras[number % cameras.length];
  if (camera === undefined) throw new BenchError('there is no camera');
  const claims = {
    imageHash: new Uint8Array(randomBytes(HASH_BYTES)),
    capturedAt: Math.floor(Date.now() / 1_000),
    gpsHash: undefined,
    parents: [],
    digests: [],
  };
  return signV1(claims, camera);
}
