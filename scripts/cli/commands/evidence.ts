/**
 * `birthmark evidence`: a folder with everything that is known of a photograph's registration, to be handed to
 * somebody else. What the node answers is checked before anything is written.
 */
import { basename } from 'node:path';

import { Command, Option } from 'commander';

import { formatHex, parseHex } from '../../../chain/bytes.ts';
import { parsePolicy } from '../../../chain/log/policyText.ts';
import { parseTlogProof } from '../../../chain/log/tlogProof.ts';
import { type Photograph, verify } from '../../../chain/log/verify.ts';
import { chainIdOf } from '../../../genesis/document.ts';
import {
  checkSameNetwork,
  fetchAnswer,
  fetchGenesis,
  fetchProof,
  refused,
} from '../../evidence/asking.ts';
import { fetchStamp, readStampCa } from '../../evidence/askingForStamp.ts';
import { type Evidence, FILE } from '../../evidence/evidence.ts';
import { createEvidence } from '../../evidence/evidenceFiles.ts';
import { checkAbsent, createFolder } from '../../evidence/folder.ts';
import { isVerified, STATEMENT } from '../../evidence/sentences.ts';
import { adviceOn } from '../advice.ts';
import type { Output } from '../output.ts';
import { isHash, photoHashOf } from '../photoHash.ts';
import { printable } from '../printable.ts';
import { policyOfGenesis, readTrust, type Trust, type TrustOptions } from '../trust.ts';

interface EvidenceOptions extends TrustOptions {
  readonly node: string;
  readonly out: string;
  readonly tsaCa?: string;
  readonly timestamp: boolean;
  readonly json?: boolean;
}

/** Returns the command. */
export function evidenceCommand(output: Output): Command {
  return new Command('evidence')
    .description(
      'write a folder of evidence about a photograph, checked, for somebody else to check; ' +
        'exit code 0 written, 1 refused, 2 called wrongly, 3 no answer',
    )
    .argument('<photo>', 'a file, or the SHA-256 of one as 64 hex digits')
    .requiredOption('-o, --out <dir>', 'folder to write, which must not exist yet, or be empty')
    .addOption(new Option('--url, --node <url>', 'node to ask').default('http://127.0.0.1:8545'))
    .option('--policy <file>', 'whose signatures to believe (C2SP tlog-policy)')
    .option('--genesis <file>', "genesis of the network, to believe its first validators' quorum")
    .option('--tsa-ca <file>', 'certificates of the CA to believe about time stamps, as PEM')
    .option('--no-timestamp', 'ask for no time stamp')
    .option('--json', 'print JSON')
    .action((photo: string, options: EvidenceOptions) => makeEvidence(photo, options, output));
}

async function makeEvidence(
  photo: string,
  options: EvidenceOptions,
  output: Output,
): Promise<void> {
  await checkAbsent(options.out);
  const evidence = await collect(photo, options);
  const files = createEvidence(evidence);
  await createFolder(options.out, files);
  const { verdict, photo: named, genesis, trust, timestamp } = evidence;
  const chainId = formatHex(chainIdOf(genesis.genesis));
  if (options.json === true) {
    output.json({
      folder: options.out,
      verified: isVerified(verdict),
      verdict,
      image_hash: formatHex(named.hash),
      chain_id: chainId,
      trust,
      timestamp:
        timestamp.stamp === undefined ? null : new Date(timestamp.stamp.info.timeMs).toISOString(),
      files: [...files.keys()],
    });
    return;
  }
  output.line(`${verdict}  ${formatHex(named.hash)}`);
  output.line(STATEMENT[verdict]);
  output.line(`  chain id          ${chainId}`);
  output.line(`  time stamp        ${printable(describeStamp(timestamp))}`);
  output.line(`  written to        ${options.out}: begin with ${FILE.summary}`);
  if (trust === 'node') {
    output.note(
      `the genesis came from the node that was asked: compare the chain id ${chainId} with what the ` +
        'institutions publish, or name a genesis of your own with --genesis',
    );
  }
}

function describeStamp(timestamp: Evidence['timestamp']): string {
  return timestamp.stamp === undefined
    ? `none: ${timestamp.reason}`
    : new Date(timestamp.stamp.info.timeMs).toISOString();
}

/** Asks, and checks all that is answered. */
async function collect(photo: string, options: EvidenceOptions): Promise<Evidence> {
  const { node } = options;
  const own = await readTrust(options);
  const ca = await readStampCa(options.tsaCa);
  const hash = parseHex(await photoHashOf(photo));
  const proof = await fetchProof(node, hash);
  const genesis = own?.genesis ?? (await fetchGenesis(node));
  const trust: Trust = own ?? { policy: policyOfGenesis(genesis.genesis), genesis };
  const file: Photograph = isHash(photo) ? { hash } : { fileHash: hash };
  const verdict = verify({ file, proof, policy: trust.policy });
  if (verdict.verdict === 'not_verified') {
    const advice = adviceOn(verdict, { trust, proof });
    const more = advice === undefined ? '' : ` (${advice})`;
    throw refused(`what ${node} answered does not verify: ${verdict.reason}${more}`);
  }
  const policy = parsePolicy(trust.policy);
  checkSameNetwork(policy, genesis);
  const { registration } = verdict;
  return {
    photo: { name: nameOf(photo), hash },
    verdict: verdict.verdict,
    steps: verdict.steps,
    registration,
    proof: { bytes: proof, parsed: parseTlogProof(proof) },
    policy: { bytes: trust.policy, parsed: policy },
    genesis,
    answer: await fetchAnswer(node, hash, verdict.verdict),
    timestamp: options.timestamp
      ? await fetchStamp(node, hash, ca)
      : { stamp: undefined, reason: 'none was asked for' },
    trust: sourceOf(own),
    source: node,
    madeAtMs: Date.now(),
  };
}

function sourceOf(own: Trust | undefined): Evidence['trust'] {
  if (own === undefined) return 'node';
  return own.genesis === undefined ? 'policy' : 'genesis';
}

const PLAIN_NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_ .()+,=@-]{0,199}$/u;
/** Endings that files of the package have. */
const OWN_NAME = /\.(?:bin|json|md|pem|sig|tlog-proof|tmp|tsr|txt)$/i;
const SOME_NAME = 'photo.jpg';

/** A name that a shell, sha256sum and openssl take as it is, and that no file of the package has. */
function nameOf(photo: string): string {
  const name = basename(photo);
  return isHash(photo) || !PLAIN_NAME.test(name) || OWN_NAME.test(name) ? SOME_NAME : name;
}
