/** What a stream of events is written to: the part of a response that is needed. */
import type { Writable } from 'node:stream';

/** A response whose head is sent. */
export type Outlet = Pick<
  Writable,
  | 'write'
  | 'end'
  | 'destroy'
  | 'once'
  | 'writableLength'
  | 'writableEnded'
  | 'writableNeedDrain'
  | 'destroyed'
>;
