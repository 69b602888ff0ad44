/** `birthmark top` on a terminal, over real HTTP. */
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

import { expect } from 'chai';

import { createApi } from '../../../api/server.ts';
import { runTop, type TopEnd } from '../../../scripts/top/top.ts';
import type { TerminalStreams } from '../../../scripts/top/terminal.ts';
import { startApi, stopAll } from '../../api/client.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { recordWith } from '../../support/memoryLedger.ts';
import { createMemoryPorts } from '../../support/memoryPorts.ts';
import { StandInNode } from '../../support/standInNode.ts';

/** A terminal of a test: what was written is kept, and keys are typed. */
class TestTerminal {
  readonly stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    rawModes: [] as boolean[],
    setRawMode(isRaw: boolean) {
      this.rawModes.push(isRaw);
    },
  });
  readonly stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  written = '';
  readonly #changed = new EventTarget();

  constructor() {
    this.stdout.setEncoding('utf8');
    this.stdout.on('data', (text: string) => {
      this.written += text;
      this.#changed.dispatchEvent(new Event('change'));
    });
  }

  get streams(): TerminalStreams {
    return this as unknown as TerminalStreams;
  }

  /** The screen as it stands, as lines without what moves the cursor. */
  get screen(): readonly string[] {
    const last = this.written.split('\u001b[H').at(-1) ?? '';
    return stripVTControlCharacters(last).split('\r\n');
  }

  /** Resolves when the screen shows what is looked for. */
  async shows(what: RegExp): Promise<void> {
    while (!what.test(this.screen.join('\n'))) {
      await new Promise((resolve) => {
        this.#changed.addEventListener('change', resolve, { once: true });
      });
    }
  }
}

describe('birthmark top on a terminal', () => {
  let terminal: TestTerminal;
  let running: Promise<TopEnd> | undefined;

  beforeEach(() => {
    terminal = new TestTerminal();
  });
  afterEach(async () => {
    terminal.stdin.write('q');
    await running;
    await stopAll();
  });

  const run = (url: string): Promise<TopEnd> => {
    running = runTop({ url, hasColour: false }, terminal.streams);
    return running;
  };

  it('shows the network, each line on its own, and how it is left', async () => {
    const { url } = await startApi();
    void run(url);

    await terminal.shows(/All is well\./);

    expect(terminal.screen).to.have.length(24);
    expect(terminal.screen.at(-1)).to.equal('q quits');
    expect(terminal.screen[0]).to.include(url).and.to.include('live');
  });

  for (const [name, key] of [
    ['q', 'q'],
    ['Q', 'Q'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ] as const) {
    it(`is left by ${name}, and gives the terminal back as it was`, async () => {
      const { url } = await startApi();
      const ended = run(url);
      await terminal.shows(/All is well\./);

      terminal.stdin.write(key);

      expect(await ended).to.deep.equal({ type: 'left' });
      expect(terminal.written.startsWith('\u001b[?1049h\u001b[?25l')).to.equal(true);
      expect(terminal.written.endsWith('\u001b[?25h\u001b[?1049l')).to.equal(true);
      expect(terminal.stdin.rawModes).to.deep.equal([true, false]);
    });
  }

  it('stays for other keys', async () => {
    const { url } = await startApi();
    void run(url);
    await terminal.shows(/All is well\./);

    terminal.stdin.write('x');
    terminal.stdout.rows = 10;
    terminal.stdout.emit('resize');

    await terminal.shows(/^(.*\n){9}q quits$/);
  });

  it('follows the size of the terminal', async () => {
    const { url } = await startApi();
    void run(url);
    await terminal.shows(/All is well\./);

    Object.assign(terminal.stdout, { columns: 50, rows: 12 });
    terminal.stdout.emit('resize');

    await terminal.shows(/^(.*\n){11}q quits$/);
    for (const line of terminal.screen) expect(line.length).to.be.at.most(50);
  });

  it('says that a node has gone, and goes on when it is back', async () => {
    const ports = createMemoryPorts();
    const { url, port, stop } = await startApi({ ports });
    void run(url);
    await terminal.shows(/All is well\./);

    await stop();
    await terminal.shows(/No connection: .* Trying again\./);
    ports.ledger.commit([recordWith()]);
    const again = createApi({ host: '127.0.0.1', port }, ports);
    await again.start();

    await terminal.shows(/All is well\.(.*\n)+.*height 1,/);
    await again.stop();
  });

  it('ends where the address is not that of a node, and says so', async () => {
    const other = await StandInNode.start();

    const end = await run(other.url);

    other.stop();
    expect(end).to.deep.equal({
      type: 'failed',
      why: 'nothing has this name here',
      isRefused: true,
    });
    expect(terminal.written.endsWith('\u001b[?1049l')).to.equal(true);
  });
});

describe('birthmark top --once', () => {
  afterEach(stopAll);

  it('prints the network with rates, with exit code 0', async () => {
    const { url } = await startApi({ options: { events: { sampleIntervalMs: 200 } } });

    const { code, lines } = await runCommand('top', url, '--once');

    expect(code).to.equal(0);
    expect(lines[1]).to.equal('All is well.');
    expect(lines.join('\n')).to.match(/^submissions +0 a second/m);
    for (const line of lines) expect(line).to.equal(stripVTControlCharacters(line).trimEnd());
  });

  it('says with exit code 3 that nobody answers', async () => {
    const { code, notes } = await runCommand('top', 'http://127.0.0.1:1', '--once');

    expect(code).to.equal(3);
    expect(notes.join('\n')).to.include('is the node running, and is this its address?');
  });

  it('says with exit code 1 that the address is not that of a node', async () => {
    const other = await StandInNode.start();

    const { code, notes } = await runCommand('top', other.url, '--once');

    other.stop();
    expect(code).to.equal(1);
    expect(notes.join('\n')).to.include('refuses: nothing has this name here');
  });

  for (const url of ['nonsense', 'ftp://127.0.0.1/', '127.0.0.1:8545', '']) {
    it(`is called wrongly with ${JSON.stringify(url)}: exit code 2 and a sentence`, async () => {
      const { code, notes } = await runCommand('top', url, '--once');

      expect(code).to.equal(2);
      expect(notes.join('\n')).to.include('is not a URL such as http://127.0.0.1:8545');
    });
  }
});
