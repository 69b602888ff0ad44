/**
 * A validator that ends itself with SIGKILL where it is told to:
 *
 *     node scripts/torture/crashNode.ts DIR [POINT OCCURRENCE]
 *
 * It is `birthmark start --dir DIR` otherwise, with the same message when it is ready. A message
 * `{ point, occurrence }` sets the trap later; it counts from then on.
 */
import { formatHex } from '../../chain/bytes.ts';
import { fieldsOf } from '../../genesis/json.ts';
import { readConfig } from '../../node/config.ts';
import type { CrashPoint } from '../../node/crashPoint.ts';
import { createLog } from '../../node/log.ts';
import { startNode } from '../../node/node.ts';
import { readEnvironment, type ReadyMessage } from '../cli/commands/start.ts';

/** Where to end, and after passing it how many times more. */
interface Trap {
  readonly point: string;
  left: number;
}

const [dir = '.', givenPoint, givenOccurrence] = process.argv.slice(2);
let trap: Trap | undefined =
  givenPoint === undefined ? undefined : { point: givenPoint, left: Number(givenOccurrence) };

function onPoint(point: CrashPoint): void {
  if (trap?.point !== point) return;
  trap.left -= 1;
  // The kernel ends every thread before this call returns.
  if (trap.left <= 0) process.kill(process.pid, 'SIGKILL');
}

const config = readConfig(await readEnvironment(dir), dir);
const node = await startNode(config, { log: createLog(config.logLevel), onPoint });
const stop = (): void => {
  void node.stop();
};
process.on('SIGTERM', stop);
process.on('disconnect', stop);
process.on('message', (message) => {
  const { point, occurrence } = fieldsOf(message);
  trap = { point: String(point), left: Number(occurrence) };
});
const ready: ReadyMessage = { ready: true, api: node.apiUrl, chainId: formatHex(node.chainId) };
// Whoever started it may be gone by then, and it ends with them.
if (process.connected) process.send?.(ready);
else stop();
await node.ended;
if (process.connected) process.disconnect();
