/** PEM text (RFC 7468): base64 of DER between two lines that name it. */
import { formatBase64 } from '../../chain/bytes.ts';

/** What a PEM text may hold here. */
export type PemLabel = 'CERTIFICATE' | 'PRIVATE KEY' | 'PUBLIC KEY';

const LINE = /.{1,64}/g;

/** Returns DER as PEM text, with a line feed at its end. */
export function formatPem(label: PemLabel, der: Uint8Array): string {
  const lines = formatBase64(der).match(LINE) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
