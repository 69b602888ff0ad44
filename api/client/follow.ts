/**
 * Follows a node's events, in a browser or a terminal: comes back by itself after whatever cuts it off, with the id of
 * the last event, and says how it stands.
 *
 * A refusal that will not change is final; anything else is tried again, ever more slowly.
 */
import { createParser } from 'eventsource-parser';

/** An event as it was sent. */
export interface HeardEvent {
  readonly name: string;
  /** Its data, parsed. */
  readonly data: unknown;
}

/** How the connection stands. */
export type Connection =
  | { readonly state: 'open' }
  /** Cut off: tried again in so many milliseconds. */
  | { readonly state: 'waiting'; readonly why: string; readonly retryMs: number }
  /** Refused for good. */
  | { readonly state: 'refused'; readonly why: string };

/** Who follows. */
export interface Follower {
  readonly signal: AbortSignal;
  onEvent(event: HeardEvent): void;
  onConnection(connection: Connection): void;
  /** Absent: what suits people. */
  readonly patience?: Patience;
}

/** How long is waited. */
export interface Patience {
  /** Before the second try; each next wait is twice as long, up to 20 times this. */
  readonly retryMs: number;
  /** Without anything that comes, before the connection is taken for a dead one. */
  readonly silenceMs: number;
}

/** A node samples itself every second: silence for so long is a connection that hangs. */
const PATIENCE: Patience = { retryMs: 500, silenceMs: 15_000 };
const RETRY_FACTOR_MAX = 20;
/** An event of a node is a few kilobytes. */
const EVENT_CHARS_MAX = 4_194_304;

/**
 * Follows until the signal aborts, or the node refuses for good. Rejects with what the follower throws: that is no
 * fault of the connection.
 */
export async function follow(url: string, follower: Follower): Promise<void> {
  const { signal, patience = PATIENCE } = follower;
  let lastId = '';
  const isLeft = (): boolean => signal.aborted;
  let { retryMs } = patience;
  while (!isLeft()) {
    const end = await listenOnce(url, lastId, {
      ...follower,
      onConnection: (connection) => {
        ({ retryMs } = patience);
        follower.onConnection(connection);
      },
      onId: (id) => {
        lastId = id;
      },
    });
    if (isLeft()) return;
    if (end.isFinal) {
      follower.onConnection({ state: 'refused', why: end.why });
      return;
    }
    follower.onConnection({ state: 'waiting', why: end.why, retryMs });
    await pause(retryMs, signal);
    retryMs = Math.min(2 * retryMs, RETRY_FACTOR_MAX * patience.retryMs);
  }
}

interface End {
  readonly why: string;
  readonly isFinal: boolean;
}

interface Hearing extends Follower {
  onId(id: string): void;
}

async function listenOnce(url: string, lastId: string, hearing: Hearing): Promise<End> {
  const silence = new Silence(hearing);
  try {
    const response = await fetch(url, {
      headers: lastId === '' ? {} : { 'Last-Event-ID': lastId },
      cache: 'no-store',
      signal: silence.signal,
    });
    if (!response.ok || response.body === null) return await refusalOf(response);
    if (!isEventStream(response)) {
      await response.body.cancel();
      return {
        why: `${url} is not a stream of events: is it the address of a node?`,
        isFinal: true,
      };
    }
    tell(() => {
      hearing.onConnection({ state: 'open' });
    });
    return { why: await readEvents(response.body, silence, hearing), isFinal: false };
  } catch (error) {
    if (error instanceof FollowerError) throw error.cause;
    return { why: silence.why() ?? reasonOf(error), isFinal: false };
  } finally {
    silence.end();
  }
}

/** Resolves to why the events have ended. */
async function readEvents(
  body: ReadableStream<Uint8Array>,
  silence: Silence,
  hearing: Hearing,
): Promise<string> {
  let why = 'the node has ended the connection';
  const parser = createParser({
    maxBufferSize: EVENT_CHARS_MAX,
    onEvent: ({ event = 'message', id, data }) => {
      if (id !== undefined) hearing.onId(id);
      const parsed: unknown = JSON.parse(data);
      if (event === 'end') why = detailOf(parsed) ?? why;
      tell(() => {
        hearing.onEvent({ name: event, data: parsed });
      });
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return why;
    silence.heard();
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

/** What a follower threw, on its way through the connection. */
class FollowerError extends Error {}

function tell(say: () => void): void {
  try {
    say();
  } catch (cause) {
    throw new FollowerError('the follower has failed', { cause });
  }
}

/** Only too many requests, and a node that is busy or stopping, are worth another try. */
async function refusalOf(response: Response): Promise<End> {
  const body: unknown = await response.json().catch(() => undefined);
  const why = detailOf(body) ?? `the node answered ${response.status}`;
  return { why, isFinal: response.status < 500 && response.status !== 429 };
}

function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true;
}

function detailOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('detail' in body)) return undefined;
  return typeof body.detail === 'string' ? body.detail : undefined;
}

/** A browser says "Failed to fetch", Node "fetch failed" with the cause inside. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause === 'object' && cause !== null && 'code' in cause) {
    return `no answer (${String(cause.code)})`;
  }
  return 'no answer';
}

/** Breaks off a connection on which nothing comes any more. */
class Silence {
  readonly #cut = new AbortController();
  readonly signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #limitMs: number;
  #isSilent = false;

  constructor({ signal, patience = PATIENCE }: Pick<Follower, 'signal' | 'patience'>) {
    this.#limitMs = patience.silenceMs;
    this.signal = AbortSignal.any([signal, this.#cut.signal]);
    this.heard();
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isSilent = true;
      this.#cut.abort();
    }, this.#limitMs);
  }

  why(): string | undefined {
    return this.#isSilent ? `nothing came for ${this.#limitMs / 1_000} s` : undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#cut.abort();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    resolve(undefined);
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end);
  return promise;
}
