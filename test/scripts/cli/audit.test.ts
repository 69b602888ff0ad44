import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { formatHex } from '../../../chain/bytes.ts';
import { createSigner } from '../../../chain/signature.ts';
import { chainIdOf, type Genesis } from '../../../genesis/document.ts';
import { openAudit } from '../../../node/audit/audit.ts';
import { openAuditDisk } from '../../../node/audit/disk.ts';
import type { AuditEvent } from '../../../node/audit/event.ts';
import { readKeys } from '../../../node/keys.ts';
import { readGenesis } from '../../../scripts/cli/files.ts';
import { captureLog } from '../../support/capturedLog.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { commitAt, NOW_MS, refusalFrom } from '../../node/audit/rig.ts';

describe('birthmark audit', () => {
  const folder = temporaryFolder();
  const dir = path.join(folder, 'node');
  const audit = path.join(dir, 'data', 'audit');
  const genesisPath = path.join(dir, 'genesis.json');
  const file = (number: number): string => path.join(audit, `audit-00000${number}.jsonl`);
  let genesis: Genesis;
  let key = '';

  /** One run of the node's audit, with the keys of its folder. */
  const write = async (events: readonly AuditEvent[], atMs = NOW_MS): Promise<void> => {
    const seed = (await readKeys(path.join(dir, 'keys'))).consensus;
    const publicKey = ed25519PublicKey(seed);
    const opened = await openAudit(
      { chainId: chainIdOf(genesis), sign: createSigner(seed), publicKey, fileBytesMax: 1_000 },
      {
        disk: await openAuditDisk(audit),
        clock: new FakeClock(atMs),
        log: captureLog().log,
        onFault: () => undefined,
      },
    );
    for (const event of events) opened.record(event);
    await opened.close();
  };

  before(async () => {
    mkdirSync(dir);
    const keys = path.join(dir, 'keys');
    await runCommand('keys', 'create', '--dir', keys);
    await runCommand('genesis', 'create', '--name', 'v1', '--keys', keys, '--out', genesisPath);
    ({ genesis } = await readGenesis(genesisPath));
    key = formatHex(genesis.validators[0]!.consensusKey);
  });
  beforeEach(async () => {
    rmSync(audit, { recursive: true, force: true });
    await write([commitAt(1), commitAt(2)]);
    await write([refusalFrom('v9', 'a\nb')], NOW_MS + 1_000);
  });

  const check = (...argv: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand('audit', 'check', ...argv);

  for (const [what, place] of [
    ['the node', dir],
    ['the data', path.join(dir, 'data')],
    ['the audit', audit],
  ] as const) {
    it(`check finds nothing in a sound one, by the folder of ${what}`, async () => {
      const { code, lines, notes } = await check(place);

      expect([code, notes]).to.deep.equal([0, []]);
      expect(lines[0]).to.equal('2 files, 7 lines, 2 seals');
      expect(lines[2]).to.equal(`sealed by  ${key}  v1`);
      expect(lines.slice(3)).to.deep.equal(['intact']);
    });
  }

  it('check takes a key, or a genesis, and refuses the audit of another', async () => {
    const other = path.join(folder, 'other.json');
    const keys = path.join(folder, 'other-keys');
    await runCommand('keys', 'create', '--dir', keys);
    await runCommand('genesis', 'create', '--name', 'x', '--keys', keys, '--out', other);
    const outcomes = [
      await check(dir, '--key', key),
      await check(dir, '--genesis', genesisPath),
      await check(dir, '--key', '0'.repeat(64)),
      await check(dir, '--genesis', other),
    ];

    expect(outcomes.map(({ code }) => code)).to.deep.equal([0, 0, 1, 1]);
    expect(outcomes[3]?.notes.join()).to.match(/other-key: line 1 of .* names the key/);
  });

  it('check says in plain words what was done, and where', async () => {
    writeFileSync(file(1), readFileSync(file(1), 'latin1').replace('"height":2', '"height":7'));
    const { code, notes, lines } = await check(dir);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(
      /^birthmark: changed: line 3 of \S*audit-000001.jsonl was changed/,
    );
    expect(lines).to.not.include('intact');
  });

  it('check finds an end that is cut off, and a head that is gone', async () => {
    rmSync(file(2));
    const cut = await check(dir);
    rmSync(path.join(audit, 'head.json'));
    const headless = await check(dir);

    expect([cut.code, headless.code]).to.deep.equal([1, 1]);
    expect(cut.notes.join()).to.match(/cut: line 5 of .*the head names sequence 7/);
    expect(headless.notes.join()).to.match(/removed: head.json is missing/);
  });

  it('check is content with a torn end, and says what it is', async () => {
    writeFileSync(file(2), `${readFileSync(file(2), 'latin1')}{"seq":8,`);
    const { code, lines } = await check(dir);

    expect(code).to.equal(0);
    expect(lines.join('\n')).to.match(
      /note: the last 9 bytes \(0 whole lines\) have no seal: a crash/,
    );
  });

  it('check wants the first file, unless it is told that earlier ones are elsewhere', async () => {
    rmSync(file(1));
    const outcomes = [
      await check(dir),
      await check(dir, '--first', '2'),
      await check(dir, '--first', '3'),
    ];

    expect(outcomes.map(({ code }) => code)).to.deep.equal([1, 0, 2]);
    expect(outcomes[0]?.notes.join()).to.match(/removed: line 1 .*lines 1 to 4 were removed/);
  });

  it('check of one file says what cannot be told from it', async () => {
    const { code, lines } = await check(file(2));

    expect(code).to.equal(0);
    expect(lines.join('\n'))
      .to.match(/give --key or --genesis/)
      .and.match(/cannot be told from it alone/);
  });

  it('check prints JSON', async () => {
    const sound = await check(dir, '--json');
    writeFileSync(file(1), '');
    const changed = await check(dir, '--json');

    expect(sound.values[0]).to.deep.include({
      intact: true,
      lines: 7,
      last_seq: 7,
      key,
      validator: 'v1',
      notes: [],
    });
    expect(changed.values[0]).to.deep.include({ intact: false });
    expect((changed.values[0] as { problem: object }).problem).to.include({
      kind: 'removed',
      line: 1,
      file: file(2),
    });
  });

  it('check of an audit without a line is content', async () => {
    rmSync(audit, { recursive: true });
    await write([]);

    expect((await check(dir)).code).to.equal(0);
  });

  it('show prints what is on record, without seals', async () => {
    const { code, lines } = await runCommand('audit', 'show', dir);

    expect(code).to.equal(0);
    expect(lines.map((line) => line.split(/ {2,}/)[2])).to.deep.equal([
      'file',
      'commit',
      'commit',
      'file',
      'refusal',
    ]);
    expect(lines[4]).to.match(/^2026-11-21T01:36:41\.000Z +6 {2}refusal {6}code ERR_SIGNATURE {2}/);
    expect(lines[4]).to.include('message a\\u{a}b  from v9');
  });

  it('show prints one kind of event, and what is not older than a time', async () => {
    const seals = await runCommand('audit', 'show', dir, '--event', 'seal');
    const late = await runCommand('audit', 'show', dir, '--since', '2026-11-21T01:36:41Z');
    const none = await runCommand('audit', 'show', dir, '--since', '2026-11-22');

    expect([seals.lines.length, late.lines.length, none.lines.length]).to.deep.equal([2, 2, 0]);
  });

  it('show prints lines as JSON, as they stand in the file', async () => {
    const { values } = await runCommand('audit', 'show', dir, '--event', 'commit', '--json');
    const [, second = ''] = readFileSync(file(1), 'latin1').split('\n');

    expect(JSON.stringify(values[0])).to.equal(second);
  });

  it('show never prints what is no line, and says so', async () => {
    writeFileSync(file(2), `\x1b[2J\n${readFileSync(file(2), 'latin1')}`, 'latin1');
    const { code, lines, notes } = await runCommand('audit', 'show', dir);

    expect(code).to.equal(0);
    expect([...lines, ...notes].join()).to.not.include('\x1b');
    expect(notes.join()).to.match(
      /line 1 of .*audit-000002.jsonl is none: run "birthmark audit check"/,
    );
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a place that is not there', ['check', path.join(folder, 'none')], /there is no .*none/],
    ['a folder without an audit', ['check', folder], /there is no audit in/],
    ['a key that is none', ['check', dir, '--key', 'abc'], /64 lower-case hex digits/],
    ['a file number that is none', ['check', dir, '--first', '0'], /integer above 0/],
    ['an event that is none', ['show', dir, '--event', 'coffee'], /There is start, key_loaded/],
    ['a time that is none', ['show', dir, '--since', 'yesterday'], /2026-11-21T12:00:00Z/],
  ];
  for (const [what, argv, sentence] of wrong) {
    it(`is refused with ${what}: exit code 2 and a sentence`, async () => {
      const { code, notes } = await runCommand('audit', ...argv);

      expect(code).to.equal(2);
      expect(notes.join()).to.match(sentence);
    });
  }
});
