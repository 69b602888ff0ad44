/**
 * The life of a node: it starts, runs, and ends once, whoever ends it.
 *
 * A fault during the start makes the start fail; a later one stops the whole node, which never goes on from
 * memory.
 */
import type { Log } from './log.ts';

/** A node that is running. */
export interface RunningNode {
  readonly chainId: Uint8Array;
  readonly apiUrl: string;
  readonly adminUrl: string;
  /** Stops in the reverse order of starting; may be called again. */
  stop(): Promise<void>;
  /** Resolves when the node has stopped; rejects with what made it stop by itself. */
  readonly ended: Promise<void>;
}

/** What has a life. */
export interface LifetimePorts {
  readonly log: Log;
  /** Stops all parts in the reverse order of starting; `why` is what made the node stop by itself. */
  stopParts(why: string | undefined): Promise<void>;
  /** Closes what was open before the parts were built. */
  close(): Promise<void>;
}

/** The life of one node. */
export class Lifetime {
  readonly #ports: LifetimePorts;
  readonly #ended = Promise.withResolvers<undefined>();
  #closed: string | undefined = 'the node is starting';
  #stopping: Promise<void> | undefined;
  #isStarting = true;
  #startFault: { readonly cause: unknown } | undefined;

  constructor(ports: LifetimePorts) {
    this.#ports = ports;
    this.#ended.promise.catch(() => undefined); // Whoever waits for it sees the rejection.
  }

  /** Runs a start; where it fails, what has started is stopped, and `close` is left to the caller. */
  async start(run: () => Promise<Omit<RunningNode, 'stop' | 'ended'>>): Promise<RunningNode> {
    try {
      const started = await run();
      this.#closed = undefined;
      this.#isStarting = false;
      return { ...started, stop: () => this.#stop(undefined), ended: this.#ended.promise };
    } catch (error) {
      await this.#ports.stopParts(undefined);
      throw error;
    }
  }

  /** Why the node serves nobody, as far as its own life goes. */
  closedBecause(): string | undefined {
    return this.#closed;
  }

  /** Takes a mistake of ours, or the failure of a disk: the node must stop. */
  readonly fault = (error: unknown): void => {
    if (this.#stopping !== undefined || this.#startFault !== undefined) return;
    this.#ports.log.error({ err: error }, 'node must stop');
    if (this.#isStarting) this.#startFault = { cause: error };
    else void this.#stop(error);
  };

  /** Throws what has gone wrong since the start began. */
  checkSound(): void {
    if (this.#startFault !== undefined) throw this.#startFault.cause;
  }

  #stop(fault: unknown): Promise<void> {
    this.#stopping ??= this.#end(fault);
    return this.#stopping;
  }

  async #end(fault: unknown): Promise<void> {
    const { log } = this.#ports;
    this.#closed = 'the node is stopping';
    try {
      await this.#ports.stopParts(reasonOf(fault));
      await this.#ports.close();
      log.info('node stopped');
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
    }
    if (fault === undefined) this.#ended.resolve(undefined);
    else this.#ended.reject(fault);
  }
}

function reasonOf(fault: unknown): string | undefined {
  if (fault === undefined) return undefined;
  return fault instanceof Error ? fault.message : 'an error that is none';
}
