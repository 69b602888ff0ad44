/**
 * Routes of the log: what anybody needs to check an answer without believing this node.
 *
 * Formats are those of C2SP (docs/proofs.md), so that programs of others read them. What a final checkpoint covers
 * never changes, and may be kept by any cache for ever.
 */
import { formatBase64 } from '../../chain/bytes.ts';
import { formatTlogProofText, type TlogProof } from '../../chain/log/tlogProof.ts';
import { ApiError } from '../errors.ts';
import type { ApiPorts, LogPort } from '../ports.ts';
import { type Answer, type Exchange, jsonAnswer, type Route } from '../route.ts';
import { parseCount, parseHashText } from '../schemas/parse.ts';
import { formatProof } from '../views/proof.ts';
import { awaitProof, refuseUnfinished } from './awaitProof.ts';
import { BRIEFLY, FOR_A_MINUTE, textAnswer, tileAnswer } from './logAnswers.ts';
import { CHECKPOINT, CONSISTENCY, POLICY, PROOF, TILE, VERIFIER_KEY } from './descriptions/log.ts';

/** Returns the routes of the log. */
export function logRoutes({ log }: Pick<ApiPorts, 'log'>): readonly Route[] {
  const get = { method: 'GET', open: true } as const;
  return [
    {
      ...get,
      path: '/checkpoint',
      busy: true,
      description: CHECKPOINT,
      answer: (exchange) => checkpointAnswer(exchange, log),
    },
    {
      ...get,
      path: '/tile/{path+}',
      busy: true,
      description: TILE,
      answer: (exchange) => tileAnswer(exchange.param('path'), log),
    },
    {
      ...get,
      path: '/policy',
      description: POLICY,
      answer: (exchange) => policyAnswer(exchange, log),
    },
    {
      ...get,
      path: '/log.vkey',
      description: VERIFIER_KEY,
      answer: () => textAnswer(`${log.verifierKey()}\n`, FOR_A_MINUTE),
    },
    {
      ...get,
      path: '/api/v1/proof/{image_hash}',
      busy: true,
      description: PROOF,
      answer: (exchange) => proofAnswer(exchange, log),
    },
    {
      ...get,
      path: '/api/v1/consistency',
      description: CONSISTENCY,
      answer: (exchange) => consistencyAnswer(exchange, log),
    },
  ];
}

function checkpointAnswer(exchange: Exchange, log: LogPort): Answer {
  const witnessed = exchange.query('witnessed') ?? 'false';
  if (witnessed !== 'true' && witnessed !== 'false') {
    throw new ApiError('ERR_FIELD', 'witnessed: must be true or false');
  }
  if (witnessed === 'false') return textAnswer(log.checkpoint() ?? refuseUnfinished(), BRIEFLY);
  const checkpoint = log.witnessedCheckpoint();
  if (checkpoint !== undefined) return textAnswer(checkpoint, BRIEFLY);
  throw new ApiError('ERR_NOT_FOUND', 'no outside witness has cosigned a checkpoint');
}

function policyAnswer(exchange: Exchange, log: LogPort): Answer {
  const size = parseSize(exchange, 'size', log.finalSize());
  const policy = log.policy(size);
  if (policy === undefined) {
    throw new ApiError('ERR_NOT_FOUND', `size: the log has ${log.finalSize()} entries`);
  }
  return textAnswer(policy, FOR_A_MINUTE);
}

function parseSize(exchange: Exchange, name: string, fallback: number): number {
  return parseCount(exchange.query(name), name, { min: 0, max: Number.MAX_SAFE_INTEGER, fallback });
}

async function proofAnswer(exchange: Exchange, log: LogPort): Promise<Answer> {
  const imageHash = parseHashText(exchange.param('image_hash'), 'image_hash');
  const format = exchange.query('format') ?? 'text';
  if (format !== 'text' && format !== 'json') {
    throw new ApiError('ERR_FIELD', 'format: must be text or json');
  }
  const proof = await awaitProof(imageHash, exchange, log);
  const headers = { 'Cache-Control': 'no-cache' };
  return format === 'json'
    ? { ...jsonAnswer(200, formatProof(proof)), headers }
    : fileAnswer(proof, exchange.param('image_hash').toLowerCase());
}

/** A browser that follows a link saves it under a name that says what it is. */
function fileAnswer(proof: TlogProof, name: string): Answer {
  // Text goes out with the headers in one write; bytes do not.
  return textAnswer(formatTlogProofText(proof), {
    'Cache-Control': 'no-cache',
    'Content-Disposition': `inline; filename="${name}.tlog-proof"`,
  });
}

function consistencyAnswer(exchange: Exchange, log: LogPort): Answer {
  const newSize = parseSize(exchange, 'to', log.finalSize());
  const oldSize = parseSize(exchange, 'from', 0);
  if (oldSize > newSize) throw new ApiError('ERR_RANGE', `from: must be at most ${newSize}`);
  const hashes = log.proveConsistency({ oldSize, newSize });
  if (hashes === undefined) {
    throw new ApiError('ERR_NOT_FOUND', `to: the log has ${log.finalSize()} entries`);
  }
  return jsonAnswer(200, { from: oldSize, to: newSize, hashes: hashes.map(formatBase64) });
}
