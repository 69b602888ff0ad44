/** What an examination needs of the machine and the network. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';

/** What came of connecting to an address. */
export type Reach = 'reachable' | 'refused' | 'no answer';

/** The world of an examination. */
export interface DoctorWorld {
  readonly nodeVersion: string;
  /** Wall clock, Unix milliseconds. */
  nowMs(): number;
  /** Addresses of a name. */
  lookup(host: string): Promise<readonly string[]>;
  connect(host: string, port: number): Promise<Reach>;
}

const CONNECT_TIMEOUT_MS = 2_000;

/** This machine, as it is. */
export const systemWorld: DoctorWorld = {
  nodeVersion: process.versions.node,
  nowMs: () => Date.now(),
  lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  connect: connectTo,
};

function connectTo(host: string, port: number): Promise<Reach> {
  const { promise, resolve } = Promise.withResolvers<Reach>();
  const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
  const end = (reach: Reach): void => {
    resolve(reach);
    socket.destroy();
  };
  socket.once('connect', () => {
    end('reachable');
  });
  socket.once('timeout', () => {
    end('no answer');
  });
  socket.once('error', (error: NodeJS.ErrnoException) => {
    end(error.code === 'ECONNREFUSED' ? 'refused' : 'no answer');
  });
  return promise;
}
