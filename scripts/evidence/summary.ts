/** SUMMARY.txt: what a package shows, for somebody who reads nothing else of it. */
import { checkedOf } from '../../api/views/statements.ts';
import { formatHex } from '../../chain/bytes.ts';
import { chainIdOf } from '../../genesis/document.ts';
import { VERSION } from '../../node/version.ts';
import { formatTime, printable } from '../cli/printable.ts';
import { formatRegistration } from './entryJson.ts';
import { type Evidence, FILE, type TrustSource } from './evidence.ts';
import { notShownBy, shownBy, STATEMENT } from './sentences.ts';

const WIDTH = 96;
const LABEL_WIDTH = 20;
const MS_PER_S = 1_000;

/** Returns the text. */
export function formatSummary(evidence: Evidence): string {
  const { verdict, registration, steps, photo } = evidence;
  const { record } = registration.entry;
  const sections = [
    ['EVIDENCE ABOUT A PHOTOGRAPH'],
    [...field('File', photo.name), ...field('SHA-256', formatHex(photo.hash))],
    wrap(`${STATEMENT[verdict]} (${verdict})`, ''),
    ['WHAT IS REGISTERED', ...registeredLines(evidence)],
    ['WHO KNEW OF IT, AND WHEN', ...cosignerLines(evidence)],
    ['WHAT WAS CHECKED WHEN IT WAS REGISTERED', ...list(checkedOf(record))],
    [
      'WHAT WAS CHECKED BEFORE THIS FOLDER WAS WRITTEN',
      ...wrap(
        `On ${formatTime(evidence.madeAtMs / MS_PER_S)}, by birthmark evidence ${VERSION}, of what ${evidence.source} answered:`,
        '',
      ),
      ...list(steps.map(({ name, detail }) => `${name}: ${detail}`)),
      ...list([stampText(evidence), answerText(evidence)]),
    ],
    ['WHAT THIS SHOWS', ...wrap(shownBy(registration), '')],
    ['WHAT THIS DOES NOT SHOW', ...list(notShownBy(record))],
    ['WHOM IT ASKS YOU TO BELIEVE', ...wrap(BELIEF[evidence.trust], ''), ...chainLines(evidence)],
    ['THE FILES', ...fileLines(evidence)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function registeredLines({ registration, genesis: { genesis } }: Evidence): readonly string[] {
  const facts = formatRegistration(registration);
  const aggregator = genesis.validators.find(
    ({ consensusKey }) => formatHex(consensusKey) === facts.aggregator_key,
  );
  const authority = genesis.authorities.find(({ id }) => id === facts.authority);
  return [
    ...field('Registered file', facts.image_hash),
    ...field('Found by', facts.match),
    ...field('Kind', facts.kind),
    ...field('Captured (claim)', formatTime(facts.timestamp)),
    ...field('Block', `${facts.block_height}, ${formatTime(facts.block_time)}`),
    ...field('Taken in by', aggregator?.name ?? facts.aggregator_key),
    ...field('Manufacturer', authority?.name ?? facts.authority ?? 'not published'),
    ...field('Camera signature', facts.camera_signature),
    ...field('Log', `${facts.origin}, entry ${facts.log_index} of ${facts.log_size}`),
    ...facts.parents.flatMap((parent) => field('Made from', parent)),
  ];
}

function cosignerLines({ registration: { cosigners, quorumTimeS } }: Evidence): readonly string[] {
  return [
    ...cosigners.flatMap(({ name, timeS }) => field(formatTime(timeS), name)),
    ...wrap(
      quorumTimeS === undefined
        ? 'The policy asks for no cosigner: nobody but the log itself stands for this.'
        : `The quorum was reached at ${formatTime(quorumTimeS)}, by the cosigners' own clocks.`,
      '',
    ),
  ];
}

function stampText({ timestamp }: Evidence): string {
  if (timestamp.stamp === undefined) return `time stamp: there is none (${timestamp.reason})`;
  const { stamp, caPem } = timestamp;
  const time = new Date(stamp.info.timeMs).toISOString();
  const signer = stamp.certificates[0].subject.replaceAll('\n', ', ');
  return caPem === undefined
    ? `time stamp: of ${time}, for this SHA-256, signed by the certificate in it (${signer}), which no CA was named for: that it may be believed is not checked`
    : `time stamp: of ${time}, for this SHA-256, signed by ${signer}, under the CA in ${FILE.stampCa}`;
}

function answerText({ answer, verdict }: Evidence): string {
  return answer.verdict === verdict
    ? `answer: the node itself said ${answer.verdict}; that is its word alone`
    : `answer: the node itself said ${answer.verdict}, which no proof can show: ask it and others what happened since`;
}

const BELIEF: Readonly<Record<TrustSource, string>> = {
  policy: `That the keys in ${FILE.policy} are those of the institutions it names. Whoever made this folder had that policy already, and not from the node that was asked.`,
  genesis: `That ${FILE.genesis} is the document with which the network began. Whoever made this folder had it already, and not from the node that was asked.`,
  node: `That ${FILE.genesis} is the document with which the network began. IT CAME FROM THE NODE THAT WAS ASKED: until the chain id below is compared with what the institutions publish, this folder shows only that its parts fit together.`,
};

function chainLines({ genesis: { genesis } }: Evidence): readonly string[] {
  return [
    ...field('Chain id', formatHex(chainIdOf(genesis))),
    ...field('Network', genesis.network),
    ...field('Institutions', genesis.validators.map(({ name }) => name).join(', ')),
  ];
}

function fileLines({ timestamp }: Evidence): readonly string[] {
  return [
    ...field(FILE.byHand, 'how to check all of this with sha256sum and openssl'),
    ...field(FILE.proof, 'the proof (C2SP tlog-proof)'),
    ...field(FILE.policy, 'whose signatures are believed (C2SP tlog-policy)'),
    ...field(FILE.genesis, 'the document with which the network began'),
    ...field(FILE.entry, `the entry of the log; ${FILE.entryJson} shows what it says`),
    ...field(FILE.checkpoint, 'the head of the log, as it is signed'),
    ...field('*.pem, *.sig', 'keys and signatures of the log and of the cosigners, for openssl'),
    ...field(FILE.answer, 'what the node said'),
    ...(timestamp.stamp === undefined
      ? []
      : field(FILE.stamp, 'the time stamp (RFC 3161), with its certificates beside')),
    '',
    ...wrap('The photograph itself is not among them: it belongs beside this folder.', ''),
  ];
}

function field(label: string, text: string): readonly string[] {
  return [`${printable(label).padEnd(LABEL_WIDTH)}  ${printable(text)}`.trimEnd()];
}

function list(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => wrap(text, '- '));
}

/** Lines of at most 96 characters, but for words that are longer; those after the first stand below its text. */
function wrap(text: string, bullet: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(' ')) {
    if (line !== '' && bullet.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  const indent = ' '.repeat(bullet.length);
  return [...lines, line].map((each, i) => `${i === 0 ? bullet : indent}${each}`);
}
