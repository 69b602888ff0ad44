/**
 * From an HTTP response to an `Answer`.
 *
 * A verdict is status 200 with one JSON object whose `valid` is true or false itself. Whatever else comes
 * (an error page, a redirect, `"valid": "true"`) says nothing about the camera, and the question is asked
 * again. Nothing of such a response is quoted: it is a stranger's text.
 */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

import { parseBase64 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { SIGNATURE_BYTES } from '../../chain/signature.ts';
import { type VerdictProof, verifyVerdict } from '../../chain/verdict.ts';
import { ANSWER_BYTES_MAX, MESSAGE_CHARACTERS_MAX } from './limits.ts';
import type { Answer, ProblemCode, Question } from './question.ts';

/** A whole response. */
export interface Response {
  readonly status: number;
  /** The content-encoding header in lower case, where there is one. */
  readonly encoding: string | undefined;
  /** As sent. */
  readonly body: Uint8Array;
}

/** Returns an answer that is no verdict. */
export function noVerdict(code: ProblemCode, message: string): Answer {
  return { type: 'none', problem: { code, message } };
}

/** Resolves to what a response to the question means. */
export async function readAnswer(response: Response, question: Question): Promise<Answer> {
  if (response.status !== 200) {
    return malformed(`the authority answered with status ${response.status}`);
  }
  const unpacked = unpack(response);
  if (unpacked === undefined) return malformed('the answer does not unpack');
  const fields = parseObject(unpacked);
  if (fields === undefined) return malformed('the answer is not a JSON object');
  const { valid, message } = fields;
  if (typeof valid !== 'boolean') return malformed('"valid" is neither true nor false');
  // Some JSON libraries write an absent text as null.
  const text = message ?? '';
  if (typeof text !== 'string') return malformed('"message" is not text');
  return judge({ valid, text, verdict: fields['verdict'] }, question);
}

interface Claim {
  readonly valid: boolean;
  readonly text: string;
  readonly verdict: unknown;
}

async function judge(
  { valid, text, verdict }: Claim,
  { authority, verdict: bound }: Question,
): Promise<Answer> {
  let proof: VerdictProof | undefined;
  if (authority.verdictKey !== undefined) {
    // A refusal ends a submission, so it needs the signature as much as a pass does.
    proof = parseProof(verdict);
    if (proof === undefined) return unsigned('the verdict carries no signature');
    const signed = { ...bound, valid, issuedAt: proof.issuedAt };
    if (!(await verifyVerdict(signed, proof.signature, authority.verdictKey))) {
      return unsigned('the signature of the verdict does not verify');
    }
  }
  return valid ? { type: 'passed', proof } : { type: 'refused', message: cleanMessage(text) };
}

function malformed(message: string): Answer {
  return noVerdict('ERR_AUTHORITY_ANSWER', message);
}

function unsigned(message: string): Answer {
  return noVerdict('ERR_VERDICT_SIGNATURE', message);
}

/** Synchronous: a thread's detour costs more than unpacking at most 64 KiB. */
function unpack({ encoding, body }: Response): Uint8Array | undefined {
  const options = { maxOutputLength: ANSWER_BYTES_MAX };
  try {
    switch (encoding) {
      case undefined:
      case 'identity':
        return body;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, options);
      case 'deflate':
        return inflateSync(body, options);
      case 'br':
        return brotliDecompressSync(body, options);
      default:
        return undefined;
    }
  } catch {
    return undefined; // Not in that encoding, cut short, or larger than the limit.
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // Not UTF-8, or not JSON.
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SIGNATURE_BASE64_CHARACTERS = 4 * Math.ceil(SIGNATURE_BYTES / 3);

function parseProof(value: unknown): VerdictProof | undefined {
  if (!isObject(value)) return undefined;
  const { issued_at: issuedAt, signature } = value;
  if (typeof issuedAt !== 'number' || !Number.isSafeInteger(issuedAt) || issuedAt < 0) {
    return undefined;
  }
  if (typeof signature !== 'string' || signature.length !== SIGNATURE_BASE64_CHARACTERS) {
    return undefined;
  }
  try {
    const bytes = parseBase64(signature);
    return bytes.length === SIGNATURE_BYTES ? { issuedAt, signature: bytes } : undefined;
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}

/** Controls, separators, invisible and direction-changing characters: they could forge a page or a log. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\s]+/gu;
/** Encoded data: a certificate or a hash that the authority sends back does not belong on a receipt. */
const ENCODED = /[A-Za-z0-9+/=_-]{40,}/g;

/** Returns an authority's text, short enough and clean enough for a receipt. */
export function cleanMessage(text: string): string {
  // Cut first: the rest works on little, whatever was sent. Twice the length leaves room for what goes.
  const cut = text.slice(0, 2 * MESSAGE_CHARACTERS_MAX).toWellFormed();
  const clean = cut.replace(UNPRINTABLE, ' ').replace(ENCODED, '…').trim();
  const characters = Array.from(clean);
  if (characters.length <= MESSAGE_CHARACTERS_MAX) return clean || 'the authority gave no reason';
  return `${characters.slice(0, MESSAGE_CHARACTERS_MAX - 1).join('')}…`;
}
