/** `npm run demo` as a process: it ends by itself with `--once`, and leaves nothing behind. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { type Birthmark, killGroup, startProgram } from '../support/crashProcess.ts';

const DEMO = path.resolve(import.meta.dirname, '../../scripts/demo/main.ts');
const RUN_MS_MAX = 90_000;

describe('the demonstration', function () {
  this.timeout(RUN_MS_MAX);
  let demo: Birthmark | undefined;

  afterEach('kill what a failed test left', () => {
    if (demo !== undefined) killGroup(demo);
  });

  it('registers three photographs, and shows what the node answers', async () => {
    demo = startProgram(DEMO, ['--once']);
    const [, dir = ''] = await demo.says(/(\/\S*birthmark-demo-\w+)\//);
    const { code } = await demo.ended;

    expect(code, demo.stderr()).to.equal(0);
    expect(demo.stdout().match(/"verified": true/g)).to.have.length(3);
    expect(demo.stdout()).to.match(
      /\[ +[\d.]+ s\] All 3 photographs are registered and verified by v1\./,
    );
    expect(readdirSync(path.dirname(dir))).to.not.include(path.basename(dir));
  });

  it('stays up, says where both pages are, and ends when it is told to', async () => {
    demo = startProgram(DEMO, []);
    const [, api = ''] = await demo.says(/drop photographs at (http:\S+)\/verify\n/);
    const [, same = ''] = await demo.says(/see the network at +(http:\S+)\/network\n/);

    expect(same).to.equal(api);
    for (const page of ['/verify', '/network']) {
      expect((await fetch(api + page)).status, page).to.equal(200);
    }
    demo.process.kill('SIGTERM');
    expect((await demo.ended).code).to.equal(0);
  });

  for (const args of [
    ['--validators', '0'],
    ['--validators', '17'],
    ['--validators', 'x'],
    ['--all'],
  ]) {
    it(`is called wrongly with ${args.join(' ')}`, async () => {
      demo = startProgram(DEMO, args);
      const { code } = await demo.ended;

      expect(code).to.equal(2);
      expect(demo.stderr()).to.match(/--validators is a number from 1 to 16|Unknown option/);
    });
  }
});
