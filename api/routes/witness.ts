/**
 * Routes of a witness of other logs (C2SP tlog-witness): the submission prefix is the node's own address, the
 * monitoring prefix `/witness`.
 *
 * What is wrong with a question is a problem, but for another size, which is answered as the protocol has it.
 */
import { formatSizeAnswer } from '../../chain/log/addCheckpoint.ts';
import { ADD_CHECKPOINT_BYTES_MAX } from '../../chain/log/limits.ts';
import { ApiError } from '../errors.ts';
import { CHECKPOINTS_PER_SECOND_MAX } from '../limits.ts';
import type { ApiPorts } from '../ports.ts';
import { createRateLimit } from '../rateLimit.ts';
import type { Answer, Route } from '../route.ts';
import { parseHashText } from '../schemas/parse.ts';
import type { WitnessAnswer } from '../witnessPorts.ts';
import { ADD_CHECKPOINT, SIZE_TYPE, WITNESSED } from './descriptions/witness.ts';

const TEXT_TYPE = 'text/plain; charset=utf-8';

/** Returns the routes of a witness. */
export function witnessRoutes({ witness }: Pick<ApiPorts, 'witness'>): readonly Route[] {
  const rateLimit = createRateLimit(CHECKPOINTS_PER_SECOND_MAX);
  return [
    {
      method: 'POST',
      path: '/add-checkpoint',
      open: false,
      description: ADD_CHECKPOINT,
      answer: async (exchange) => {
        if (witness === undefined) refuseUnknown();
        if (!rateLimit(exchange.address, 1)) {
          throw new ApiError('ERR_RATE', 'too many checkpoints for now', { retryAfterS: 1 });
        }
        return answerOf(await witness.add(await exchange.readBytes(ADD_CHECKPOINT_BYTES_MAX)));
      },
    },
    {
      method: 'GET',
      path: '/witness/{origin_hash}/checkpoint',
      open: true,
      description: WITNESSED,
      answer: (exchange) => {
        const hash = exchange.param('origin_hash').toLowerCase();
        parseHashText(hash, 'origin_hash');
        const body = witness?.read(hash) ?? refuseUnknown();
        const headers = { 'Cache-Control': 'public, max-age=2' };
        return { status: 200, contentType: TEXT_TYPE, body, headers };
      },
    },
  ];
}

function refuseUnknown(): never {
  throw new ApiError('ERR_NOT_FOUND', 'no log of this origin is witnessed here');
}

function answerOf(answer: WitnessAnswer): Answer {
  return answer.type === 'cosigned'
    ? { status: 200, contentType: TEXT_TYPE, body: answer.lines }
    : { status: 409, contentType: SIZE_TYPE, body: formatSizeAnswer(answer.treeSize) };
}
