/** The node's own truth, as the interface shows it: built from what its parts know, kept nowhere. */
import type { NodeStatus, ValidatorView } from '../api/ports.ts';
import { suspendedSince } from '../chain/consensus/proposer.ts';
import { maxFaulty, quorumSize } from '../chain/consensus/quorum.ts';
import { equalBytes } from '../chain/bytes.ts';
import { offenderSubject } from '../chain/offender.ts';
import { validatorsAt } from '../chain/state.ts';
import type { Cosigning } from './cosigning/cosigning.ts';
import type { ValidatorIdentity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { ReceiptDesk } from './intake/receiptDesk.ts';
import type { LogCheck } from './logCheck/logCheck.ts';
import type { NodeWitnesses } from './nodeWitnesses.ts';
import type { Progress } from './progress.ts';
import type { KnownEquivocation } from './recordedEquivocations.ts';
import type { Standings } from './standings.ts';
import type { Timestamps } from './timestamp/timestamps.ts';
import type { Turn } from './turn.ts';
import type { Uptime } from './uptime.ts';
import { VERSION } from './version.ts';

/** What any node tells its status from. */
export interface CommonSources {
  readonly ledger: Ledger;
  readonly uptime: Uptime;
  /** The height that is being decided, its view, and whose turn it is. */
  readonly turn: Turn;
  readonly standings: Standings;
  readonly timestamps: Timestamps | undefined;
  /** What is known of validators that broke the protocol. */
  readonly equivocations: { all(): readonly KnownEquivocation[] };
}

/** What a validator tells its status from. */
export interface StatusSources extends CommonSources {
  readonly identity: ValidatorIdentity;
  readonly receipts: ReceiptDesk;
  readonly progress: Progress;
  readonly cosigning: Pick<Cosigning, 'final' | 'view'>;
  readonly logCheck: Pick<LogCheck, 'difference'>;
  readonly witnesses: NodeWitnesses;
  /** Why nothing can be taken in now, or undefined. */
  closedBecause(): string | undefined;
}

/** What every node says alike. */
export type CommonStatus = Pick<
  NodeStatus,
  | 'version'
  | 'chainId'
  | 'mode'
  | 'uptimeS'
  | 'uptimeShare'
  | 'view'
  | 'proposer'
  | 'quorum'
  | 'faultsTolerated'
  | 'stopsTolerated'
  | 'missing'
  | 'timestamps'
>;

/** Returns a validator's status. */
export function statusOf(sources: StatusSources): NodeStatus {
  const { identity, receipts, progress, cosigning } = sources;
  const { cosignedSize, refusal } = cosigning.view();
  const damage = sources.logCheck.difference();
  const checkpoint = { finalSize: cosigning.final()?.treeSize ?? 0, cosignedSize, refusal };
  const closed = sources.closedBecause();
  const syncing = progress.isSyncing();
  return {
    ...commonStatusOf(sources),
    nodeId: identity.validator.name,
    pendingSubmissions: receipts.pendingCount(),
    stalled: closed ?? progress.stalled(),
    lastRefusal: progress.lastRefusal(),
    signFloor: progress.signFloor(),
    syncing,
    observer: false,
    following: undefined,
    checkpoint,
    witnesses: sources.witnesses.views(),
    witnessing: sources.witnesses.witnessing(),
    notReady: [
      ...(closed === undefined ? [] : [closed]),
      ...new Set([refusal, damage].filter((each) => each !== undefined)),
      ...(syncing ? ['blocks that others have are being fetched'] : []),
    ],
  };
}

/** Returns the part of a status that is that of the chain. */
export function commonStatusOf(sources: CommonSources): CommonStatus {
  const { ledger, uptime, turn, standings, timestamps } = sources;
  const { height, view } = turn.place();
  const { state } = ledger.edge();
  const validators = validatorsAt(state, height);
  return {
    version: VERSION,
    chainId: state.chainId,
    mode: validators.length === 1 ? 'single' : 'pbft',
    uptimeS: uptime.seconds(),
    uptimeShare: uptime.share(),
    view,
    proposer: validators[turn.proposer()]?.name ?? '',
    quorum: quorumSize(validators.length),
    faultsTolerated: maxFaulty(validators.length),
    stopsTolerated: validators.length - quorumSize(validators.length),
    missing: standings.missing(),
    timestamps: timestamps?.view(),
  };
}

const SUSPENSION_HEIGHTS = 100;

/** Returns the validators of the next height as this node sees them. */
export function validatorViewsOf(sources: CommonSources): readonly ValidatorView[] {
  const { state } = sources.ledger.edge();
  const { height } = sources.turn.place();
  const known = sources.equivocations.all();
  const baseHeight = sources.ledger.baseHeight();
  return sources.standings.all().map(({ validator, status, lastSeenMs, lastSignedHeight }) => {
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
      evidenceElsewhere: state.offenders.find(
        (each) => equalBytes(each.subject, subject) && each.height <= baseHeight,
      )?.height,
    };
  });
}
