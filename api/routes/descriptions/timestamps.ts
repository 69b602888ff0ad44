/** What the documents say of the route of time stamps. */
import type { Description } from '../../route.ts';

const QUERY_TYPE = 'application/timestamp-query';
/** Media type of a reply (RFC 3161, section 3.4). */
export const REPLY_TYPE = 'application/timestamp-reply';

/** `POST /api/v1/timestamp`. */
export const TIMESTAMP: Description = {
  operationId: 'timestamp',
  tag: 'Journalists',
  summary: "Have this institution stamp a photograph's SHA-256 with the time (RFC 3161).",
  detail:
    'The body is the DER of a TimeStampReq, as `openssl ts -query` makes it; the answer that of a TimeStampResp, with status 200 also where it is a rejection. The hash must be SHA-256. The token is the word of this institution and its clock alone.',
  requestType: QUERY_TYPE,
  answers: {
    200: { description: 'A token, or why there is none.', contentType: REPLY_TYPE },
  },
  refusals: [
    'ERR_NO_TIMESTAMPS',
    'ERR_FIELD',
    'ERR_BODY_TOO_LARGE',
    'ERR_TIMEOUT',
    'ERR_NOT_READY',
  ],
};
