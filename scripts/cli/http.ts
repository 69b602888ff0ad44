/** Asking a node's interface from the command line. */
import { request } from 'undici';

import { fieldsOf } from '../../genesis/json.ts';
import { reasonOf } from './files.ts';
import { CommandError } from './output.ts';

const TIMEOUT_MS = 30_000;
/** Not that of an answer: who asks whether a photograph is registered must be able to tell. */
const EXIT_NO_ANSWER = 3;

/** An answer in JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Returns a node's answer to a GET. Throws a CommandError that says what to do where there is none. */
export async function getJson(node: string, path: string): Promise<JsonAnswer> {
  const url = urlOf(node, path);
  try {
    const answer = await request(url, {
      headers: { accept: 'application/json' },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    return { status: answer.statusCode, body: fieldsOf(await answer.body.json()) };
  } catch (cause) {
    throw new CommandError(
      `no answer from ${url.origin} (${reasonOf(cause)}): is the node running, and is --node right?`,
      EXIT_NO_ANSWER,
      { cause },
    );
  }
}

function urlOf(node: string, path: string): URL {
  if (!URL.canParse(path, node)) {
    throw new CommandError(`--node ${node} is not a URL such as http://127.0.0.1:8545`, 2);
  }
  return new URL(path, node);
}
