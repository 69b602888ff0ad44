/**
 * One HTTP/1.1 connection with one request under way at a time.
 *
 * Requests are ready-made bytes and answers are looked at as little as possible: what the generator does not
 * use of the processors is left to what is measured.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer: its status, and the bytes of its body. */
export interface RawAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

interface Waiting {
  resolve(answer: RawAnswer): void;
  reject(cause: Error): void;
}

/** Well below what any server here allows. */
const IDLE_MS_MAX = 4_000;
const HEAD_END = '\r\n\r\n';
const STATUS_START = 9;
const STATUS_END = 12;
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** A connection to a server on this machine. One that was idle for long is opened anew: servers close such. */
export class Connection {
  readonly #port: number;
  #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: Waiting | undefined;
  /** When it was opened or used last. */
  #usedMs = performance.now();

  private constructor(port: number, socket: Socket) {
    this.#port = port;
    this.#socket = this.#listen(socket);
  }

  /** Connects to a port of this machine. */
  static async open(port: number): Promise<Connection> {
    return new Connection(port, await connectTo(port));
  }

  /** Sends a whole request; resolves to its answer. Rejects if the connection ends before it. */
  async send(request: Uint8Array): Promise<RawAnswer> {
    const nowMs = performance.now();
    if (nowMs - this.#usedMs > IDLE_MS_MAX) {
      this.close();
      this.#socket = this.#listen(await connectTo(this.#port));
    }
    this.#usedMs = nowMs;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  /** Closes the connection. */
  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #listen(socket: Socket): Socket {
    this.#received = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed a connection')));
    return socket;
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headLength = this.#received.indexOf(HEAD_END);
    if (headLength < 0) return;
    const head = this.#received.toString('latin1', 0, headLength);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined) {
      this.#fail(new Error('an answer names no length'));
      return;
    }
    const bodyStart = headLength + HEAD_END.length;
    if (this.#received.length < bodyStart + Number(length)) return;
    const body = this.#received.subarray(bodyStart);
    this.#received = Buffer.alloc(0);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(STATUS_START, STATUS_END)), body });
  }

  #fail(cause: Error): void {
    this.#waiting?.reject(cause);
    this.#waiting = undefined;
  }
}

async function connectTo(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  return socket;
}

/** Returns the bytes of a request. */
export function formatRequest(
  method: 'GET' | 'POST',
  path: string,
  body: string | undefined,
): Uint8Array {
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n`;
  if (body === undefined) return Buffer.from(`${head}\r\n`);
  const length = Buffer.byteLength(body);
  const fields = `content-type: application/json\r\ncontent-length: ${length}\r\n`;
  return Buffer.from(`${head}${fields}\r\n${body}`);
}
