/** The one file for pages: what is in it, how large it is, and that it judges as a node does. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { verify } from '../../../chain/log/verify.ts';
import { type Bundle, bundleVerifier } from '../../../scripts/bundle.ts';
import { corpusClaims, hexOfBytes } from '../../support/corpusClaims.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const BYTES_MAX = 70_000;
const COMPRESSED_BYTES_MAX = 30_000;

describe('the offline check as one file', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'verify.js');
  let bundle: Bundle;

  before(async () => {
    bundle = await bundleVerifier();
    writeFileSync(file, bundle.code);
  });

  it('is small enough for a page', () => {
    expect(bundle.code.length).to.be.below(BYTES_MAX);
    expect(gzipSync(bundle.code).length).to.be.below(COMPRESSED_BYTES_MAX);
  });

  it('is made of the chain, its twin for browsers, and noble', () => {
    for (const input of bundle.inputs) {
      expect(input).to.match(/(^chain\/[^.]+|^scripts\/browser\/verify|\/@noble\/[^.]+)\.[jt]s$/);
    }
    expect(bundle.inputs)
      .to.include('chain/crypto/browser.ts')
      .and.not.include('chain/crypto/node.ts');
  });

  it('names the licences of what is in it', () => {
    const text = new TextDecoder().decode(bundle.code);

    expect(text).to.match(/^\/\*! birthmark-node \d+\.\d+\.\d+ - Apache-2\.0 \*\//);
    expect(text).to.include('noble-curves - MIT License');
  });

  it('needs nothing but the web, and comes to the verdicts of Node on the whole corpus', function () {
    this.timeout(120_000);
    const options = ['--experimental-vm-modules', '--no-warnings'];
    const printed = execFileSync(
      process.execPath,
      [...options, 'test/support/bundleProcess.ts', file],
      { cwd: ROOT, encoding: 'utf8' },
    );
    const own = corpusClaims().map(({ photograph, proof, policy }) =>
      verify({ file: { bytes: photograph }, proof, policy }),
    );

    expect(own.length).to.be.above(100);
    expect(JSON.parse(printed)).to.deep.equal(JSON.parse(JSON.stringify(own, hexOfBytes)));
  });
});
