/**
 * What honest validators say, judged on the wire: one value for each height, view and phase, whatever crashes in
 * between; durable before it leaves; no vote for a block whose batches are not durable; and whoever has sent a
 * COMMIT shows what it rests on whenever it asks for a later view.
 */
import { hashHeader, type Header, PHASE } from '../../../chain/block.ts';
import { formatHex, parseHex } from '../../../chain/bytes.ts';
import { type Message, statementsOf } from '../../../chain/consensus/message.ts';
import { quorumSize } from '../../../chain/consensus/quorum.ts';
import type { Statement } from '../../../chain/consensus/statement.ts';
import { idKey } from '../../../node/store/workKey.ts';
import type { Drive } from '../disk/drive.ts';
import type { Node } from '../parts.ts';

/** Heights for which proposals are remembered. */
const HEIGHTS = 4;

/** Listens to honest validators. */
export class Speech {
  readonly #fail: (check: string, what: string) => void;
  /** What each validator has signed, by slot. */
  readonly #said = new Map<string, string>();
  readonly #headers = new Map<string, Header>();
  /** Views of the last COMMITs, by validator and height. */
  readonly #commits = new Map<string, number>();

  /** Signatures of PRE-PREPARE and PREPARE that were sent or heard; who comes back late may rest on old ones. */
  readonly #prepares = new Map<string, Set<string>>();
  readonly #quorum: number;

  constructor(fail: (check: string, what: string) => void, validatorCount: number) {
    this.#fail = fail;
    this.#quorum = quorumSize(validatorCount);
  }

  /** Takes a message that somebody has heard, for what it names. */
  learn(message: Message): void {
    const [statement] = statementsOf(message);
    if (statement !== undefined) this.#learnPrepare(statement);
    if (message.kind !== 1 && message.kind !== 5) return;
    const { header } = message.kind === 5 ? message.proposal : message;
    this.#headers.set(formatHex(hashHeader(header)), header);
    for (const [hash, { height }] of this.#headers) {
      if (height < header.height - HEIGHTS) this.#headers.delete(hash);
      else break;
    }
  }

  /** Takes what a validator sends. */
  note(process: Node, message: Message): void {
    this.learn(message);
    const [statement] = statementsOf(message);
    if (statement === undefined) return;
    const { name } = process.machine;
    const slot = `${name} ${statement.height}/${statement.view}/${statement.phase}`;
    const value = formatHex(statement.valueHash);
    const before = this.#said.get(slot);
    this.#said.set(slot, value);
    if (before !== undefined && before !== value) {
      this.#fail('one value', `${slot} is ${before.slice(0, 8)} and ${value.slice(0, 8)}`);
    }
    // Who has lost what it stored owes no more than not to contradict itself.
    if (!process.machine.isHonest) return;
    if (before === undefined) this.#checkFirst(process, statement, slot);
    this.#checkPrepared(message, name);
  }

  /** R9: a VIEW-CHANGE carries what the last COMMIT of its sender rests on, or what was prepared later. */
  #checkPrepared(message: Message, name: string): void {
    if (message.kind !== 3 && message.kind !== 4) return;
    const { height, view } = message;
    const place = `${name} ${height}`;
    const committed = this.#commits.get(place) ?? -1;
    if (message.kind === 3) this.#commits.set(place, Math.max(committed, view));
    else if (committed < view && (message.prepared?.votes.view ?? -1) < committed) {
      this.#fail('prepared', `${place}/${view} forgets what was prepared in view ${committed}`);
    }
  }

  #checkFirst({ machine }: Node, statement: Statement, slot: string): void {
    const { drive } = machine;
    if (!drive.log.hasSynced(statement.signature)) {
      this.#fail('persist before send', `${slot} leaves before it is durable`);
    }
    const { phase, valueHash } = statement;
    if (phase === PHASE.viewChange) return;
    if (phase === PHASE.commit) this.#checkCommit(drive, statement, slot);
    for (const id of this.#headers.get(formatHex(valueHash))?.batchIds ?? []) {
      if (drive.work.hasSynced(idKey('batchSequence', id))) continue;
      this.#fail('availability', `${slot} is for batch ${formatHex(id)}, which is not durable`);
    }
  }

  /** R9: what a COMMIT rests on is durable when it leaves. */
  #checkCommit({ log }: Drive, statement: Statement, slot: string): void {
    const signatures = this.#prepares.get(valueOf(statement)) ?? [];
    const count = [...signatures].filter((each) => log.hasSynced(parseHex(each))).length;
    // The last of them is learned once what it leads to has left.
    if (count >= this.#quorum - 1) return;
    this.#fail('prepared', `${slot} rests on ${count} votes that are durable`);
  }

  #learnPrepare(statement: Statement): void {
    const { phase, signature } = statement;
    if (phase !== PHASE.prePrepare && phase !== PHASE.prepare) return;
    const value = valueOf(statement);
    const known = this.#prepares.get(value) ?? new Set<string>();
    this.#prepares.set(value, known.add(formatHex(signature)));
  }
}

function valueOf({ height, view, valueHash }: Statement): string {
  return `${height}/${view}/${formatHex(valueHash)}`;
}
