/**
 * The name of an institution's Sigstore log.
 *
 * Clients compare the key name of a checkpoint with the host in the log's URL, and with nothing else of it
 * (sigstore-go: `Hostname()`), so the origin has the form of a host: the institution within its network. It need not
 * be one, and stays when the node moves to another address.
 */
import { formatHex } from '../bytes.ts';
import { type LogName, ORIGIN_CHAIN_ID_DIGITS } from '../log/checkpoint.ts';

/** What names an institution's log. */
export interface InstitutionLog extends LogName {
  /** Name of the validator, `[a-z0-9_-]{1,64}`. */
  readonly institution: string;
}

/** Returns the log's origin: institution, the first 16 hex digits of the chain id, network. */
export function sigstoreOriginOf({ institution, network, chainId }: InstitutionLog): string {
  return `${institution}.${formatHex(chainId).slice(0, ORIGIN_CHAIN_ID_DIGITS)}.${network}`;
}

/** Returns the URL that stands for a log in trusted roots: clients read its host. */
export function baseUrlOf(origin: string): string {
  return `https://${origin}`;
}
