/**
 * Routes of the institution's Sigstore log: bundles and what they are judged by, and the log itself as Rekor v2 serves
 * one.
 */
import { formatHex } from '../../chain/bytes.ts';
import { ApiError } from '../errors.ts';
import { SIGSTORE_ENTRIES_PER_SECOND_MAX, SIGSTORE_ENTRY_BYTES_MAX } from '../limits.ts';
import type { ApiPorts, SigstoreEntry, SigstorePort } from '../ports.ts';
import { createRateLimit, type RateLimit } from '../rateLimit.ts';
import { type Answer, type Exchange, jsonAnswer, type Route } from '../route.ts';
import { parseHashText, parseWith } from '../schemas/parse.ts';
import { BUNDLE_TYPE, createEntrySchema, toHashedRekord } from '../schemas/sigstore.ts';
import {
  formatBundle,
  formatLogEntry,
  formatSignerKey,
  formatTrustedRoot,
} from '../views/sigstore.ts';
import {
  SIGSTORE_APPEND,
  SIGSTORE_BUNDLE,
  SIGSTORE_CHECKPOINT,
  SIGSTORE_KEY,
  SIGSTORE_TILE,
  SIGSTORE_TRUSTED_ROOT,
} from './descriptions/sigstore.ts';
import { BRIEFLY, FOR_A_MINUTE, textAnswer, tileAnswer } from './logAnswers.ts';

/** Returns the routes of the Sigstore log. */
export function sigstoreRoutes({ sigstore }: Pick<ApiPorts, 'sigstore'>): readonly Route[] {
  const rateLimit = createRateLimit(SIGSTORE_ENTRIES_PER_SECOND_MAX);
  const get = { method: 'GET', open: true } as const;
  const log = (): SigstorePort => sigstore ?? refuseAbsent();
  return [
    {
      ...get,
      path: '/api/v1/sigstore/trusted_root.json',
      description: SIGSTORE_TRUSTED_ROOT,
      answer: () => jsonAnswer(200, formatTrustedRoot(log().trust()), { headers: FOR_A_MINUTE }),
    },
    {
      ...get,
      path: '/api/v1/sigstore/key.pem',
      description: SIGSTORE_KEY,
      answer: () => textAnswer(formatSignerKey(log().trust()), FOR_A_MINUTE),
    },
    {
      ...get,
      path: '/api/v1/sigstore/{image_hash}',
      description: SIGSTORE_BUNDLE,
      answer: (exchange) => bundleAnswer(exchange, log(), rateLimit),
    },
    {
      method: 'POST',
      open: false,
      path: '/api/v2/log/entries',
      description: SIGSTORE_APPEND,
      answer: (exchange) => appendAnswer(exchange, log(), rateLimit),
    },
    {
      ...get,
      path: '/api/v2/checkpoint',
      description: SIGSTORE_CHECKPOINT,
      answer: () => textAnswer(log().checkpoint(), BRIEFLY),
    },
    {
      ...get,
      path: '/api/v2/tile/{path+}',
      busy: true,
      description: SIGSTORE_TILE,
      answer: (exchange) => tileAnswer(exchange.param('path'), log()),
    },
  ];
}

function refuseAbsent(): never {
  throw new ApiError(
    'ERR_NO_SIGSTORE',
    'this node has no Sigstore log: ask the node of another institution (its operator sets SIGSTORE_DIR)',
  );
}

async function bundleAnswer(
  exchange: Exchange,
  log: SigstorePort,
  rateLimit: RateLimit,
): Promise<Answer> {
  const imageHash = parseHashText(exchange.param('image_hash'), 'image_hash');
  const entry =
    log.find(imageHash) ?? (await makeEntry(exchange, rateLimit, () => log.sign(imageHash)));
  return {
    status: 200,
    contentType: BUNDLE_TYPE,
    body: JSON.stringify(formatBundle(entry)),
    headers: {
      // The proof is of the newest tree.
      'Cache-Control': 'no-cache',
      'Content-Disposition': `inline; filename="${formatHex(imageHash)}.sigstore.json"`,
    },
  };
}

async function appendAnswer(
  exchange: Exchange,
  log: SigstorePort,
  rateLimit: RateLimit,
): Promise<Answer> {
  const { value } = await exchange.readJson(SIGSTORE_ENTRY_BYTES_MAX);
  const record = toHashedRekord(parseWith(createEntrySchema, value));
  const entry = await makeEntry(exchange, rateLimit, () => log.append(record));
  return jsonAnswer(201, formatLogEntry(entry));
}

function makeEntry(
  { address }: Exchange,
  rateLimit: RateLimit,
  make: () => Promise<SigstoreEntry>,
): Promise<SigstoreEntry> {
  if (rateLimit(address, 1)) return make();
  throw new ApiError('ERR_RATE', 'too many entries for now', { retryAfterS: 1 });
}
