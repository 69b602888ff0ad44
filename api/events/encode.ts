/** Events as text/event-stream has them (WHATWG HTML, section 9.2). */

/** An event that is about to be sent. */
export interface OutgoingEvent {
  readonly name: string;
  /** Absent: whoever comes back is not sent it again. */
  readonly id?: string;
  /** Becomes JSON, which has no line ends. */
  readonly data: unknown;
}

/** Returns the bytes of an event. */
export function encodeEvent({ name, id, data }: OutgoingEvent): Uint8Array {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return Buffer.from(`event: ${name}\n${idLine}data: ${JSON.stringify(data)}\n\n`);
}
