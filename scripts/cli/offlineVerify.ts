/**
 * The offline check for a person: a photograph, its proof, and whom somebody believes. Nobody is asked: no node, no
 * name server, no clock.
 */
import { formatHex, parseHex } from '../../chain/bytes.ts';
import { PROOF_BYTES_MAX } from '../../chain/log/limits.ts';
import {
  type Photograph,
  type Registration,
  type Verdict,
  verify,
} from '../../chain/log/verify.ts';
import { chainIdOf } from '../../genesis/document.ts';
import { formatRegistration, type RegistrationJson } from '../evidence/entryJson.ts';
import { isVerified, notShownBy, shownBy, STATEMENT } from '../evidence/sentences.ts';
import { adviceOn, type Material } from './advice.ts';
import { readAtMost } from './boundedFile.ts';
import { CommandError, EXIT_USAGE, type Output } from './output.ts';
import { isHash, photoHashOf } from './photoHash.ts';
import { formatTime, printable } from './printable.ts';
import { readTrust, type TrustOptions } from './trust.ts';

/** The options of the check. */
export interface OfflineOptions extends TrustOptions {
  readonly proof: string;
  readonly json?: boolean;
}

/** What is printed for programs; a field that does not apply is null. */
export interface VerdictJson {
  readonly verified: boolean;
  readonly verdict: Verdict['verdict'];
  /** The hash that was asked about, as hex. */
  readonly image_hash: string;
  /** Why it is not verified. */
  readonly code: string | null;
  readonly reason: string | null;
  readonly advice: string | null;
  readonly steps: Verdict['steps'];
  /** Of the genesis, where the policy was made from one. */
  readonly chain_id: string | null;
  readonly registration: RegistrationJson | null;
  readonly shows: string | null;
  readonly does_not_show: readonly string[];
}

const EXIT_NOT_VERIFIED = 1;

/** Checks a photograph and prints what came of it. Rejects with a CommandError, without a message if it is "no". */
export async function verifyOffline(
  photo: string,
  options: OfflineOptions,
  output: Output,
): Promise<void> {
  const trust = await readTrust(options);
  if (trust === undefined) {
    throw new CommandError(
      '--proof needs --policy or --genesis: whose signatures do you believe? Not from whom the proof came',
      EXIT_USAGE,
    );
  }
  const proof = await readAtMost(options.proof, PROOF_BYTES_MAX, '--proof');
  const hash = parseHex(await photoHashOf(photo));
  const file: Photograph = isHash(photo) ? { hash } : { fileHash: hash };
  const verdict = verify({ file, proof, policy: trust.policy });
  const report = formatVerdict(verdict, { hash, trust, proof });
  if (options.json === true) output.json(report);
  else print(verdict, report, output);
  if (!report.verified) throw new CommandError('', EXIT_NOT_VERIFIED);
}

/** What a verdict was about. */
interface Question extends Material {
  readonly hash: Uint8Array;
}

function formatVerdict(verdict: Verdict, question: Question): VerdictJson {
  const { genesis } = question.trust;
  const about = {
    verified: isVerified(verdict.verdict),
    verdict: verdict.verdict,
    image_hash: formatHex(question.hash),
    steps: verdict.steps,
    chain_id: genesis === undefined ? null : formatHex(chainIdOf(genesis.genesis)),
  };
  if (verdict.verdict === 'not_verified') {
    const { code, reason } = verdict;
    const advice = adviceOn(verdict, question) ?? null;
    return { ...about, code, reason, advice, registration: null, shows: null, does_not_show: [] };
  }
  const { registration } = verdict;
  return {
    ...about,
    code: null,
    reason: null,
    advice: null,
    registration: formatRegistration(registration),
    shows: shownBy(registration),
    does_not_show: notShownBy(registration.entry.record),
  };
}

const LABEL_WIDTH = 18;

function print(verdict: Verdict, report: VerdictJson, output: Output): void {
  const line = (text: string): void => {
    output.line(printable(text));
  };
  const field = (label: string, text: string): void => {
    line(`  ${label.padEnd(LABEL_WIDTH)}${text}`);
  };
  line(`${report.verdict}  ${report.image_hash}`);
  line(STATEMENT[report.verdict]);
  for (const { name, outcome, detail } of report.steps) {
    field(name, `${outcome.replace('_', ' ')}${detail === '' ? '' : `: ${detail}`}`);
  }
  if (report.advice !== null) line(`What to do: ${report.advice}.`);
  if (verdict.verdict === 'not_verified') return;
  for (const [label, text] of factsOf(verdict.registration)) field(label, text);
  if (report.chain_id !== null) {
    field('chain id', report.chain_id);
    line("The policy was made from the genesis: it is that of the network's first validators.");
  }
  line(`It shows: ${report.shows ?? ''}`);
  line('It does not show');
  for (const each of report.does_not_show) line(`  - ${each}`);
}

function factsOf(registration: Registration): readonly (readonly [string, string])[] {
  const facts = formatRegistration(registration);
  return [
    ['registered hash', facts.image_hash],
    ['found by', facts.match],
    ['kind', facts.kind],
    ['captured (claim)', formatTime(facts.timestamp)],
    ['block time', formatTime(facts.block_time)],
    ['block height', String(facts.block_height)],
    ['camera signature', facts.camera_signature],
    ['authority', `${facts.authority ?? 'not published'} (${facts.authority_check})`],
    ['log', `${facts.origin}, entry ${facts.log_index} of ${facts.log_size}`],
    ...facts.cosigners.map(
      ({ name, time }) => ['cosigned', `${formatTime(time)}  ${name}`] as const,
    ),
    [
      'quorum reached',
      facts.quorum_time === null ? 'none is asked for' : formatTime(facts.quorum_time),
    ],
    ...facts.parents.map((parent) => ['made from', parent] as const),
  ];
}
