/** The `birthmark` command: its subcommands, and how their ends become exit codes. */
import { Command, CommanderError } from 'commander';

import { VERSION } from '../../node/version.ts';
import { auditCommand } from './commands/audit.ts';
import { authorityCommand } from './commands/authority.ts';
import { cameraCommand, submitCommand } from './commands/camera.ts';
import { dbCommand } from './commands/db.ts';
import { devnetCommand } from './commands/devnet.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evidenceCommand } from './commands/evidence.ts';
import { genesisCommand } from './commands/genesis.ts';
import { keysCommand } from './commands/keys.ts';
import { logCommand } from './commands/log.ts';
import { monitorCommand } from './commands/monitor.ts';
import { sigstoreCommand } from './commands/sigstore.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { timestampCommand } from './commands/timestamp.ts';
import { topCommand } from './commands/top.ts';
import { tsaCommand } from './commands/tsa.ts';
import { verifyCommand } from './commands/verify.ts';
import { witnessCommand } from './commands/witness.ts';
import { CommandError, EXIT_USAGE, type Output } from './output.ts';

/** Returns the command line, writing to `output`. */
export function createProgram(output: Output): Command {
  const program = new Command('birthmark')
    .description(
      'a permissioned blockchain node that tells whether a photograph came out of a camera',
    )
    .version(VERSION);
  const commands = [
    keysCommand,
    genesisCommand,
    startCommand,
    devnetCommand,
    authorityCommand,
    cameraCommand,
    submitCommand,
    verifyCommand,
    evidenceCommand,
    timestampCommand,
    tsaCommand,
    sigstoreCommand,
    witnessCommand,
    statusCommand,
    topCommand,
    dbCommand,
    logCommand,
    monitorCommand,
    auditCommand,
    doctorCommand,
  ];
  for (const create of commands) program.addCommand(create(output));
  adopt(program, output);
  return program;
}

/** Lets a command and all below it write to `output`, and throw where they would end the process. */
function adopt(command: Command, output: Output): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output.line(text.trimEnd());
      },
      writeErr: (text) => {
        output.note(text.trimEnd());
      },
    })
    .showHelpAfterError('(add --help to see what is possible)');
  for (const each of command.commands) adopt(each, output);
}

/** Runs a command line; resolves to the exit code. Programmer errors reject. */
export async function runProgram(argv: readonly string[], output: Output): Promise<number> {
  try {
    await createProgram(output).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof CommandError) {
      if (error.message !== '') output.note(`birthmark: ${error.message}`);
      return error.exitCode;
    }
    if (isExpected(error)) {
      output.note(`birthmark: ${error.message}`);
      return 1;
    }
    throw error;
  }
}

/** Errors with a stable code are written for people; Node's own, and any other, are mistakes of ours. */
function isExpected(error: unknown): error is Error {
  if (error instanceof TypeError || error instanceof RangeError) return false;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_');
}
