import { expect } from 'chai';
import type { Command } from 'commander';

import { SETTINGS } from '../../../node/settings.ts';
import { VERSION } from '../../../node/version.ts';
import { createProgram } from '../../../scripts/cli/program.ts';
import { processOutput } from '../../../scripts/cli/output.ts';
import { runCommand } from '../../support/capturedOutput.ts';

/** Every command with its path, the program itself first. */
function listCommands(command: Command, path: readonly string[] = []): readonly Listed[] {
  const below = command.commands.flatMap((each) => listCommands(each, [...path, each.name()]));
  return [{ path, command }, ...below];
}

interface Listed {
  readonly path: readonly string[];
  readonly command: Command;
}

describe('the help of', () => {
  for (const { path, command } of listCommands(createProgram(processOutput))) {
    it(`birthmark ${path.join(' ')} names its options and commands, each with a sentence`, async () => {
      const { code, lines } = await runCommand(...path, '--help');
      const text = lines.join('\n');
      const names = [
        ...command.options.map(({ long }) => long ?? ''),
        ...command.commands.map((each) => each.name()),
      ];

      expect(code).to.equal(0);
      for (const name of names) expect(text).to.match(new RegExp(`^  .*${name}\\b.* {2,}\\S`, 'm'));
      expect(command.description()).to.match(/\w{4}/);
    });
  }

  it('birthmark start lists every setting with its default', async () => {
    const { lines } = await runCommand('start', '--help');
    const text = lines.join('\n');

    for (const { name, about, default: value } of SETTINGS) {
      expect(text).to.match(
        new RegExp(`^  ${name} +${about.replaceAll(/[.*+?()[\]{}|\\^$]/g, '.')}`, 'm'),
      );
      expect(text).to.include(value === '' ? '' : `[${value}]`);
    }
  });
});

describe('the command line', () => {
  it('has the commands that are promised', () => {
    const names = createProgram(processOutput).commands.map((command) => command.name());

    expect(names).to.include.members([
      'keys',
      'genesis',
      'start',
      'devnet',
      'authority',
      'camera',
      'submit',
      'verify',
      'status',
      'db',
      'audit',
      'doctor',
    ]);
  });

  it('tells its version', async () => {
    expect(await runCommand('--version')).to.deep.include({ code: 0, lines: [VERSION] });
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /Usage: birthmark/],
    ['an unknown command', ['mine'], /unknown command 'mine'/],
    ['a command that is almost one', ['verfy', 'x'], /Did you mean verify\?/],
    ['a group without its command', ['keys'], /Usage: birthmark keys/],
    ['an unknown command of a group', ['keys', 'crate'], /Did you mean create\?/],
    ['an unknown option', ['keys', 'show', '--what'], /unknown option '--what'/],
    ['a missing option', ['genesis', 'create'], /required option '--name <name>'/],
    ['a missing argument', ['verify'], /missing required argument 'photo'/],
    ['an argument too many', ['start', 'extra'], /too many arguments/],
    ['a port that is none', ['devnet', '--dir', 'x', '--api-port', '65536'], /0 to 65535/],
    ['no validators', ['devnet', '--dir', 'x', '--validators', '0'], /1 to 16/],
    ['an address that is none', ['authority', 'start', '--listen', 'here'], /127\.0\.0\.1:8001/],
    ['another encoding', ['authority', 'start', '--encoding', 'ber'], /raw or der/],
    ['another form', ['camera', 'capture', '--provisioning', 'x', '--form', 'v3'], /v1 or v2/],
    ['no pictures', ['camera', 'capture', '--provisioning', 'x', '--count', '0'], /above 0/],
    ['a node that is no URL', ['status', '--node', 'here'], /http:\/\/127\.0\.0\.1:8545/],
  ];
  for (const [what, argv, sentence] of wrong) {
    it(`is refused with ${what}: exit code 2 and a sentence`, async () => {
      const { code, notes } = await runCommand(...argv);

      expect(code).to.equal(2);
      expect(notes.join('\n')).to.match(sentence);
    });
  }

  it('points to its help where it is refused', async () => {
    const { notes } = await runCommand('keys', 'show', '--what');

    expect(notes.join('\n')).to.include('--help');
  });
});
