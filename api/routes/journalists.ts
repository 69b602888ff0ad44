/** Routes of journalists: what is known of a photograph's hash. */
import { ApiError } from '../errors.ts';
import { OBJECT_BODY_BYTES_MAX } from '../limits.ts';
import type { ApiPorts } from '../ports.ts';
import { problemOf } from '../problem.ts';
import { type Answer, type Exchange, jsonAnswer, type Route } from '../route.ts';
import { parseHashText, parseWith } from '../schemas/parse.ts';
import type { Problem } from '../schemas/problem.ts';
import { questionSchema } from '../schemas/verify.ts';
import { formatStatus } from '../views/node.ts';
import { type Finding, formatAsOf, isFound, type Verifier } from '../views/verify.ts';
import type { Assets } from '../web/assets.ts';
import { dropPage, refusalPage, verifyPage } from '../web/verifyPage.ts';
import { filesTagOf, webPageAnswer } from '../web/webPage.ts';
import {
  BLOCKCHAIN_STATUS,
  BLOCKCHAIN_VERIFY,
  VERIFY,
  VERIFY_MANY,
  VERIFY_PAGE,
} from './descriptions/journalists.ts';

/** Returns the entity tag of what follows from the chain alone. */
export type ChainTag = () => string;

/** What routes of journalists are made of. */
export interface JournalistParts {
  readonly verifier: Verifier;
  readonly tag: ChainTag;
  readonly assets: Assets;
}

/** Returns the routes of journalists. */
export function journalistRoutes(ports: ApiPorts, parts: JournalistParts): readonly Route[] {
  const { verifier, tag, assets } = parts;
  const find = (exchange: Exchange): Finding =>
    verifier.find(parseHashText(exchange.param('image_hash'), 'image_hash'));
  const get = { method: 'GET', open: true } as const;
  return [
    {
      ...get,
      path: '/api/v1/verify/{image_hash}',
      busy: true,
      description: VERIFY,
      answer: (exchange) => findingAnswer(find(exchange), tag),
    },
    {
      method: 'POST',
      open: true,
      path: '/api/v1/verify',
      description: VERIFY_MANY,
      answer: (exchange) => verifyMany(exchange, ports, verifier),
    },
    {
      ...get,
      path: '/verify/{image_hash}',
      description: VERIFY_PAGE,
      answer: (exchange) => pageOrJson(exchange, find, parts),
    },
    { ...get, path: '/verify', answer: (exchange) => dropAnswer(exchange, assets) },
    {
      ...get,
      path: '/api/v1/blockchain/verify/{image_hash}',
      description: BLOCKCHAIN_VERIFY,
      answer: (exchange) => ({ ...findingAnswer(find(exchange), tag), status: 200 }),
    },
    {
      ...get,
      path: '/api/v1/blockchain/status',
      description: BLOCKCHAIN_STATUS,
      answer: () => jsonAnswer(200, blockchainStatus(ports)),
    },
  ];
}

const REVALIDATE = { 'Cache-Control': 'no-cache' };

/** A registered hash follows from the chain alone; whether one is pending does not, so it has no tag. */
function findingAnswer(finding: Finding, tag: ChainTag): Answer {
  return isFound(finding)
    ? jsonAnswer(200, finding, { etag: tag(), headers: REVALIDATE })
    : jsonAnswer(404, finding);
}

async function verifyMany(
  exchange: Exchange,
  ports: ApiPorts,
  verifier: Verifier,
): Promise<Answer> {
  const { value } = await exchange.readJson(OBJECT_BODY_BYTES_MAX);
  const { image_hashes: hashes } = parseWith(questionSchema, value);
  // The request itself has paid for the first.
  if (hashes.length > 1 && !exchange.charge(hashes.length - 1)) {
    throw new ApiError('ERR_RATE', 'too many hashes for now', { retryAfterS: 1 });
  }
  const result = (hash: unknown, i: number): Finding | Problem => {
    try {
      return verifier.find(
        parseHashText(typeof hash === 'string' ? hash : '', `image_hashes[${i}]`),
      );
    } catch (error) {
      return problemOf(error, (fault) => ports.onFault(fault));
    }
  };
  return jsonAnswer(200, { results: hashes.map(result), as_of: formatAsOf(ports.ledger.asOf()) });
}

/** The same address for people and programs; only who names text/html gets a page. */
function pageOrJson(
  exchange: Exchange,
  find: (exchange: Exchange) => Finding,
  { tag, assets }: JournalistParts,
): Answer {
  const headers = { ...REVALIDATE, Vary: 'Accept' };
  if (!asksForHtml(exchange.header('accept') ?? '')) {
    const answer = findingAnswer(find(exchange), tag);
    return { ...answer, headers };
  }
  try {
    const finding = find(exchange);
    const found = isFound(finding);
    const content = verifyPage(finding);
    // The page names files of the build, so it changes with any of them too.
    const etag = found ? `${tag()}-${filesTagOf(content, assets)}` : undefined;
    return { ...webPageAnswer(found ? 200 : 404, content, assets), etag, headers };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...webPageAnswer(400, refusalPage(error.message), assets), headers };
  }
}

/** The page where photographs are dropped. Its form, where no script runs, asks it for a hash. */
function dropAnswer(exchange: Exchange, assets: Assets): Answer {
  const hash = exchange.query('hash');
  if (hash === undefined) return webPageAnswer(200, dropPage(), assets);
  const headers = { ...REVALIDATE, Location: `/verify/${encodeURIComponent(hash.trim())}` };
  return { status: 303, contentType: 'text/plain; charset=utf-8', body: '', headers };
}

function asksForHtml(accept: string): boolean {
  return accept.split(',').some((range) => {
    const [type, ...params] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'text/html' && !params.some((param) => /^q=0(\.0*)?$/.test(param));
  });
}

function blockchainStatus(ports: ApiPorts): unknown {
  const status = formatStatus(ports);
  return {
    ...status,
    height: status.block_height,
    submission_count: status.total_hashes,
    pending_validations: status.pending_submissions,
    status: status.ready ? 'operational' : 'not_ready',
  };
}
