/** Which compressed form of a body a client takes (RFC 9110, 12.5.3). */
import type { Encoding } from './assets.ts';

const PREFERRED: readonly Encoding[] = ['br', 'gzip'];

/** Returns the best encoding that an `Accept-Encoding` admits; undefined: the body as it is. */
export function chooseEncoding(accept: string | undefined): Encoding | undefined {
  const weights = parseWeights(accept ?? '');
  return PREFERRED.find((encoding) => (weights.get(encoding) ?? weights.get('*') ?? 0) > 0);
}

function parseWeights(accept: string): ReadonlyMap<string, number> {
  const weights = accept.split(',').map((item) => {
    const [name = '', ...params] = item.split(';').map((part) => part.trim().toLowerCase());
    const weight = params.find((param) => param.startsWith('q='));
    return [name, weight === undefined ? 1 : Number(weight.slice(2))] as const;
  });
  return new Map(weights);
}
