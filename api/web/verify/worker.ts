/**
 * What takes long, away from the page: hashing of files, and the check of proofs.
 *
 * The node serves this script under the strictest Content-Security-Policy, which is a worker's own: it can reach no
 * network, so nothing of a file leaves it but the hash, and what it says of a proof it has from its arguments alone.
 */
import { formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import type { Policy } from '../../../chain/log/policy.ts';
import { parsePolicy } from '../../../chain/log/policyText.ts';
import { hashPieces } from './hashing.ts';
import type { Job, JobReport, PolicySummary } from './job.ts';
import { checkProof } from './proofCheck.ts';

/** Progress is told at most this often. */
const PROGRESS_MS = 100;

const running = new Map<number, AbortController>();

async function hash(id: number, file: Blob): Promise<JobReport> {
  const controller = new AbortController();
  running.set(id, controller);
  let toldMs = performance.now();
  try {
    const digest = await hashPieces(file, {
      signal: controller.signal,
      onProgress: (bytes) => {
        if (performance.now() - toldMs < PROGRESS_MS) return;
        toldMs = performance.now();
        postMessage({ type: 'progress', id, bytes } satisfies JobReport);
      },
    });
    return { type: 'hashed', id, hash: formatHex(digest) };
  } finally {
    running.delete(id);
  }
}

function summarize({ log, witnesses, groups, quorum }: Policy): PolicySummary {
  const group = groups.find(({ name }) => name === quorum);
  return {
    log: log.key.name,
    institutions: witnesses.map(({ name }) => name),
    quorum: group === undefined ? quorum : `${group.threshold} / ${group.members.length}`,
  };
}

async function take(job: Exclude<Job, { type: 'cancel' }>): Promise<JobReport> {
  const { id } = job;
  if (job.type === 'hash') return hash(id, job.file);
  if (job.type === 'check') return { type: 'checked', id, check: checkProof(job.claim) };
  return { type: 'policy', id, policy: summarize(parsePolicy(formatUtf8(job.text))) };
}

async function answer(job: Exclude<Job, { type: 'cancel' }>): Promise<void> {
  try {
    postMessage(await take(job));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    postMessage({ type: 'failed', id: job.id, reason } satisfies JobReport);
  }
}

addEventListener('message', ({ data }: MessageEvent<Job>) => {
  if (data.type === 'cancel') running.get(data.id)?.abort();
  else void answer(data);
});
