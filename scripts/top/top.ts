/** `birthmark top`: follows a node's events, on a terminal until somebody ends it, or once. */
import { type Connection, follow } from '../../api/client/follow.ts';
import {
  afterConnection,
  afterEvent,
  NOTHING_KNOWN,
  type NetworkView,
} from '../../api/client/network.ts';
import { renderTop } from './render.ts';
import { Terminal, type TerminalStreams } from './terminal.ts';

/** What is followed. */
export interface TopOptions {
  readonly url: string;
  readonly hasColour: boolean;
}

/** How it ended. */
export type TopEnd =
  | { readonly type: 'left' }
  /** No answer, or a refusal for good. */
  | { readonly type: 'failed'; readonly why: string; readonly isRefused: boolean };

const TYPES = 'block,validator,status';
const QUIT_KEYS = new Set(['q', 'Q', '\u0003', '\u0004']);
const REFRESH_MS = 1_000;
/** A node samples itself every second; the second sample has rates. */
const ONCE_MS_MAX = 10_000;

/** Returns the address of a node's events. */
function eventsUrl(node: string): string {
  return new URL(`/api/v1/events?types=${TYPES}`, node).href;
}

/** Shows the network on a terminal; resolves when somebody has left, or the node has refused for good. */
export async function runTop(options: TopOptions, streams: TerminalStreams): Promise<TopEnd> {
  const left = new AbortController();
  let view: NetworkView = NOTHING_KNOWN;
  let refusal: string | undefined;
  const leave = (): void => {
    left.abort();
  };
  const show = (): void => {
    const { columns, rows } = terminal.size;
    const lines = renderTop(view, { ...options, columns, rows: rows - 1, nowMs: Date.now() });
    const pad = Array.from({ length: Math.max(0, rows - 1 - lines.length) }, () => '');
    terminal.show([...lines, ...pad, 'q quits']);
  };
  const terminal = new Terminal(streams, {
    onKey: (key) => {
      if (QUIT_KEYS.has(key)) leave();
    },
    onResize: show,
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, leave);
  terminal.open();
  const timer = setInterval(show, REFRESH_MS);
  try {
    show();
    await follow(eventsUrl(options.url), {
      signal: left.signal,
      onEvent: (event) => {
        view = afterEvent(view, event);
        // Blocks that were missed come in a row; the next sample shows them.
        if (event.name !== 'block') show();
      },
      onConnection: (connection) => {
        view = afterConnection(view, { connection, atMs: Date.now() });
        if (connection.state === 'refused') refusal = connection.why;
        show();
      },
    });
  } finally {
    clearInterval(timer);
    terminal.close();
    for (const signal of signals) process.off(signal, leave);
  }
  return refusal === undefined
    ? { type: 'left' }
    : { type: 'failed', why: refusal, isRefused: true };
}

/** What was seen, once. */
export type Glance =
  { readonly type: 'seen'; readonly view: NetworkView } | Extract<TopEnd, { type: 'failed' }>;

/** Resolves to the network as it stands, with rates; tries no second time. */
export async function lookOnce(url: string): Promise<Glance> {
  const cut = new AbortController();
  const tooLate = setTimeout(() => {
    cut.abort();
  }, ONCE_MS_MAX);
  let view: NetworkView = NOTHING_KNOWN;
  let failure: Exclude<Connection, { state: 'open' }> | undefined;
  await follow(eventsUrl(url), {
    signal: cut.signal,
    onEvent: (event) => {
      view = afterEvent(view, event);
      if (event.name === 'status') cut.abort();
    },
    onConnection: (connection) => {
      view = afterConnection(view, { connection, atMs: Date.now() });
      if (connection.state === 'open') return;
      failure = connection;
      cut.abort();
    },
  });
  clearTimeout(tooLate);
  if (view.sample !== undefined) return { type: 'seen', view };
  const why = failure?.why ?? `nothing came within ${ONCE_MS_MAX / 1_000} s`;
  return { type: 'failed', why, isRefused: failure?.state === 'refused' };
}
