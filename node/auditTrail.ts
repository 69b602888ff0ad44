/** The audit trail: which steps of consensus are put on record, and in which words. */
import { type Header, hashHeader } from '../chain/block.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import type { Message } from '../chain/consensus/message.ts';
import type { PrePrepare } from '../chain/consensus/prePrepare.ts';
import type { Input, Ready } from '../chain/consensus/ready.ts';
import type { ChainError } from '../chain/errors.ts';
import { findValidator, type ValidatorSet } from '../chain/validatorSet.ts';
import type { Audit } from './audit/audit.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';

/** The world of the trail. */
export interface TrailPorts {
  readonly audit: Audit;
  /** Validators of the next block. */
  validators(): ValidatorSet;
}

/** Puts consensus on record. */
export class AuditTrail {
  readonly #ports: TrailPorts;

  constructor(ports: TrailPorts) {
    this.#ports = ports;
  }

  /** Takes one step of the engine, once it is paid. */
  noteStep(input: Input, { send, check }: Ready): void {
    for (const message of send) this.#noteSaid(message, input);
    if (input.type !== 'message') return;
    const proposal = proposalOf(input.message);
    // Followed: it is being checked, or voted for at once.
    const isFollowed = check !== undefined || send.some(({ kind }) => kind === 2);
    if (proposal !== undefined && isFollowed) this.#noteProposal(proposal, false);
  }

  /** Takes a block that was applied. */
  noteBlock({ header, certificate }: AppliedBlock): void {
    const { height, view } = certificate;
    const signers = certificate.signatures.map(({ index }) => this.#nameOf(index));
    const blockHash = hashHeader(header);
    this.#ports.audit.record({ type: 'commit', height, view, blockHash, signers });
  }

  /** Takes why a proposal was not voted for. */
  noteRefusal({ code, message }: ChainError, { height, view, proposer }: Header): void {
    const from = findValidator(this.#ports.validators(), proposer)?.name ?? 'unknown';
    this.#ports.audit.record({ type: 'refusal', code, message, from, height, view });
  }

  /** Takes a proof of equivocation that is news. */
  noteEquivocation({ height, view, phase, index }: Equivocation): void {
    const offender = this.#nameOf(index);
    this.#ports.audit.record({ type: 'evidence', height, view, phase, offender });
  }

  #noteSaid(message: Message, input: Input): void {
    if (input.type === 'tick') return; // It says again what is on record.
    const proposal = proposalOf(message);
    if (proposal !== undefined) this.#noteProposal(proposal, true);
    if (message.kind !== 4) return;
    const { height, view: toView } = message;
    const isTimeout = input.type === 'timeout';
    const why = isTimeout ? 'its timer ran out' : 'others have given it up';
    const fromView = isTimeout ? input.place.view : toView - 1;
    this.#ports.audit.record({ type: 'viewChange', height, fromView, toView, why });
  }

  #noteProposal({ header, view, index }: PrePrepare, own: boolean): void {
    const { height, batchIds } = header;
    this.#ports.audit.record({
      type: 'proposal',
      height,
      view,
      blockHash: hashHeader(header),
      batchCount: batchIds.length,
      proposer: this.#nameOf(index),
      own,
    });
  }

  #nameOf(index: number): string {
    return this.#ports.validators()[index]?.name ?? `validator ${index}`;
  }
}

function proposalOf(message: Message): PrePrepare | undefined {
  if (message.kind === 1) return message;
  return message.kind === 5 ? message.proposal : undefined;
}
