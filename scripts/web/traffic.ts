/** What pages ask of the network, from the browser's own log. */
import type { BrowserContext, Request } from 'playwright-core';

/** What was asked until a moment. */
export interface Traffic {
  /** Addresses that were asked for over the network; one that is asked for twice stands twice. */
  readonly urls: readonly string[];
  /** Of all answers that have ended, as they were sent: compressed, with headers. */
  readonly bytes: number;
}

/** Begins to count; the answer goes on, and resolves to what was asked so far. */
export function watchTraffic(context: BrowserContext): () => Promise<Traffic> {
  const requests: Request[] = [];
  const ended = new Set<Request>();
  context.on('request', (request) => requests.push(request));
  context.on('requestfinished', (request) => ended.add(request));
  return async () => {
    const seen = requests.map(async (request) => ({
      url: request.url(),
      bytes: ended.has(request) ? await bytesOf(request) : undefined,
    }));
    // An answer that goes on, as events do, is not weighed; one without a byte came from the cache.
    const sent = (await Promise.all(seen)).filter(({ bytes }) => bytes !== 0);
    return {
      urls: sent.map(({ url }) => url),
      bytes: sent.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    };
  };
}

async function bytesOf(request: Request): Promise<number> {
  const { responseBodySize, responseHeadersSize } = await request.sizes();
  if (responseBodySize !== 0) return responseBodySize + responseHeadersSize;
  // Of a worker's script the browser tells the page's log the headers alone.
  const length = (await request.response())?.headers()['content-length'];
  return responseHeadersSize + Number(length ?? 0);
}
