/** The node's own truth, as the interface shows it: built from what its parts know, kept nowhere. */
import type { NodeStatus, ValidatorView } from '../api/ports.ts';
import type { Engine } from '../chain/consensus/engine.ts';
import { suspendedSince } from '../chain/consensus/proposer.ts';
import { maxFaulty, quorumSize } from '../chain/consensus/quorum.ts';
import { equalBytes } from '../chain/bytes.ts';
import { offenderSubject } from '../chain/offender.ts';
import { validatorsAt } from '../chain/state.ts';
import type { EquivocationDesk } from './equivocationDesk.ts';
import type { Identity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { ReceiptDesk } from './intake/receiptDesk.ts';
import type { Progress } from './progress.ts';
import type { Uptime } from './uptime.ts';

/** What the view is built from. */
export interface StatusSources {
  readonly identity: Identity;
  readonly version: string;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly receipts: ReceiptDesk;
  readonly uptime: Uptime;
  readonly progress: Progress;
  readonly equivocations: EquivocationDesk;
  /** Why nothing can be taken in now, or undefined. */
  closedBecause(): string | undefined;
}

/** Returns the node's status. */
export function statusOf(sources: StatusSources): NodeStatus {
  const { identity, ledger, engine, uptime, receipts, progress } = sources;
  const { height, view } = engine.place();
  const validators = validatorsAt(ledger.edge().state, height);
  const closed = sources.closedBecause();
  const syncing = progress.isSyncing();
  return {
    nodeId: identity.validator.name,
    version: sources.version,
    chainId: identity.chainId,
    mode: validators.length === 1 ? 'single' : 'pbft',
    uptimeS: uptime.seconds(),
    uptimeShare: uptime.share(),
    pendingSubmissions: receipts.pendingCount(),
    view,
    proposer: validators[engine.proposer()]?.name ?? '',
    quorum: quorumSize(validators.length),
    faultsTolerated: maxFaulty(validators.length),
    stopsTolerated: validators.length - quorumSize(validators.length),
    missing: progress.missing(),
    stalled: closed ?? progress.stalled(),
    lastRefusal: progress.lastRefusal(),
    syncing,
    observer: false,
    notReady: [
      ...(closed === undefined ? [] : [closed]),
      ...(syncing ? ['blocks that others have are being fetched'] : []),
    ],
  };
}

const SUSPENSION_HEIGHTS = 100;

/** Returns the validators of the next height as this node sees them. */
export function validatorViewsOf({
  ledger,
  engine,
  progress,
  equivocations,
}: StatusSources): readonly ValidatorView[] {
  const { state } = ledger.edge();
  const { height } = engine.place();
  const known = equivocations.all();
  return progress.standings().map(({ validator, status, lastSeenMs, lastSignedHeight }) => {
    const since = suspendedSince(state, height, validator.consensusKey);
    const subject = offenderSubject(validator.consensusKey);
    return {
      name: validator.name,
      publicKey: validator.consensusKey,
      peerId: validator.peerId,
      addresses: validator.addresses,
      status,
      lastSeenMs,
      lastSignedHeight,
      lostViews: state.lostViews.filter((lost) => equalBytes(lost.proposer, validator.consensusKey))
        .length,
      suspendedUntil: since === undefined ? undefined : since + SUSPENSION_HEIGHTS,
      evidence: known.filter((each) => equalBytes(each.subject, subject)),
    };
  });
}
