/** What a node is asked for a package, and what of its answers can be refused at once. It is believed in nothing. */
import { equalBytes, formatHex, parseUtf8 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { PROOF_BYTES_MAX } from '../../chain/log/limits.ts';
import { logKeyOf, type Policy } from '../../chain/log/policy.ts';
import type { Registered } from '../../chain/log/verify.ts';
import { parseGenesis, type SignedGenesis } from '../../genesis/document.ts';
import { fieldsOf } from '../../genesis/json.ts';
import { parseJsonText } from '../../genesis/jsonText.ts';
import { checkGenesisSignatures } from '../../genesis/signatures.ts';
import { reasonOf } from '../cli/files.ts';
import { type BytesAnswer, getBytes } from '../cli/http.ts';
import { CommandError } from '../cli/output.ts';
import { printable } from '../cli/printable.ts';
import { networkLogOf } from '../cli/trust.ts';
import type { Evidence } from './evidence.ts';

const GENESIS_BYTES_MAX = 16 * 1_048_576;
const ANSWER_BYTES_MAX = 1_048_576;
const OK = 200;

/** Resolves to the bytes of a photograph's proof, which are not judged. Rejects with a CommandError. */
export async function fetchProof(node: string, hash: Uint8Array): Promise<Uint8Array> {
  return fetchOk(node, `/api/v1/proof/${formatHex(hash)}`, PROOF_BYTES_MAX);
}

/** Resolves to the genesis that a node says is its own. Rejects with a CommandError for one that begins no chain. */
export async function fetchGenesis(node: string): Promise<SignedGenesis> {
  const bytes = await fetchOk(node, '/api/v1/genesis', GENESIS_BYTES_MAX);
  try {
    const document = parseGenesis(parseJsonText(parseUtf8(bytes)));
    checkGenesisSignatures(document);
    return document;
  } catch (cause) {
    if (!(cause instanceof ChainError) && !(cause instanceof SyntaxError)) throw cause;
    throw refused(`the genesis of ${node} is none: ${cause.message}`, cause);
  }
}

/** Resolves to what a node says of a photograph. Rejects with a CommandError where that is not what its proof shows. */
export async function fetchAnswer(
  node: string,
  hash: Uint8Array,
  verdict: Registered,
): Promise<Evidence['answer']> {
  const bytes = await fetchOk(node, `/api/v1/verify/${formatHex(hash)}`, ANSWER_BYTES_MAX);
  const said = fieldsOf(parseJson(bytes, node));
  // A revocation is no contradiction: it came later than what is proved.
  const isFitting = said['verdict'] === verdict || said['verdict'] === 'registered_revoked';
  if (!isFitting || said['image_hash'] !== formatHex(hash)) {
    throw refused(
      `${node} answers ${JSON.stringify(said['verdict'])}, and its own proof shows ${verdict}`,
    );
  }
  return { bytes, verdict: String(said['verdict']) };
}

/** Checks that a genesis begins the network whose log a policy trusts. Throws a CommandError. */
export function checkSameNetwork({ log }: Policy, { genesis }: SignedGenesis): void {
  const { name, publicKey } = logKeyOf(networkLogOf(genesis));
  if (name === log.key.name && equalBytes(publicKey, log.key.publicKey)) return;
  throw refused(`the genesis is of the network ${name}, and the policy of ${log.key.name}`);
}

/** Returns why nothing is written. */
export function refused(reason: string, cause?: unknown): CommandError {
  return new CommandError(`${printable(reason)}: nothing was written`, 1, { cause });
}

async function fetchOk(node: string, path: string, bytesMax: number): Promise<Uint8Array> {
  const answer = await getBytes(node, path, bytesMax);
  if (answer.status === OK) return answer.body;
  throw refused(`${node} answered ${answer.status} to ${path} (${detailOf(answer)})`);
}

function detailOf({ body }: BytesAnswer): string {
  try {
    return String(fieldsOf(JSON.parse(parseUtf8(body)))['detail']);
  } catch (error) {
    return `no problem that can be read: ${reasonOf(error)}`;
  }
}

function parseJson(bytes: Uint8Array, node: string): unknown {
  try {
    return JSON.parse(parseUtf8(bytes));
  } catch (cause) {
    throw refused(`${node} answers with what is not JSON (${reasonOf(cause)})`, cause);
  }
}
