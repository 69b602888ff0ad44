import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import { decode } from 'jpeg-js';

import { formatHex } from '../../../chain/bytes.ts';
import { createPhoto, hashPhoto } from '../../../scripts/camera/photo.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { never } from './rig.ts';

describe('a photograph', () => {
  const folder = temporaryFolder();

  it('is hashed as it lies on disk', async () => {
    const file = path.join(folder, 'abc');
    writeFileSync(file, 'abc');

    const hash = await hashPhoto(file, never());

    // FIPS 180-2, appendix B.1.
    expect(formatHex(hash)).to.equal(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('is refused where there is no file', async () => {
    const refusal = await hashPhoto(path.join(folder, 'absent'), never()).catch(
      (error: unknown) => error,
    );

    expect(refusal).to.have.property('code', 'ERR_PHOTO');
  });

  it('that is made up is a JPEG', () => {
    const { width, height } = decode(createPhoto(1), { useTArray: true });

    expect([width, height]).to.deep.equal([64, 48]);
  });

  it('that is made up depends on the seed alone', () => {
    const photos = Array.from({ length: 100 }, (_, seed) => formatHex(createPhoto(seed)));

    expect(new Set(photos).size).to.equal(100);
    expect(formatHex(createPhoto(7))).to.equal(photos[7]);
  });
});
