/** What the servers of the benchmark share. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server tells the process that started it. */
export interface Listening {
  readonly port: number;
}

/** Serves on a free port of this machine until the process that started this one lets go of it. */
export async function serve(listener: RequestListener): Promise<void> {
  const server = createServer(listener);
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
    if (process.connected) process.disconnect();
  };
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  const listening: Listening = { port };
  process.send?.(listening);
}
