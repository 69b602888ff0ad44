/** Routes of institutions and operators: the chain, and the node's own state. */
import { formatHex, parseHex } from '../../chain/bytes.ts';
import { ApiError } from '../errors.ts';
import { BLOCK_COUNT_DEFAULT, BLOCK_COUNT_MAX } from '../limits.ts';
import type { ApiPorts, BlockView } from '../ports.ts';
import { type Answer, type Description, type Exchange, jsonAnswer, type Route } from '../route.ts';
import { parseCount, parseHashText } from '../schemas/parse.ts';
import { formatBlock, formatState, formatTransaction } from '../views/chain.ts';
import type { Names } from '../views/names.ts';
import { formatAuthorities, formatStatus, formatValidators } from '../views/node.ts';
import { formatAsOf } from '../views/verify.ts';
import {
  AUTHORITIES,
  BLOCK,
  BLOCKS,
  GENESIS,
  HEALTH,
  METRICS,
  READY,
  STATE,
  STATUS,
  TRANSACTION,
  VALIDATORS,
} from './descriptions/institutions.ts';
import type { ChainTag } from './journalists.ts';

const REVALIDATE = { 'Cache-Control': 'no-cache' };

/** Returns the routes of institutions. */
export function institutionRoutes(ports: ApiPorts, names: Names, tag: ChainTag): readonly Route[] {
  return [...nodeRoutes(ports), ...chainRoutes(ports, names, tag)];
}

function get(path: string, description: Description, answer: Route['answer']): Route {
  return { method: 'GET', path, open: true, description, answer };
}

function nodeRoutes(ports: ApiPorts): readonly Route[] {
  const { status } = ports;
  return [
    get('/api/v1/status', STATUS, () => jsonAnswer(200, formatStatus(ports))),
    get('/health', HEALTH, () => jsonAnswer(200, { status: 'ok' })),
    get('/ready', READY, () => readyAnswer(ports)),
    get('/metrics', METRICS, () => metricsAnswer(ports)),
    get('/api/v1/validators', VALIDATORS, () =>
      jsonAnswer(200, formatValidators(status.validators())),
    ),
    get('/api/v1/authorities', AUTHORITIES, () =>
      jsonAnswer(200, formatAuthorities(status.authorities())),
    ),
  ];
}

function chainRoutes(ports: ApiPorts, names: Names, tag: ChainTag): readonly Route[] {
  const { ledger } = ports;
  const tagged = (value: unknown): Answer =>
    jsonAnswer(200, value, { etag: tag(), headers: REVALIDATE });
  const block = (text: string, name: string): Answer =>
    tagged(formatBlock(findBlock(ports, text, name), names));
  return [
    get('/api/v1/blocks', BLOCKS, (exchange) => tagged(listBlocks(exchange, ports, names))),
    get('/api/v1/blocks/{block}', BLOCK, (exchange) => block(exchange.param('block'), 'block')),
    get(
      '/api/v1/block/{block}',
      { ...BLOCK, operationId: 'getBlockByHeight', summary: 'The same, for existing clients.' },
      (exchange) => block(exchange.param('block'), 'block'),
    ),
    get('/api/v1/transactions/{tx_hash}', TRANSACTION, (exchange) => {
      const id = parseHashText(exchange.param('tx_hash'), 'tx_hash');
      const found = ledger.readTransaction(id);
      if (found === undefined) throw absent(ports, 'tx_hash: no such transaction is committed');
      return tagged(formatTransaction(found, names));
    }),
    get('/api/v1/genesis', GENESIS, () => tagged(ledger.genesis())),
    get('/api/v1/state', STATE, () => tagged(formatState(ledger.state(), names))),
  ];
}

/** What is not found by its hash may stand where this node does not look. */
function absent({ ledger }: Pick<ApiPorts, 'ledger'>, detail: string): ApiError {
  const base = ledger.baseHeight();
  if (base === 0) return new ApiError('ERR_NOT_FOUND', detail);
  return new ApiError(
    'ERR_NOT_HELD',
    `${detail} after block ${base}, with which the chain begins here: ask another node for earlier ones`,
  );
}

function notHeld(name: string, height: number, base: number): ApiError {
  return new ApiError(
    'ERR_NOT_HELD',
    `${name}: block ${height} is decided and not held here, where the chain begins with block ${base}: ask another node`,
  );
}

function readyAnswer({ status }: ApiPorts): Answer {
  const { notReady } = status.status();
  if (notReady.length > 0) {
    throw new ApiError('ERR_NOT_READY', `this node is not ready: ${notReady.join('; ')}`);
  }
  return jsonAnswer(200, { ready: true, reasons: [] });
}

async function metricsAnswer({ status }: ApiPorts): Promise<Answer> {
  return { status: 200, ...(await status.metrics()) };
}

function findBlock({ ledger }: ApiPorts, text: string, name: string): BlockView {
  const height = heightOf(text, name, { ledger });
  const block = ledger.readBlock(height);
  if (block !== undefined) return block;
  const base = ledger.baseHeight();
  if (height < base) throw notHeld(name, height, base);
  throw new ApiError('ERR_NOT_FOUND', `${name}: no such block is decided`);
}

function heightOf(text: string, name: string, { ledger }: Pick<ApiPorts, 'ledger'>): number {
  if (text === 'latest') return ledger.asOf().height;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new ApiError(
      'ERR_FIELD',
      `${name}: must be a height, a hash of 64 hex digits, or latest`,
    );
  }
  const height = ledger.findHeight(parseHex(text.toLowerCase()));
  if (height === undefined) throw absent({ ledger }, `${name}: no such block is decided`);
  return height;
}

function listBlocks(exchange: Exchange, { ledger }: ApiPorts, names: Names): unknown {
  const asOf = ledger.asOf();
  const base = ledger.baseHeight();
  const limit = parseCount(exchange.query('limit'), 'limit', {
    min: 1,
    max: BLOCK_COUNT_MAX,
    fallback: BLOCK_COUNT_DEFAULT,
  });
  const from = parseCount(exchange.query('from'), 'from', {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    fallback: Math.max(base, asOf.height - limit + 1),
  });
  if (from < base) throw notHeld('from', from, base);
  const end = Math.min(from + limit, asOf.height + 1);
  const blocks: unknown[] = [];
  for (let height = from; height < end; height++) {
    const block = ledger.readBlock(height);
    if (block !== undefined) blocks.push(formatBlock(block, names));
  }
  const next = end <= asOf.height ? end : null;
  return { blocks, from, limit, next, as_of: formatAsOf(asOf) };
}

/** Returns the tag of answers that follow from the chain alone: they change with its height only. */
export function createChainTag({ ledger }: ApiPorts): ChainTag {
  let chain: string | undefined;
  return () => {
    chain ??= formatHex(ledger.state().chainId.subarray(0, 4));
    return `${chain}-${ledger.asOf().height}`;
  };
}
