/** `birthmark log export`: from a running node and from a stopped one, the same files. */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { parseSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/wholeNetwork.ts';
import { type Json, WholeNode } from '../../support/wholeNode.ts';

/** Genesis and the block that is due at the start: two entries. */
const SIZE = 2;

describe('birthmark log export', () => {
  const folder = temporaryFolder();
  const stopped = path.join(folder, 'stopped');
  let node: WholeNode;
  let url = '';
  let count = 0;
  let out = '';

  before(async () => {
    node = await WholeNode.start(path.join(folder, 'node'));
    const other = await WholeNode.start(stopped);
    for (const each of [node, other]) {
      await until(async () => finalSizeOf(await each.get('/api/v1/status')) === SIZE);
    }
    await other.stop();
    url = node.running.apiUrl;
  });
  after(() => node.stop());
  beforeEach(() => {
    out = path.join(folder, `out-${count++}`);
  });

  const finalSizeOf = ({ body }: { readonly body: Json }): unknown =>
    (body['checkpoint'] as Json)['final_size'];
  const filesIn = (dir: string): readonly string[] =>
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => path.relative(dir, path.join(each.parentPath, each.name)))
      .sort();
  const genesisOf = (dir: string): string => path.join(dir, 'genesis.json');

  it('writes what a running node serves, byte for byte', async () => {
    const { code, values, notes } = await runCommand(
      ...['log', 'export', out, '--url', url, '--genesis', genesisOf(node.folder), '--json'],
    );

    expect([code, notes]).to.deep.equal([0, []]);
    expect(values[0]).to.deep.include({ tree_size: SIZE, entries_added: SIZE, ahead: false });
    expect(values[0]).to.deep.include({ files_written: 5, judged_by: 'genesis' });
    expect(filesIn(out)).to.deep.equal([
      'checkpoint',
      'log.vkey',
      'policy',
      'tile/0/000.p/2',
      'tile/entries/000.p/2',
    ]);
    for (const file of filesIn(out)) {
      const served = new Uint8Array(await (await fetch(`${url}/${file}`)).arrayBuffer());
      expect(new Uint8Array(readFileSync(path.join(out, file))), file).to.deep.equal(served);
    }
  });

  it('writes what a stopped node would serve, byte for byte', async () => {
    const { code, lines, notes } = await runCommand('log', 'export', out, '--dir', stopped);
    const again = new WholeNode(stopped);
    await again.start();
    const served = new Map<string, Uint8Array>();
    for (const file of filesIn(out)) {
      const answer = await fetch(`${again.running.apiUrl}/${file}`);
      served.set(file, new Uint8Array(await answer.arrayBuffer()));
    }
    await again.stop();

    expect([code, notes]).to.deep.equal([0, []]);
    expect(lines[0]).to.match(/^birthmark\.test\/[0-9a-f]{16}: 2 entries in .*, 2 of them new$/);
    for (const file of filesIn(out).filter((each) => each !== 'checkpoint')) {
      const written = new Uint8Array(readFileSync(path.join(out, file)));
      expect(written, file).to.deep.equal(served.get(file));
    }
    expect(parseSignedCheckpoint(readFileSync(path.join(out, 'checkpoint'))).treeSize).to.equal(
      SIZE,
    );
  });

  it('says where nobody judged the signatures', async () => {
    const { code, notes, values } = await runCommand('log', 'export', out, '--url', url, '--json');

    expect(code).to.equal(0);
    expect(values[0]).to.have.property('judged_by', null);
    expect(notes.join()).to.match(/was not judged.*give --policy or --genesis/);
  });

  it('judges by a policy in a file', async () => {
    const policy = path.join(folder, 'policy.txt');
    writeFileSync(policy, await (await fetch(`${url}/policy`)).text());
    const right = await runCommand('log', 'export', out, '--url', url, '--policy', policy);
    writeFileSync(policy, 'quorum\n');
    const wrong = await runCommand('log', 'export', out, '--url', url, '--policy', policy);

    expect([right.code, right.notes]).to.deep.equal([0, []]);
    expect(wrong.code).to.equal(1);
    expect(wrong.notes.join()).to.match(/policy\.txt: line 1: 0 words follow/);
  });

  it('refuses the log of another network, and writes none of it', async () => {
    const { code, notes } = await runCommand(
      ...['log', 'export', out, '--url', url, '--genesis', genesisOf(stopped)],
    );

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/the checkpoint is of another log than birthmark\.test\//);
    expect(filesIn(out)).to.deep.equal([]);
  });

  it('refuses a store of another chain than the genesis', async () => {
    const mixed = await WholeNode.start(path.join(folder, 'mixed'));
    await mixed.stop();
    copyFileSync(genesisOf(stopped), genesisOf(mixed.folder));
    const { code, notes } = await runCommand('log', 'export', out, '--dir', mixed.folder);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/holds another chain than that of the genesis/);
  });

  it('says how to export from a node that runs', async () => {
    const { code, notes } = await runCommand('log', 'export', out, '--dir', node.folder);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/is in use: stop the node, or export from it with --url/);
    expect(existsSync(out)).to.equal(false);
  });

  it('says where it cannot write', async () => {
    writeFileSync(out, 'a file');
    const { code, notes } = await runCommand('log', 'export', out, '--url', url);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/EEXIST.*out-/);
  });

  it('says that there is no store', async () => {
    copyFileSync(genesisOf(stopped), path.join(folder, 'genesis.json'));
    const { code, notes } = await runCommand('log', 'export', out, '--dir', folder);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/there is no store .*: is --dir the node's folder\?/);
  });

  it('tells nobody there from a refusal, by exit code 3', async () => {
    const closed = await WholeNode.start(path.join(folder, 'closed'));
    const { apiUrl } = closed.running;
    await closed.stop();
    const { code, notes } = await runCommand('log', 'export', out, '--url', apiUrl);

    expect(code).to.equal(3);
    expect(notes.join()).to.match(/no answer from http:\S+\/checkpoint/);
  }).timeout(30_000);

  for (const [what, options] of [
    ['neither a folder nor a URL', []],
    ['both', ['--dir', 'x', '--url', 'http://localhost']],
    ['two judges', ['--url', 'http://localhost', '--policy', 'x', '--genesis', 'y']],
  ] as const) {
    it(`is called wrongly with ${what}`, async () => {
      const { code } = await runCommand('log', 'export', out, ...options);

      expect(code).to.equal(2);
    });
  }
});
