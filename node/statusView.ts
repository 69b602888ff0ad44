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
import type { Uptime } from './uptime.ts';

/** What the view is built from. */
export interface StatusSources {
  readonly identity: Identity;
  readonly version: string;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly receipts: ReceiptDesk;
  readonly uptime: Uptime;
  readonly equivocations: EquivocationDesk;
  /** Why nothing can be taken in now, or undefined. */
  closedBecause(): string | undefined;
}

/** Returns the node's status. */
export function statusOf(sources: StatusSources): NodeStatus {
  const { identity, ledger, engine, uptime, receipts } = sources;
  const { height, view } = engine.place();
  const validators = validatorsAt(ledger.edge().state, height);
  const closed = sources.closedBecause();
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
    missing: [],
    stalled: closed,
    syncing: false,
    observer: false,
    notReady: closed === undefined ? [] : [closed],
  };
}

const SUSPENSION_HEIGHTS = 100;

/** Returns the validators of the next height as this node sees them. */
export function validatorViewsOf(sources: StatusSources, nowMs: number): readonly ValidatorView[] {
  const { identity, ledger, engine } = sources;
  const { state, header } = ledger.edge();
  const { height } = engine.place();
  const equivocations = sources.equivocations.all();
  const signers = ledger.readBlock(header.height)?.certificate?.signatures ?? [];
  return validatorsAt(state, height).map((validator, index) => {
    const isSelf = equalBytes(validator.consensusKey, identity.validator.consensusKey);
    const signed = signers.some((each) => each.index === index);
    const since = suspendedSince(state, height, validator.consensusKey);
    const subject = offenderSubject(validator.consensusKey);
    return {
      name: validator.name,
      publicKey: validator.consensusKey,
      peerId: validator.peerId,
      addresses: validator.addresses,
      status: isSelf || signed ? 'up' : 'missing',
      lastSeenMs: isSelf ? nowMs : undefined,
      lastSignedHeight: signed ? header.height : undefined,
      lostViews: state.lostViews.filter((lost) => equalBytes(lost.proposer, validator.consensusKey))
        .length,
      suspendedUntil: since === undefined ? undefined : since + SUSPENSION_HEIGHTS,
      evidence: equivocations.filter((each) => equalBytes(each.subject, subject)),
    };
  });
}
