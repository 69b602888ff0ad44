/** Proofs of equivocation: who has heard both parts of one must have it, and nobody without guilt is accused. */
import { formatHex } from '../../../chain/bytes.ts';
import { EVIDENCE_HEIGHTS } from '../../../chain/consensus/core.ts';
import { VIEWS_HELD_MAX } from '../../../chain/consensus/ballotBox.ts';
import { checkEquivocation, type Equivocation } from '../../../chain/consensus/equivocation.ts';
import { type Message, signerOf, statementsOf } from '../../../chain/consensus/message.ts';
import { contextAt, type Statement, type Verifier } from '../../../chain/consensus/statement.ts';
import type { Node } from '../parts.ts';
import type { Tally } from '../tally.ts';

interface Book {
  /** By height, phase and validator: the first value of each view. */
  readonly heard: Map<string, Map<number, string>>;
  /** Slots for which a proof is held. */
  readonly proven: Set<string>;
}

/** What a witness needs. */
export interface WitnessPorts {
  fail(check: string, what: string): void;
  readonly tally: Tally;
  readonly verify: Verifier;
}

/** Remembers what each process has heard of those who may lie. */
export class Witnesses {
  readonly #ports: WitnessPorts;
  readonly #books = new WeakMap<Node, Book>();

  constructor(ports: WitnessPorts) {
    this.#ports = ports;
  }

  /** Takes a message that a process has taken. */
  note(process: Node, message: Message): void {
    const isSimple = message.kind < 4;
    if (isSimple && process.isHonest(signerOf(message))) return;
    const { height } = process.replica.engine.place();
    for (const statement of statementsOf(message)) {
      const isHeld =
        statement.height <= height + 1 && statement.height >= height - EVIDENCE_HEIGHTS;
      if (isHeld && !process.isHonest(statement.index)) this.#noteStatement(process, statement);
    }
  }

  #noteStatement(process: Node, statement: Statement): void {
    const { height, view, phase, index, valueHash } = statement;
    const book = this.#bookOf(process);
    const lane = `${height}/${phase}/${index}`;
    const views = book.heard.get(lane) ?? new Map<number, string>();
    book.heard.set(lane, views);
    const value = formatHex(valueHash);
    const first = views.get(view);
    if (first === undefined) views.set(view, value);
    // Who names many views pushes out its own: then nothing is owed.
    if (first === undefined || first === value || views.size > VIEWS_HELD_MAX) return;
    if (book.proven.has(slotOf(statement))) return;
    this.#ports.fail(
      'evidence kept',
      `${process.machine.name} heard v${index} say two things at ${height}/${view}/${phase}`,
    );
  }

  /** Takes a proof; returns whether it can be judged here. Throws a ChainError where it does not hold. */
  takeProof(process: Node, equivocation: Equivocation, isOwn: boolean): boolean {
    const context = contextAt(process.ledger.edge().state, equivocation.height, this.#ports.verify);
    if (context === undefined) return false;
    checkEquivocation(equivocation, context);
    const { proven } = this.#bookOf(process);
    const slot = slotOf(equivocation);
    proven.add(slot);
    this.#ports.tally.add(isOwn ? 'equivocation proven' : 'proof received');
    return true;
  }

  #bookOf(process: Node): Book {
    const book = this.#books.get(process) ?? { heard: new Map(), proven: new Set() };
    this.#books.set(process, book);
    return book;
  }
}

function slotOf({
  height,
  view,
  phase,
  index,
}: Pick<Statement, 'height' | 'view' | 'phase' | 'index'>): string {
  return `${height}/${view}/${phase}/${index}`;
}
