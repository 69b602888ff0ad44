/** The stream of events, for operators, cameras and programs that wait for something. */
import { parseHex } from '../../chain/bytes.ts';
import { ApiError } from '../errors.ts';
import type { EventHub } from '../events/hub.ts';
import { FOLLOWED_RECEIPT_COUNT_MAX } from '../limits.ts';
import type { ApiPorts } from '../ports.ts';
import type { Answer, Exchange, Route } from '../route.ts';
import { EVENT_NAMES, type EventName } from '../schemas/events.ts';
import { parseUuid } from '../views/text.ts';
import { EVENTS } from './descriptions/events.ts';

/** A proxy that gathers what it passes on would make live news old. */
const HEADERS = { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };

/** Returns the routes of events. */
export function eventRoutes(ports: ApiPorts, hub: EventHub): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events',
      open: true,
      description: EVENTS,
      answer: (exchange) => eventsAnswer(exchange, ports, hub),
    },
  ];
}

function eventsAnswer(exchange: Exchange, ports: ApiPorts, hub: EventHub): Answer {
  const receipts = exchange.query('receipts');
  const types = parseTypes(exchange.query('types'), receipts !== undefined);
  const receiptIds = parseReceipts(receipts, ports);
  const lastId = exchange.header('last-event-id');
  const begin = hub.admit({ address: exchange.address, types, lastId, receiptIds });
  return {
    status: 200,
    contentType: 'text/event-stream; charset=utf-8',
    body: '',
    headers: HEADERS,
    stream: begin,
  };
}

function parseTypes(text: string | undefined, hasReceipts: boolean): ReadonlySet<EventName> {
  if (text === undefined) return new Set(EVENT_NAMES);
  const types = text.split(',');
  const known = types.filter((each): each is EventName =>
    (EVENT_NAMES as readonly string[]).includes(each),
  );
  if (known.length !== types.length || types.length > EVENT_NAMES.length) {
    throw new ApiError(
      'ERR_FIELD',
      `types: must be some of ${EVENT_NAMES.join(', ')}, with commas`,
    );
  }
  if (known.includes('submission') !== hasReceipts) {
    throw new ApiError(
      'ERR_FIELD',
      'types: has submission where receipts names those that are followed, and nowhere else',
    );
  }
  return new Set(known);
}

/** Whoever holds a receipt may follow it, and nobody else: a list of all would tell what is about to be published. */
function parseReceipts(text: string | undefined, { intake }: ApiPorts): readonly Uint8Array[] {
  if (text === undefined) return [];
  const uuids = text.split(',');
  if (uuids.length > FOLLOWED_RECEIPT_COUNT_MAX) {
    throw new ApiError('ERR_RANGE', `receipts: must be at most ${FOLLOWED_RECEIPT_COUNT_MAX}`);
  }
  if (intake === undefined) {
    throw new ApiError('ERR_OBSERVER', 'receipts: this node is an observer and has none');
  }
  return uuids.map((uuid) => {
    const hex = parseUuid(uuid);
    if (hex === undefined) throw new ApiError('ERR_FIELD', 'receipts: must be UUIDs, with commas');
    const id = parseHex(hex);
    if (intake.findReceipt(id) !== undefined) return id;
    throw new ApiError('ERR_NOT_FOUND', 'receipts: one is not known here');
  });
}
