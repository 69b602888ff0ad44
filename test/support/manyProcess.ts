/** Entry point of a process that runs the nodes of several folders as a development network does. */
import { processOutput } from '../../scripts/cli/output.ts';
import { runDevnet } from '../../scripts/devnet/processes.ts';

await runDevnet({ chainId: '', dirs: process.argv.slice(2) }, processOutput);
