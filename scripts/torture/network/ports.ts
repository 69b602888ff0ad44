/** Ports for validators that are started again and again. */
import { randomInt } from 'node:crypto';

import getPort, { portNumbers } from 'get-port';

const HOST = '127.0.0.1';
/** Below those that systems give to connections by themselves: between two starts nobody takes one by chance. */
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;
/** Ports that are tried from a random one on. */
const TRIED_COUNT = 500;

/** Resolves to a port on which a validator can listen a moment later. */
export function freePort(): Promise<number> {
  const first = randomInt(PORT_MIN, PORT_MAX - TRIED_COUNT);
  return getPort({ host: HOST, port: portNumbers(first, first + TRIED_COUNT) });
}
