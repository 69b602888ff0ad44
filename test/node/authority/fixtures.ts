/** Values that the tests of this folder share. */
import type { Authority } from '../../../chain/authority.ts';
import type { Answer, Question } from '../../../node/authority/question.ts';

/** Returns a registry entry of a development authority. */
export function authorityOf(entry: Partial<Authority> = {}): Authority {
  return {
    id: 'CANON_001',
    name: 'Canon',
    caCertificates: [new Uint8Array(1)],
    endpoints: ['https://authority.example/'],
    strictNames: false,
    allowPrivate: true,
    verdictKey: undefined,
    blind: false,
    legacyEndpoint: undefined,
    revocation: [],
    ...entry,
  };
}

export const CHAIN_ID = new Uint8Array(32).fill(1);
const FINGERPRINT = new Uint8Array(32).fill(2);
export const IMAGE_HASH = new Uint8Array(32).fill(3);

/** Returns a question to `url` that the registry entry allows, if the entry says nothing else. */
export function questionTo(url: string, entry: Partial<Authority> = {}): Question {
  return {
    authority: authorityOf({ endpoints: [url], ...entry }),
    url,
    body: { camera_cert: 'AQID', image_hash: '03'.repeat(32) },
    verdict: { chainId: CHAIN_ID, subject: FINGERPRINT, imageHash: IMAGE_HASH },
  };
}

/** Returns the code of an answer without a verdict; the type of any other. */
export function codeOf(answer: Answer): string {
  return answer.type === 'none' ? answer.problem.code : answer.type;
}
