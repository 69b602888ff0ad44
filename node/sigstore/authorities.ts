/** The authorities on which the entries of a Sigstore log rest. */
import { equalBytes } from '../../chain/bytes.ts';
import { NodeError } from '../errors.ts';
import { AUTHORITY_COUNT_MAX } from './limits.ts';
import type { LogAuthority, LogStore } from './logStore.ts';
import type { SigstoreKeys } from './sigstoreKeys.ts';

/** Returns on what entries by these keys rest. The certificate that signs comes with each bundle, and is no part of it. */
export function authoritiesOf({ signer, stampChain }: SigstoreKeys): readonly LogAuthority[] {
  const stamps = { kind: 'timestamp', certificates: stampChain.certificates } as const;
  if (signer.chain === undefined) return [stamps];
  return [{ kind: 'certificate', certificates: signer.chain.certificates.slice(1) }, stamps];
}

/** Adds to a log's store what it does not hold yet. Rejects with ERR_SIGSTORE where it holds too many. */
export async function remember(
  authorities: readonly LogAuthority[],
  store: LogStore,
  dir: string,
): Promise<void> {
  for (const authority of authorities) {
    if (store.authorities.some((known) => isSame(known, authority))) continue;
    if (store.authorities.length >= AUTHORITY_COUNT_MAX) {
      throw new NodeError(
        'ERR_SIGSTORE',
        `the log in ${dir} rests on ${AUTHORITY_COUNT_MAX} authorities already: make a folder anew`,
      );
    }
    await store.addAuthority(authority);
  }
}

function isSame(a: LogAuthority, b: LogAuthority): boolean {
  return (
    a.kind === b.kind &&
    a.certificates.length === b.certificates.length &&
    a.certificates.every((each, i) => equalBytes(each, b.certificates[i] ?? new Uint8Array()))
  );
}
