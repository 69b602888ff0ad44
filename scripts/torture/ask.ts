/** One question to a node's interface. */

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly json: unknown;
}

/** Longer than any long poll that is asked for here. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Resolves to the answer; `body` makes it a POST. Rejects where there is no connection, or no whole answer. */
export async function ask(url: URL, body?: unknown): Promise<Reply> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const response = await fetch(
    url,
    body === undefined
      ? { signal }
      : {
          signal,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
  );
  return { status: response.status, json: await response.json() };
}

/** Returns the elements of a JSON list; none for anything else. */
export function elementsOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [];
}
