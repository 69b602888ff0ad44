/** The route of certificates: what a proof shows of a photograph, on paper, with the proof in it. */
import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { invariant } from '../../chain/invariant.ts';
import { formatTlogProof, type TlogProof } from '../../chain/log/tlogProof.ts';
import { type Registration, verify } from '../../chain/log/verify.ts';
import type { Press } from '../certificate/press.ts';
import { type Addresses, recordLink } from '../certificate/recordLink.ts';
import { createSheet, type Sheet } from '../certificate/sheet.ts';
import { ApiError } from '../errors.ts';
import { CERTIFICATES_PER_SECOND_MAX } from '../limits.ts';
import {
  CERTIFICATE_CATALOGS,
  type CertificateLanguage,
  EXCUSES,
} from '../messages/certificate/catalogs.ts';
import type { LogPort } from '../ports.ts';
import { createRateLimit } from '../rateLimit.ts';
import type { Answer, Exchange, Route } from '../route.ts';
import { parseHashText } from '../schemas/parse.ts';
import type { Names } from '../views/names.ts';
import { awaitProof } from './awaitProof.ts';
import { CERTIFICATE } from './descriptions/certificate.ts';

/** What certificates are made with. */
export interface CertificateWorld {
  readonly log: LogPort;
  readonly names: Names;
  readonly press: Press;
  readonly addresses: Addresses;
}

/** Digits of the hash in the name of the file. */
const NAME_DIGIT_COUNT = 16;

/** Returns the route of certificates. */
export function certificateRoutes(world: CertificateWorld): readonly Route[] {
  const rateLimit = createRateLimit(CERTIFICATES_PER_SECOND_MAX);
  return [
    {
      method: 'GET',
      open: true,
      path: '/api/v1/certificate/{image_hash}',
      description: CERTIFICATE,
      answer: (exchange) => {
        const imageHash = parseHashText(exchange.param('image_hash'), 'image_hash');
        const language = parseLanguage(exchange.query('lang'));
        const link = recordLink(formatHex(imageHash), world.addresses, exchange.header('host'));
        if (rateLimit(exchange.address, 1)) {
          return certificateAnswer({ imageHash, link, ...language }, exchange, world);
        }
        throw new ApiError('ERR_RATE', 'too many certificates for now', { retryAfterS: 1 });
      },
    },
  ];
}

interface Language {
  readonly language: CertificateLanguage;
  readonly excuse: string | undefined;
}

interface Wanted extends Language {
  readonly imageHash: Uint8Array;
  readonly link: string;
}

function parseLanguage(text = 'en'): Language {
  if (isCertificateLanguage(text)) return { language: text, excuse: undefined };
  const excuse = Object.hasOwn(EXCUSES, text) ? EXCUSES[text] : undefined;
  if (excuse !== undefined) return { language: 'en', excuse };
  const known = [...Object.keys(CERTIFICATE_CATALOGS), ...Object.keys(EXCUSES)];
  throw new ApiError('ERR_FIELD', `lang: must be one of ${known.join(', ')}`);
}

function isCertificateLanguage(text: string): text is CertificateLanguage {
  return Object.hasOwn(CERTIFICATE_CATALOGS, text);
}

async function certificateAnswer(
  wanted: Wanted,
  exchange: Exchange,
  world: CertificateWorld,
): Promise<Answer> {
  const proof = await awaitProof(wanted.imageHash, exchange, world.log);
  const body = await world.press.print(sheetOf(proof, wanted, world), exchange.signal());
  const name = formatHex(wanted.imageHash).slice(0, NAME_DIGIT_COUNT);
  return {
    status: 200,
    contentType: 'application/pdf',
    body,
    headers: {
      // The proof in it is of the newest tree, and its address may be the word of whoever asks.
      'Cache-Control': 'no-store',
      'Content-Language': wanted.language,
      'Content-Disposition': `attachment; filename="birthmark-${name}.pdf"`,
    },
  };
}

function sheetOf(proof: TlogProof, wanted: Wanted, { log, names }: CertificateWorld): Sheet {
  const policyText = log.policy(proof.checkpoint.treeSize);
  invariant(policyText !== undefined, 'a checkpoint in a proof has a policy');
  const material = { proof: formatTlogProof(proof), policy: formatUtf8(policyText) };
  const registration = registrationOf(wanted.imageHash, material);
  const aggregatorName = names.nameOf(registration.entry.aggregator);
  const proven = { ...material, registration, aggregatorName, link: wanted.link };
  return createSheet(proven, wanted.language, wanted.excuse);
}

/** A certificate says nothing that its own proof does not show. */
function registrationOf(
  fileHash: Uint8Array,
  material: { readonly proof: Uint8Array; readonly policy: Uint8Array },
): Registration {
  const verdict = verify({ file: { fileHash }, ...material });
  if (verdict.verdict !== 'not_verified') return verdict.registration;
  throw new Error(`the proof of ${formatHex(fileHash)} does not verify: ${verdict.reason}`);
}
