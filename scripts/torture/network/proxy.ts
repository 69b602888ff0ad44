/**
 * One direction in which a validator dials another: a TCP proxy that can be cut and healed.
 *
 * A silent cut is that of a network: nothing comes through, nobody is told, and what was on its way arrives
 * when it is healed. A loud one is that of a firewall: connections are reset, and new ones refused at once.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** How a link is cut. */
export type Manner = 'silent' | 'loud';

/** A connection through the proxy. */
interface Pair {
  readonly near: Socket;
  /** Undefined until the proxy has dialled on: not while it is cut. */
  far: Socket | undefined;
}

/** A proxy before one validator, for one other. */
export class Proxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #targetPort = 0;
  #cut: Manner | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (near) => {
      this.#accept(near);
    });
  }

  /** Listens on a free port. */
  static async open(): Promise<Proxy> {
    // Pauses are ours: a connection must not be read before it leads anywhere.
    const server = createServer({ pauseOnConnect: true }).listen(0, HOST);
    await once(server, 'listening');
    return new Proxy(server);
  }

  /** Where it is dialled, as a multiaddr. */
  get address(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `/ip4/${HOST}/tcp/${port}`;
  }

  /** Says on which port the validator behind it listens from now on. */
  aim(port: number): void {
    this.#targetPort = port;
  }

  /** Lets nothing through. */
  cut(manner: Manner): void {
    this.#cut = manner;
    for (const pair of this.#pairs) {
      if (manner === 'loud') end(pair);
      else for (const socket of [pair.near, pair.far]) socket?.pause();
    }
  }

  /** Lets everything through again. */
  heal(): void {
    this.#cut = undefined;
    for (const pair of this.#pairs) {
      if (pair.far === undefined) this.#dial(pair);
      else for (const socket of [pair.near, pair.far]) socket.resume();
    }
  }

  /** Ends all connections, and takes no more. */
  close(): void {
    this.#server.close();
    for (const pair of this.#pairs) end(pair);
  }

  #accept(near: Socket): void {
    const pair: Pair = { near, far: undefined };
    this.#watch(near, pair);
    if (this.#cut === 'loud') end(pair);
    else if (this.#cut === undefined) this.#dial(pair);
  }

  #dial(pair: Pair): void {
    const far = connect({ host: HOST, port: this.#targetPort });
    pair.far = far;
    this.#watch(far, pair);
    this.#join(pair.near, far);
    this.#join(far, pair.near);
    pair.near.resume();
  }

  #join(from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      if (this.#cut === undefined) from.resume();
    });
    from.on('end', () => {
      to.end();
    });
  }

  /** The end of one side is the end of the other. */
  #watch(socket: Socket, pair: Pair): void {
    this.#pairs.add(pair);
    socket.setNoDelay(true);
    // A reset is an end like any other: `close` follows it.
    socket.on('error', () => undefined);
    socket.on('close', (hadError) => {
      this.#pairs.delete(pair);
      // What is still to be written to the other side is no less true for it.
      if (hadError) end(pair);
      else for (const each of [pair.near, pair.far]) each?.destroySoon();
    });
  }
}

function end({ near, far }: Pair): void {
  near.resetAndDestroy();
  far?.resetAndDestroy();
}
