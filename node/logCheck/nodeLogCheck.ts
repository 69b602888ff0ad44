/**
 * The check of the stored log in a node, and what follows from a difference.
 *
 * A validator cosigns nothing more: whoever has its signature must be able to get what it is over. It goes on voting and
 * answering, and says that it is not ready; what is wrong with a store, `birthmark db check` says in full.
 */
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Cosigning } from '../cosigning/cosigning.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Stores } from '../stores.ts';
import { type Difference, LogCheck } from './logCheck.ts';
import type { WalkedChain } from './logWalk.ts';

/** The parts of any node that its check uses. */
export interface LogCheckParts {
  readonly config: Config;
  readonly chain: WalkedChain;
  readonly clock: Clock;
  readonly log: Log;
  metrics(): Metrics;
  onFault(error: unknown): void;
}

/** The same of a validator. */
export interface ValidatorLogCheckParts extends Omit<LogCheckParts, 'chain'> {
  readonly stores: Pick<Stores, 'chain'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly replica: { readonly cosigning: Pick<Cosigning, 'refuse'> };
}

/** Returns the check of a validator's log. */
export function createValidatorLogCheck(parts: ValidatorLogCheckParts): LogCheck {
  return create({ ...parts, chain: parts.stores.chain }, ({ height, what, reason }) => {
    parts.replica.cosigning.refuse(reason);
    parts.audit.record({ type: 'logDifference', height, what });
  });
}

/** Returns the check of an observer's log. */
export function createObserverLogCheck(parts: LogCheckParts): LogCheck {
  return create(parts, () => undefined);
}

function create(parts: LogCheckParts, onNews: (difference: Difference) => void): LogCheck {
  const { config, chain, clock, log } = parts;
  const options = { entriesPerS: config.limits.logCheckEntriesPerS };
  return new LogCheck(options, {
    chain,
    clock,
    log,
    onRound: () => {
      parts.metrics().logCheckRounds.inc();
    },
    onDifference: (difference) => {
      parts.metrics().logCheckDifferences.inc();
      if (difference.isNews) onNews(difference);
    },
    onFault: (error) => {
      parts.onFault(error);
    },
  });
}
