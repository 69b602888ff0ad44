/**
 * `birthmark sigstore`: make an institution's Sigstore log, and fetch what cosign and others check a photograph with.
 *
 * A bundle is checked to be about this photograph. Its signatures are for whoever trusts a root to check.
 */
import { join } from 'node:path';

import { Command, InvalidArgumentError } from 'commander';

import { formatHex, parseBase64 } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import { decodeHashedRekord } from '../../../chain/sigstore/hashedRekord.ts';
import { fieldsOf } from '../../../genesis/json.ts';
import { createLog } from '../../sigstore/newLog.ts';
import { parseValidatorName } from '../arguments.ts';
import { createFile, readText } from '../files.ts';
import { getBytes } from '../http.ts';
import { CommandError, type Output } from '../output.ts';
import { photoHashOf } from '../photoHash.ts';

interface CreateOptions {
  readonly dir: string;
  readonly name: string;
  readonly identity?: string;
  readonly tsaCa?: string;
  readonly json?: boolean;
}

interface FetchOptions {
  readonly node: string;
  readonly out?: string;
  readonly json?: boolean;
}

const PATH = '/api/v1/sigstore';
const ANSWER_BYTES_MAX = 4 * 1_048_576;
const FETCHING = 'exit code 0 written, 1 refused, 2 called wrongly, 3 no answer';
const URI = /^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,500}$/;

/** Returns the command. */
export function sigstoreCommand(output: Output): Command {
  const sigstore = new Command('sigstore').description("an institution's Sigstore log");
  sigstore
    .command('create')
    .description('make the keys of a log and begin it; never overwrites')
    .option('--dir <dir>', 'folder of the log', 'sigstore')
    .requiredOption('--name <name>', 'name of the institution', parseValidatorName)
    .option(
      '--identity <uri>',
      'certify the key under this name, by a CA for development',
      parseUri,
    )
    .option('--tsa-ca <file>', 'PEM certificates above the last one of TSA_CERT')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) => create(options, output));
  addFetching(sigstore.command('bundle'))
    .description(`fetch the bundle of a photograph; ${FETCHING}`)
    .argument('<photo>', 'a file, or the SHA-256 of one as 64 hex digits')
    .action((photo: string, options: FetchOptions) => fetchBundle(photo, options, output));
  addFetching(sigstore.command('trusted-root'))
    .description(`fetch what bundles of an institution are judged by; ${FETCHING}`)
    .action((options: FetchOptions) =>
      fetchFile({ name: 'trusted_root.json', file: 'trusted_root.json' }, options, output),
    );
  addFetching(sigstore.command('key'))
    .description(`fetch the key with which an institution signs photographs; ${FETCHING}`)
    .action((options: FetchOptions) =>
      fetchFile({ name: 'key.pem', file: 'key.pem' }, options, output),
    );
  return sigstore;
}

function addFetching(command: Command): Command {
  return command
    .option('--node <url>', 'node to ask', 'http://127.0.0.1:8545')
    .option('-o, --out <file>', 'file to write, which must not exist yet')
    .option('--json', 'print JSON');
}

function parseUri(text: string): string {
  if (!URI.test(text))
    throw new InvalidArgumentError('it must be a URI like https://museum.example');
  return text;
}

/** What is printed is the node's setting. */
async function create(options: CreateOptions, output: Output): Promise<void> {
  const { dir, name, identity, json } = options;
  const tsaCa = options.tsaCa === undefined ? undefined : await readText(options.tsaCa);
  const ca = await createLog(dir, { name, identity, tsaCa, nowMs: Date.now() });
  if (json === true) output.json({ settings: { SIGSTORE_DIR: dir } });
  else output.line(`SIGSTORE_DIR=${dir}`);
  output.note(
    `the keys and the log in ${dir} belong together: back up the keys, and never an older log`,
  );
  if (ca !== undefined) {
    output.note(
      `for development: nobody has reason to trust the CA in ${join(dir, 'certificate.pem')}`,
    );
  }
}

async function fetchBundle(photo: string, options: FetchOptions, output: Output): Promise<void> {
  const hash = await photoHashOf(photo);
  const body = await fetchBytes(options.node, hash);
  const logIndex = checkBundle(body, hash);
  const file = options.out ?? `${photo}.sigstore.json`;
  await createFile(file, body);
  if (options.json === true) output.json({ image_hash: hash, log_index: logIndex, file });
  else {
    output.line(`entry ${logIndex}  ${hash}`);
    output.line(`  written to        ${file}`);
  }
  output.note(
    `no signature is checked here: cosign verify-blob --bundle ${file} --trusted-root trusted_root.json --key key.pem sha256:${hash}`,
  );
}

interface Fetched {
  /** Behind the path of the log. */
  readonly name: string;
  /** Where it is written unless something else is said. */
  readonly file: string;
}

async function fetchFile(
  { name, file: usual }: Fetched,
  { node, out, json }: FetchOptions,
  output: Output,
): Promise<void> {
  const body = await fetchBytes(node, name);
  const file = out ?? usual;
  await createFile(file, body);
  if (json === true) output.json({ file });
  else output.line(`written to ${file}`);
  output.note('it is as good as its way here: compare it with what the institution publishes');
}

async function fetchBytes(node: string, name: string): Promise<Uint8Array> {
  const { status, body } = await getBytes(node, `${PATH}/${name}`, ANSWER_BYTES_MAX);
  if (status === 200) return body;
  throw new CommandError(
    `the node answered ${status}: ${String(fieldsOf(parseJson(body))['detail'])}`,
  );
}

/** Returns the log index of a bundle's entry. Throws a CommandError for what is none, or is about something else. */
function checkBundle(body: Uint8Array, hash: string): string {
  const bundle = fieldsOf(parseJson(body));
  const material = fieldsOf(bundle['verificationMaterial']);
  const entries: unknown = material['tlogEntries'];
  const entry = fieldsOf(Array.isArray(entries) ? entries[0] : undefined);
  const digests = [
    fieldsOf(fieldsOf(bundle['messageSignature'])['messageDigest'])['digest'],
    entry['canonicalizedBody'],
  ];
  const [signed, logged] = digests.map((each, i) => readDigest(String(each), i));
  if (signed === undefined || logged === undefined) {
    throw new CommandError('the answer is no Sigstore bundle: is --node a node?');
  }
  if (signed !== hash || logged !== hash) {
    throw new CommandError('the bundle is about another photograph: nothing was written');
  }
  return String(entry['logIndex']);
}

/** The first is a digest itself, the second an entry that holds one. */
function readDigest(base64: string, place: number): string | undefined {
  try {
    const bytes = parseBase64(base64);
    return formatHex(place === 0 ? bytes : decodeHashedRekord(bytes).digest);
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
