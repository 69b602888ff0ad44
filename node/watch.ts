/** Who watches consensus: metrics, progress for operators, the audit trail, the log. Each hears everything. */
import type { Header } from '../chain/block.ts';
import { formatHex } from '../chain/bytes.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import type { Input, Ready } from '../chain/consensus/ready.ts';
import type { ChainError } from '../chain/errors.ts';
import type { AuditTrail } from './auditTrail.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import type { Log } from './log.ts';
import type { BadBatch } from './mempool/admission.ts';
import type { Metrics } from './metrics.ts';
import type { Progress } from './progress.ts';
import type { StepMeter } from './stepMeter.ts';

/** The watchers. */
export interface Watchers {
  readonly metrics: Metrics;
  readonly meter: StepMeter;
  readonly progress: Progress;
  readonly trail: AuditTrail;
  readonly log: Log;
}

/** Tells the watchers. */
export class Watch {
  readonly #watchers: Watchers;

  constructor(watchers: Watchers) {
    this.#watchers = watchers;
  }

  /** Takes one step of the engine, once it is paid. */
  noteStep(input: Input, ready: Ready): void {
    const { meter, progress, trail } = this.#watchers;
    meter.note(input, ready);
    progress.noteStep(input);
    trail.noteStep(input, ready);
  }

  /** Takes a block that was applied. */
  noteBlock(block: AppliedBlock): void {
    const { metrics, progress, trail, log } = this.#watchers;
    const { height } = block.header;
    const records = metrics.noteBlock(block);
    progress.noteBlock(block);
    trail.noteBlock(block);
    log.debug({ height, records }, 'block applied');
  }

  /** Takes why a proposal was not voted for. */
  noteRefusal(error: ChainError, header: Header): void {
    const { metrics, progress, trail, log } = this.#watchers;
    const { code, message } = error;
    const { height, view } = header;
    metrics.refusals.inc({ code });
    progress.noteRefusal(error, header);
    trail.noteRefusal(error, header);
    log.warn({ code, height, view }, `proposal refused: ${message}`);
  }

  /** Takes a proof of equivocation that is news. */
  noteEquivocation(equivocation: Equivocation): void {
    const { metrics, trail, log } = this.#watchers;
    const { height, view, phase, index } = equivocation;
    metrics.equivocations.inc();
    trail.noteEquivocation(equivocation);
    log.warn({ height, view, phase, index }, 'a validator has contradicted itself');
  }

  /** Takes a batch that its aggregator should not have signed. */
  noteBadBatch({ aggregator }: BadBatch): void {
    this.#watchers.metrics.badBatches.inc({ aggregator: formatHex(aggregator) });
  }
}
