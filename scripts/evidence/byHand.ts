/**
 * CHECK-BY-HAND.md: how a registration is checked with `sha256sum` and `openssl`, with this photograph's own values.
 *
 * Every block of commands succeeds or fails as a whole, so that a test can run them all. What stands in a command and
 * comes from elsewhere is quoted for the shell.
 */
import { encode } from '../../chain/codec.ts';
import { formatBase64, formatHex } from '../../chain/bytes.ts';
import { entrySchema } from '../../chain/entry.ts';
import { leafHash } from '../../chain/merkle.ts';
import { chainIdOf } from '../../genesis/document.ts';
import { formatTime, printable } from '../cli/printable.ts';
import { type Evidence, FILE, signerFiles, type Timestamp } from './evidence.ts';
import { hashOffset, pathSteps } from './places.ts';
import {
  cosignatureHead,
  cosignersOf,
  logSignerOf,
  type Signer,
  type TimedSigner,
} from './signers.ts';
import { stampTimeS } from './stamp.ts';

const DIGEST = 'openssl dgst -sha256 -binary | openssl base64';
const HASH_BYTES = 32;

/** Returns the text. */
export function formatByHand(evidence: Evidence): string {
  const { proof, policy, registration } = evidence;
  const { note } = proof.parsed.checkpoint;
  const entry = encode(entrySchema, registration.entry);
  const sections = [
    introduction(evidence),
    aboutPhotograph(evidence),
    aboutEntry(evidence, entry),
    aboutPath(evidence, entry),
    aboutLog(logSignerOf(note, policy.parsed)),
    aboutCosigners(cosignersOf(note, policy.parsed, registration.cosigners)),
    aboutQuorum(evidence),
    ...(evidence.timestamp.stamp === undefined ? [] : [aboutStamp(evidence, evidence.timestamp)]),
    ending(evidence),
  ];
  return `${sections.join('\n\n')}\n`;
}

function block(...commands: readonly string[]): string {
  return ['```bash', ...commands, '```'].join('\n');
}

/** A word of a shell, whatever is in it; it has no line end. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function introduction({ photo }: Evidence): string {
  return `# Checking by hand

What is checked here needs two programs that have nothing to do with this network: \`sha256sum\`, and \`openssl\` of
version 3.0 or later. \`cat\`, \`head\` and \`tail\` only carry bytes. Copy this folder to where you may write, put the
photograph into it, open a \`bash\` there, and paste one block after another. Every check says OK, Verified or
Verification: OK; anything else means that something was changed.

${block(
  `photo=${quote(photo.name)}`,
  'same() { if [ "$1" = "$2" ]; then echo OK; else echo "DIFFERENT: $1 is not $2"; return 1; fi; }',
  'holds() { case "$(cat "$1")" in *"$2"*) echo OK ;; *) echo "DIFFERENT: $1 has no $2"; return 1 ;; esac; }',
)}`;
}

function aboutPhotograph({ photo }: Evidence): string {
  return `## 1. The photograph

Its SHA-256 is what the entry of the log names.

${block(`echo "${formatHex(photo.hash)}  $photo" | sha256sum -c -`)}`;
}

function aboutEntry({ registration: { entry, match } }: Evidence, bytes: Uint8Array): string {
  const offset = hashOffset(entry, match);
  return `## 2. The entry

\`${FILE.entry}\` is the entry of the log, byte for byte (MessagePack); \`${FILE.entryJson}\` shows what it says. It has
this SHA-256 in the ${HASH_BYTES} bytes from byte ${offset + 1} on, as ${match === 'image_hash' ? 'the hash of the registered file' : `the digest \`${match}\` beside the hash of another file`}.

${block(
  `hash=$(openssl dgst -sha256 -binary "$photo" | openssl base64)`,
  `same "$(tail -c +${offset + 1} ${FILE.entry} | head -c ${HASH_BYTES} | openssl base64)" "$hash"`,
)}

The hash of the entry is that of a zero byte and its bytes (RFC 6962, section 2.1).

${block(
  String.raw`{ printf '\x00'; cat ${FILE.entry}; } | sha256sum -c <(echo '${formatHex(leafHash(bytes))}  -')`,
  String.raw`hash=$({ printf '\x00'; cat ${FILE.entry}; } | ${DIGEST})`,
)}`;
}

function aboutPath({ proof: { parsed } }: Evidence, entry: Uint8Array): string {
  const { index, checkpoint } = parsed;
  const path = pathSteps(entry, parsed);
  const neighbours = path.map((_, i) => `read -r n${i + 1}; `);
  const steps = path.map(({ siblingSide, hash }, i) => {
    const own = 'openssl base64 -d <<< "$hash"';
    const other = `openssl base64 -d <<< "$n${i + 1}"`;
    const pair = siblingSide === 'left' ? `${other}; ${own}` : `${own}; ${other}`;
    return `Step ${i + 1}, the neighbour on the ${siblingSide}:

${block(String.raw`hash=$({ printf '\x01'; ${pair}; } | ${DIGEST})`, `same "$hash" '${formatBase64(hash)}'`)}`;
  });
  return `## 3. The path to the root

\`${FILE.proof}\` holds the entry in base64, its number in the log, counted from 0, and the hashes of its neighbours.

${block(
  `{ read -r format; read -r extra; read -r index; ${neighbours.join('')}read -r empty; read -r log; read -r size; read -r root; } < ${FILE.proof}`,
  `same "$extra" "extra $(openssl base64 -A -in ${FILE.entry})"`,
  `same "$index of $size in $log" ${quote(`index ${index} of ${checkpoint.treeSize} in ${checkpoint.origin}`)}`,
)}

The hash of the entry and that of its neighbour, behind a byte of one, are hashed together, and so on up to the root.

${[...steps, ABOUT_ROOT].join('\n\n')}`;
}

const ABOUT_ROOT = `The last hash is the root that the checkpoint names, and \`${FILE.checkpoint}\` is that checkpoint.

${block('same "$hash" "$root"', `holds ${FILE.proof} "$(cat ${FILE.checkpoint})"`)}`;

function aboutLog(log: Signer): string {
  const { key, signature } = signerFiles('log');
  return `## 4. The log's signature

The checkpoint is signed as it stands. The signature is in a line of \`${FILE.proof}\`, and the key must be the one in
the line \`log\` of \`${FILE.policy}\`.

${block(
  `openssl pkeyutl -verify -rawin -pubin -inkey ${key} -in ${FILE.checkpoint} -sigfile ${signature}`,
  ...lineCommands(log, signature),
  ...keyCommands(key, '01'),
)}

It says that all are shown the same log: ${shown(log.name)}. What makes it one to believe are those who cosigned.`;
}

/** A signature is the one in a line of the proof, where it stands behind the key's id and a cosigner's time. */
function lineCommands({ lineHead }: Signer, file: string): readonly string[] {
  const head = Array.from(lineHead, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  return [`holds ${FILE.proof} "$({ printf '${head}'; cat ${file}; } | openssl base64 -A)"`];
}

/** The key of a PEM file is one of the policy: both hold the same 32 bytes. */
function keyCommands(file: string, type: '01' | '04'): readonly string[] {
  const key = `openssl pkey -pubin -in ${file} -outform DER | tail -c ${HASH_BYTES}`;
  return [
    String.raw`key=$({ printf '\x${type}'; ${key}; } | openssl base64)`,
    `holds ${FILE.policy} "+$key"`,
  ];
}

function aboutCosigners(cosigners: readonly TimedSigner[]): string {
  const each = cosigners.map((cosigner, i) => {
    const { name, timeS } = cosigner;
    const { key, signature } = signerFiles(`cosigner-${i + 1}`);
    const head = cosignatureHead(timeS).replaceAll('\n', String.raw`\n`);
    return `${shown(name)}, ${formatTime(timeS)}:

${block(
  `{ printf '${head}'; cat ${FILE.checkpoint}; } > message.tmp`,
  `openssl pkeyutl -verify -rawin -pubin -inkey ${key} -in message.tmp -sigfile ${signature}`,
  ...lineCommands(cosigner, signature),
  ...keyCommands(key, '04'),
  'rm message.tmp',
)}`;
  });
  return `## 5. The cosigners

Each signed the checkpoint behind two lines: what it is, and the time in Unix seconds by the cosigner's own clock
(C2SP tlog-cosignature). Each key must be in a line \`witness\` of \`${FILE.policy}\`.${each.map((text) => `\n\n${text}`).join('')}`;
}

function aboutQuorum({ policy: { parsed }, registration, genesis, trust }: Evidence): string {
  const groups = parsed.groups.map(
    ({ name, threshold, members }) =>
      `- \`${shown(name)}\`: ${threshold} of ${members.map((each) => `\`${shown(each)}\``).join(', ')}`,
  );
  const chainId = formatHex(chainIdOf(genesis.genesis));
  return `## 6. Whether they are enough, and who they are

\`${FILE.policy}\` asks for \`${shown(parsed.quorum)}\`${groups.length === 0 ? '.' : `, where\n\n${groups.join('\n')}`}

Cosigned: ${registration.cosigners.map(({ name }) => `\`${shown(name)}\``).join(', ') || 'nobody'}.

Everything up to here shows that the parts of this folder fit together. That the keys are those of the institutions is
what no folder can show: compare the keys in \`${FILE.policy}\`, or the chain id, with what the institutions themselves
publish. ${TRUSTED[trust]} The chain id is

    ${chainId}`;
}

const TRUSTED: Readonly<Record<Evidence['trust'], string>> = {
  policy: 'Whoever made this folder had the policy already, and not from the node that was asked.',
  genesis:
    'Whoever made this folder had the genesis already, and not from the node that was asked.',
  node: 'Whoever made this folder took the genesis from the node that was asked: that comparison is not done.',
};

function aboutStamp({ source }: Evidence, { stamp, caPem }: Timestamp): string {
  const [signer] = stamp.certificates;
  const time = stampTimeS(stamp);
  const about =
    caPem === undefined
      ? `\`${FILE.stampCa}\` is not in this folder: it is the certificate of the CA, which must come
from the institution or from the CA, never from whoever hands over the stamp. Save it under that name.`
      : `\`${FILE.stampCa}\` is the certificate of the CA as whoever made this folder had it; compare its
fingerprint with what the CA publishes.`;
  return `## 7. The time stamp

Asked of ${shown(source)} when this folder was made, as RFC 3161 has it: that its institution saw this SHA-256 at
${new Date(stamp.info.timeMs).toISOString()}. It is the word of that institution alone.

${about}

${block(
  `openssl ts -verify -data "$photo" -in ${FILE.stamp} -CAfile ${FILE.stampCa} -untrusted ${FILE.stampCertificates} -attime ${time}`,
)}

Signed by the certificate with the SHA-256 fingerprint

    ${signer.fingerprint256}`;
}

function ending({ registration }: Evidence): string {
  return `## What this shows, and what not

See \`${FILE.summary}\`. The same check by the program of the network, which also checks the position in the log (entry
${registration.index} of ${registration.treeSize}), is

    birthmark verify "$photo" --proof ${FILE.proof} --policy ${FILE.policy}`;
}

function shown(text: string): string {
  return printable(text).replaceAll('`', "'");
}
