/**
 * The way of a submission, put together: intake, authorities, verdicts, batches, settlement.
 *
 * Its parts know each other only through what they are given here; the one circle (a duplicate is named by
 * intake, and found by the batcher and settlement too) is closed here and nowhere else.
 */
import { lastSequence } from '../chain/state.ts';
import { Authorities } from './authority/authorities.ts';
import { AuthorityClient } from './authority/client.ts';
import { STOP_GRACE_MS } from './authority/limits.ts';
import type { PooledBatch } from './mempool/batchPool.ts';
import type { Clock } from './clock.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import type { LocalLimits } from './config.ts';
import type { OnPoint } from './crashPoint.ts';
import type { ValidatorIdentity } from './identity.ts';
import { Batcher, type BatcherOptions, type BatcherPorts } from './intake/batcher.ts';
import type { Certificates } from './intake/certificates.ts';
import { Duplicates } from './intake/duplicates.ts';
import { Intake } from './intake/intake.ts';
import { ReceiptDesk } from './intake/receiptDesk.ts';
import { Sequences } from './intake/sequences.ts';
import { Settlement } from './intake/settlement.ts';
import { VerdictDesk } from './intake/verdictDesk.ts';
import type { Ledger } from './ledger.ts';
import type { Metrics } from './metrics.ts';
import type { Rules } from './rules.ts';
import type { WorkStore } from './store/workStore.ts';

/** What the pipeline is made of. */
export interface PipelineParts {
  readonly identity: ValidatorIdentity;
  readonly limits: LocalLimits;
  readonly work: WorkStore;
  readonly ledger: Ledger;
  readonly certificates: Certificates;
  readonly clock: Clock;
  readonly metrics: () => Metrics;
  readonly rules: Rules;
  /** Why nothing can be taken in now, or undefined. */
  readonly closedBecause: () => string | undefined;
  /** Whether another own batch may wait for a block. */
  readonly hasRoom: () => boolean;
  /** Called with a batch that is durable. */
  readonly onBatch: (batch: PooledBatch) => Promise<void>;
  readonly onPoint: OnPoint;
  readonly onFault: (error: unknown) => void;
}

/** The parts that others need. */
export interface Pipeline {
  readonly intake: Intake;
  readonly receipts: ReceiptDesk;
  readonly authorities: Authorities;
  readonly batcher: Batcher;
  readonly settlement: Settlement;
  readonly verdicts: VerdictDesk;
  /** Settles what a block holds of this institution's. */
  settle(block: AppliedBlock): Promise<void>;
  /** Lets nothing more through; what is under way is kept. */
  stop(): Promise<void>;
}

/** Returns a pipeline; nothing moves in it before a submission comes. */
export function createPipeline(parts: PipelineParts): Pipeline {
  const client = new AuthorityClient();
  const receipts = new ReceiptDesk(parts.work);
  const shared = sharedPorts(parts, receipts);
  const batcher = new Batcher(batcherOptions(parts), {
    ...shared,
    sequences: createSequences(parts),
    onBatch: (batch, receiptIds) => {
      settlement.expect(batch.id, receiptIds);
      return parts.onBatch(batch);
    },
  });
  const settlement = new Settlement({ ...shared, batcher });
  const verdicts = new VerdictDesk(parts.identity, {
    ...shared,
    onValidated: (receiptId, verdict) => {
      batcher.push(receiptId, verdict);
    },
    random: () => Math.random(),
  });
  const authorities = createAuthorities(parts, { client, verdicts });
  const intake = createIntake(parts, shared, authorities);
  return {
    intake,
    receipts,
    authorities,
    batcher,
    settlement,
    verdicts,
    settle: ({ batches, applied }) => settlement.settleBlock(batches, applied),
    async stop() {
      const timer = setTimeout(() => client.breakOff(), STOP_GRACE_MS);
      await authorities.stop();
      clearTimeout(timer);
      await client.close();
      await batcher.stop();
    },
  };
}

type Shared = Omit<BatcherPorts, 'onBatch' | 'sequences'> & { readonly certificates: Certificates };

function sharedPorts(parts: PipelineParts, receipts: ReceiptDesk): Shared {
  const { work, ledger, identity, certificates, clock, rules, onPoint, onFault } = parts;
  const { consensusKey } = identity.validator;
  return {
    work,
    receipts,
    certificates,
    clock,
    params: () => rules.params(),
    validatorCount: () => rules.validators().length,
    parse: certificates.parse,
    duplicates: new Duplicates(work, (imageHash) => ledger.isRegistered(imageHash, consensusKey)),
    findAuthority: (id) => rules.registry().find(id),
    hasRoom: parts.hasRoom,
    onPoint,
    onFault,
  };
}

function batcherOptions({ identity }: PipelineParts): BatcherOptions {
  const { chainId, commitmentKey, sign, validator } = identity;
  return { chainId, aggregator: validator.consensusKey, commitmentKey, sign };
}

function createSequences({ identity, work, ledger }: PipelineParts): Sequences {
  const { consensusKey } = identity.validator;
  return new Sequences({
    first: (work.readSequence() ?? 0) + 1,
    committed: () => lastSequence(ledger.edge().state, consensusKey),
  });
}

function createAuthorities(
  { limits, clock, rules, metrics, onFault }: PipelineParts,
  { client, verdicts }: { readonly client: AuthorityClient; readonly verdicts: VerdictDesk },
): Authorities {
  return new Authorities(
    { concurrency: limits.authorityConcurrency },
    {
      clock,
      authorities: () => rules.registry().authorities,
      ask: async (id) => {
        const question = verdicts.questionOf(id);
        if (question === undefined) return undefined;
        const answer = await client.ask(question);
        // What our own stop broke off is asked again after it.
        return client.isBrokenOff && answer.type === 'none' ? undefined : answer;
      },
      onAnswer: (id, answer) => verdicts.settle(id, answer),
      onQuestion: (authority, seconds, outcome) => {
        metrics().questions.observe({ authority, outcome }, seconds);
      },
      onFault,
    },
  );
}

function createIntake(parts: PipelineParts, shared: Shared, authorities: Authorities): Intake {
  const { identity, limits, metrics, rules, closedBecause } = parts;
  const options = {
    chainId: identity.chainId,
    commitmentKey: identity.commitmentKey,
    pendingMax: limits.pendingMax,
    validatorCount: identity.genesis.validators.length,
  };
  return new Intake(options, {
    ...shared,
    authorities: () => rules.registry().authorities,
    closedBecause,
    onVerify: () => {
      metrics().verifications.inc({ kind: 'camera' });
    },
    ask: ({ authorityId, receiptId }) => {
      metrics().submissions.inc();
      authorities.enqueue(authorityId, receiptId);
    },
  });
}
