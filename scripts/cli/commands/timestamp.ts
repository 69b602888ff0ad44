/**
 * `birthmark timestamp`: have an institution stamp a photograph's hash with the time, and keep its word as a file.
 *
 * The reply is checked to be about this photograph and this question. Its signature is for whoever trusts a CA to
 * check: `openssl ts -verify`.
 */
import { Command } from 'commander';

import { equalBytes, formatHex, parseHex } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import { fieldsOf } from '../../../genesis/json.ts';
import { createQuery, encodeQuery } from '../../../node/timestamp/query.ts';
import { decodeReply } from '../../../node/timestamp/reply.ts';
import { digestOf, type TstInfo } from '../../../node/timestamp/tstInfo.ts';
import { drawNonce } from '../../timestamp/nonce.ts';
import { createFile } from '../files.ts';
import { postBytes } from '../http.ts';
import { CommandError, type Output } from '../output.ts';
import { photoHashOf } from '../photoHash.ts';

interface TimestampOptions {
  readonly node: string;
  readonly out?: string;
  readonly json?: boolean;
}

const REPLY_BYTES_MAX = 131_072;
const QUERY_TYPE = 'application/timestamp-query';

/** Returns the command. */
export function timestampCommand(output: Output): Command {
  return new Command('timestamp')
    .description(
      'have a node stamp a photograph with the time (RFC 3161); exit code 0 written, 1 refused, 2 called wrongly, 3 no answer',
    )
    .argument('<photo>', 'a file, or the SHA-256 of one as 64 hex digits')
    .option('--node <url>', 'node to ask', 'http://127.0.0.1:8545')
    .option('-o, --out <file>', 'file of the reply, which must not exist yet [PHOTO.tsr]')
    .option('--json', 'print JSON')
    .action((photo: string, options: TimestampOptions) => stamp(photo, options, output));
}

async function stamp(photo: string, options: TimestampOptions, output: Output): Promise<void> {
  const hash = await photoHashOf(photo);
  const nonce = drawNonce();
  const { status, body } = await postBytes(options.node, '/api/v1/timestamp', {
    contentType: QUERY_TYPE,
    bytes: encodeQuery(createQuery(parseHex(hash), nonce)),
    answerBytesMax: REPLY_BYTES_MAX,
  });
  if (status !== 200) throw new CommandError(`the node answered ${status}: ${detailOf(body)}`);
  const info = checkReply(body, parseHex(hash), nonce);
  const file = options.out ?? `${photo}.tsr`;
  await createFile(file, body);
  show({ hash, file, info }, options, output);
}

/** Returns what the token says. Throws a CommandError where there is none, or one about something else. */
function checkReply(bytes: Uint8Array, digest: Uint8Array, nonce: Uint8Array): TstInfo {
  const reply = parseReply(bytes);
  if (reply.status === 'rejected') {
    const reason = [reply.failure, reply.text].filter((each) => each !== undefined && each !== '');
    throw new CommandError(`the node makes no time stamp: ${reason.join(', ')}`);
  }
  const { info } = reply;
  if (!equalBytes(digestOf(info.imprint), digest)) {
    throw new CommandError('the token is about another photograph: nothing was written');
  }
  if (info.nonce === undefined || !equalBytes(info.nonce, nonce)) {
    throw new CommandError('the token answers another question: nothing was written');
  }
  return info;
}

function parseReply(bytes: Uint8Array): ReturnType<typeof decodeReply> {
  try {
    return decodeReply(bytes);
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new CommandError('the answer is no time-stamp reply: is --node a node?', 1, { cause });
  }
}

function show(
  { hash, file, info }: { readonly hash: string; readonly file: string; readonly info: TstInfo },
  { json }: TimestampOptions,
  output: Output,
): void {
  const time = new Date(info.timeMs).toISOString();
  const { policy } = info;
  const serial = formatHex(info.serialNumber);
  if (json === true) output.json({ image_hash: hash, time, policy, serial_number: serial, file });
  else {
    output.line(`${time}  ${hash}`);
    output.line(`  policy            ${policy}`);
    output.line(`  written to        ${file}`);
  }
  output.note(
    `the signature is not checked here: openssl ts -verify -digest ${hash} -in ${file} -CAfile CA.pem`,
  );
}

/** What a problem says. */
function detailOf(body: Uint8Array): string {
  try {
    const problem: unknown = JSON.parse(new TextDecoder().decode(body));
    return String(fieldsOf(problem)['detail']);
  } catch {
    return 'no problem that can be read';
  }
}
