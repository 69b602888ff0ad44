/**
 * The address of a record's page, as it stands on paper: under the address that the operator has set, or else under the
 * one at which the node was asked. That one is a stranger's word, which is why its form is checked strictly; it leads
 * nobody astray but whoever sent it.
 */
import { ApiError } from '../errors.ts';

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST = new RegExp(
  String.raw`^(?:${LABEL}(?:\.${LABEL})*|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$`,
);
const HOST_CHARACTERS_MAX = 255;

/** Under which addresses a node may be asked. */
export interface Addresses {
  /** Scheme and host, as the operator has set them; undefined: not set. */
  readonly publicUrl: string | undefined;
  readonly isTls: boolean;
}

/**
 * Returns the address of the page about a hash.
 *
 * Throws ERR_FIELD where nothing is set and the request's Host header is no host.
 */
export function recordLink(
  imageHash: string,
  { publicUrl, isTls }: Addresses,
  hostHeader: string | undefined,
): string {
  const base = publicUrl ?? `${isTls ? 'https' : 'http'}://${checkHost(hostHeader)}`;
  return `${base}/verify/${imageHash}`;
}

function checkHost(header: string | undefined): string {
  const host = header?.toLowerCase() ?? '';
  if (host.length <= HOST_CHARACTERS_MAX && HOST.test(host)) return host;
  throw new ApiError('ERR_FIELD', 'header Host: must be a host name or an address, with its port');
}
