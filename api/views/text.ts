/** Values as the interface writes them. */
import { formatHex } from '../../chain/bytes.ts';

const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;

/** Returns 16 bytes as a UUID in lower case. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = formatHex(bytes);
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(1)
    .map((end, i) => hex.slice(cuts[i], end))
    .join('-');
}

/** Returns the 32 hex digits of a UUID, or undefined if it is none. Both cases are read. */
export function parseUuid(text: string): string | undefined {
  return UUID.exec(text.toLowerCase())?.slice(1).join('');
}

/** Returns ISO 8601 in UTC of Unix milliseconds. */
export function formatTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Returns ISO 8601 in UTC of Unix milliseconds, null if undefined. */
export function formatTimeOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : formatTime(atMs);
}

/** Returns whole Unix seconds of Unix milliseconds. */
export function toSeconds(atMs: number): number {
  return Math.floor(atMs / 1_000);
}
