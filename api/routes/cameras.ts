/** Routes of cameras: submissions, and receipts that say what became of them. */
import { parseHex } from '../../chain/bytes.ts';
import { validatorsAt, valueAt } from '../../chain/state.ts';
import { checkObjectSize } from '../body.ts';
import { ApiError } from '../errors.ts';
import {
  BATCH_BODY_BYTES_MAX,
  OBJECT_BODY_BYTES_MAX,
  SUBMISSION_COUNT_MAX,
  WAIT_S_MAX,
  WAITING_COUNT_MAX,
} from '../limits.ts';
import type { ApiPorts, IntakePort, ReceiptView } from '../ports.ts';
import { problemOf } from '../problem.ts';
import { type Answer, type Description, type Exchange, jsonAnswer, type Route } from '../route.ts';
import { parseCount, parseWith } from '../schemas/parse.ts';
import type { Problem } from '../schemas/problem.ts';
import type { Accepted } from '../schemas/receipt.ts';
import {
  legacySchema,
  submissionSchema,
  toCameraRequest,
  toLegacyRequest,
} from '../schemas/submission.ts';
import { formatAccepted, formatReceipt, stateOf } from '../views/receipt.ts';
import { parseUuid } from '../views/text.ts';
import type { Verifier } from '../views/verify.ts';
import { LEGACY, RECEIPT, SUBMIT } from './descriptions/cameras.ts';

/** Returns the routes of cameras. */
export function cameraRoutes(ports: ApiPorts, verifier: Verifier): readonly Route[] {
  const receipt = createReceiptAnswer(ports, verifier);
  const receiptRoute = (path: string, description: Description): Route => ({
    method: 'GET',
    path,
    open: true,
    description,
    answer: receipt,
  });
  return [
    {
      method: 'POST',
      path: '/api/v1/submit-cert',
      open: false,
      busy: true,
      description: SUBMIT,
      answer: (exchange) => submit(exchange, ports),
    },
    {
      method: 'POST',
      path: '/api/v1/submit',
      open: false,
      description: LEGACY,
      answer: (exchange) => submitLegacy(exchange, ports),
    },
    receiptRoute('/api/v1/submission/{receipt_id}', RECEIPT),
    receiptRoute('/api/v1/receipts/{receipt_id}', { ...RECEIPT, operationId: 'getReceipt' }),
  ];
}

/** Returns what takes submissions in. Throws ERR_OBSERVER where nothing does, before a body is read. */
function intakeOf({ intake, ledger }: ApiPorts): IntakePort {
  if (intake !== undefined) return intake;
  const state = ledger.state();
  const names = validatorsAt(state, state.height + 1).map(({ name }) => name);
  throw new ApiError(
    'ERR_OBSERVER',
    'this node is an observer: it takes no submissions and has no receipts; ask the node of a ' +
      `validator: ${names.join(', ')}`,
  );
}

async function submit(exchange: Exchange, ports: ApiPorts): Promise<Answer> {
  intakeOf(ports); // Else a list would be answered with 202, and a refusal for each.
  const body = await exchange.readJson(BATCH_BODY_BYTES_MAX);
  if (Array.isArray(body.value)) return submitList(body.value, exchange, ports);
  checkObjectSize(body);
  return jsonAnswer(202, await submitOne(body.value, exchange, ports));
}

async function submitOne(value: unknown, exchange: Exchange, ports: ApiPorts): Promise<Accepted> {
  const request = toCameraRequest(parseWith(submissionSchema, value));
  return formatAccepted(await intakeOf(ports).submit(request, exchange.address));
}

async function submitList(
  values: readonly unknown[],
  exchange: Exchange,
  ports: ApiPorts,
): Promise<Answer> {
  if (values.length === 0) throw new ApiError('ERR_FIELD', 'the body: must not be an empty list');
  if (values.length > SUBMISSION_COUNT_MAX) {
    throw new ApiError(
      'ERR_BODY_TOO_LARGE',
      `the body: must list at most ${SUBMISSION_COUNT_MAX} submissions`,
    );
  }
  // Each stands for itself: what is wrong with one is said in its place and touches no other.
  const item = async (value: unknown, i: number): Promise<Accepted | Problem> => {
    try {
      // The request itself has paid for the first.
      if (i > 0 && !exchange.charge(1))
        throw new ApiError('ERR_RATE', 'too many submissions for now');
      return await submitOne(value, exchange, ports);
    } catch (error) {
      return problemOf(error, (fault) => ports.onFault(fault));
    }
  };
  return jsonAnswer(202, await Promise.all(values.map(item)));
}

async function submitLegacy(exchange: Exchange, ports: ApiPorts): Promise<Answer> {
  const intake = intakeOf(ports);
  const state = ports.ledger.state();
  if (!valueAt(state.params, state.height + 1).legacy) {
    throw new ApiError(
      'ERR_LEGACY_GONE',
      'this chain does not take the legacy form; use submit-cert',
    );
  }
  const { value } = await exchange.readJson(OBJECT_BODY_BYTES_MAX);
  const request = toLegacyRequest(parseWith(legacySchema, value));
  return jsonAnswer(202, formatAccepted(await intake.submitLegacy(request, exchange.address)));
}

function createReceiptAnswer(ports: ApiPorts, verifier: Verifier): Route['answer'] {
  let waiting = 0;
  return async (exchange) => {
    const hex = parseUuid(exchange.param('receipt_id'));
    const waitS = parseCount(exchange.query('wait'), 'wait', {
      min: 0,
      max: WAIT_S_MAX,
      fallback: 0,
    });
    if (hex === undefined) throw new ApiError('ERR_FIELD', 'receipt_id: must be a UUID');
    const id = parseHex(hex);
    const intake = intakeOf(ports);
    let receipt = readReceipt(intake, id);
    if (waitS > 0 && waiting < WAITING_COUNT_MAX && mayChange(receipt, exchange)) {
      waiting++;
      try {
        await waitForChange(
          intake,
          id,
          AbortSignal.any([exchange.signal(), AbortSignal.timeout(waitS * 1_000)]),
        );
      } finally {
        waiting--;
      }
      receipt = readReceipt(intake, id);
    }
    return jsonAnswer(200, formatReceipt(receipt, verifier), {
      etag: tagOf(receipt),
      headers: { 'Cache-Control': 'no-cache' },
    });
  };
}

function readReceipt(intake: IntakePort, id: Uint8Array): ReceiptView {
  const receipt = intake.findReceipt(id);
  if (receipt === undefined) {
    throw new ApiError('ERR_NOT_FOUND', 'receipt_id: no such receipt is known here');
  }
  return receipt;
}

/** A client that names what it has seen is told at once if there is something else. */
function mayChange(receipt: ReceiptView, exchange: Exchange): boolean {
  const seen = exchange.header('if-none-match');
  const state = stateOf(receipt);
  const ended = state === 'committed' || state === 'rejected';
  return !ended && (seen === undefined || seen === `"${tagOf(receipt)}"`);
}

async function waitForChange(
  intake: IntakePort,
  id: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  if (!signal.aborted) await intake.waitForChange(id, signal);
}

/** Times are part of it, since a reopened receipt begins again. */
function tagOf(receipt: ReceiptView): string {
  return `${receipt.steps.length}-${receipt.steps.at(-1)?.atMs ?? 0}-${receipt.attempts}`;
}
