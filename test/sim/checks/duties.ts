/**
 * What an honest validator owes at once after what it has heard, to decide and to follow the others; and what it
 * must wait for.
 */
import { hashHeader } from '../../../chain/block.ts';
import { equalBytes, formatHex } from '../../../chain/bytes.ts';
import { VIEWS_HELD_MAX } from '../../../chain/consensus/ballotBox.ts';
import { heightOf, type Message, signerOf } from '../../../chain/consensus/message.ts';
import { highestClaim, type NewView } from '../../../chain/consensus/newView.ts';
import { maxFaulty, quorumSize } from '../../../chain/consensus/quorum.ts';
import type { Place } from '../../../chain/consensus/proposer.ts';
import type { Input, Ready } from '../../../chain/consensus/ready.ts';
import type { Node } from '../parts.ts';

/** What a process has heard at one height. */
interface Book {
  /** Honest validators that have sent COMMIT, by view and hash. */
  readonly commits: Map<string, Set<number>>;
  /** The newest view that each has asked for. */
  readonly asked: Map<number, number>;
  /** The newest view that a NEW-VIEW begins. */
  begun: number;
  /** Blocks that a NEW-VIEW begins with, by view and hash: true where its VIEW-CHANGEs leave that choice. */
  readonly choices: Map<string, boolean>;
  /** Blocks whose batches are here. */
  readonly here: Set<string>;
  isDecided: boolean;
}

/** Looks at the steps of engines. */
export class Duties {
  readonly #fail: (check: string, what: string) => void;
  readonly #validatorCount: number;
  /** By height: the present one, and the next, whose first messages may come early. */
  readonly #books = new WeakMap<Node, Map<number, Book>>();

  constructor(fail: (check: string, what: string) => void, validatorCount: number) {
    this.#fail = fail;
    this.#validatorCount = validatorCount;
  }

  /** The engine of a process has taken an input, and said what it owes. */
  note(process: Node, input: Input, ready: Ready): void {
    const { height, view } = process.replica.engine.place();
    const book = this.#bookOf(process, height);
    this.#noteInput(process, input, height);
    for (const said of ready.send) {
      if (heightOf(said) === height) noteMessage(process, book, said);
    }
    this.#checkChoice(process, book, ready.send);
    book.isDecided ||= ready.decided !== undefined;
    // Of views further up, an engine may have let the first go.
    if (book.isDecided || view >= VIEWS_HELD_MAX) return;
    this.#checkDecision(process, book, height);
    this.#checkJoining(process, book, { height, view });
  }

  #noteInput(process: Node, input: Input, height: number): void {
    const { here } = this.#bookOf(process, height);
    if (input.type === 'valid') here.add(formatHex(input.blockHash));
    if (input.type === 'built') here.add(formatHex(hashHeader(input.header)));
    if (input.type === 'timeout') this.#checkPatience(process, input.place);
    if (input.type !== 'message') return;
    const at = heightOf(input.message);
    const isKept = at === height || at === height + 1;
    if (isKept) noteMessage(process, this.#bookOf(process, at), input.message);
  }

  /** R10: nobody votes in a later view for another block than what its VIEW-CHANGEs leave. */
  #checkChoice({ machine }: Node, { choices }: Book, said: readonly Message[]): void {
    for (const message of said) {
      if (message.kind !== 2 || message.view === 0) continue;
      const { height, view, blockHash } = message;
      if (choices.get(`${view}/${formatHex(blockHash)}`) !== false) continue;
      this.#fail('choice', `${machine.name} votes at ${height}/${view} for what was not left`);
    }
  }

  /** R12: a quorum of COMMITs of any view decides. */
  #checkDecision({ machine }: Node, { commits, here }: Book, height: number): void {
    const quorum = quorumSize(this.#validatorCount);
    for (const [value, signers] of commits) {
      const [view, hash = ''] = value.split('/');
      if (signers.size < quorum || !here.has(hash)) continue;
      this.#fail('decision', `${machine.name} has a quorum at ${height}/${view} and goes on`);
    }
  }

  /** R13: where f + 1 others that keep the rules are at later views, the validator is there too. */
  #checkJoining(process: Node, { asked }: Book, { height, view }: Place): void {
    const ahead = [...asked].filter(
      ([other, newest]) => other !== process.index && newest > view && process.isHonest(other),
    );
    if (ahead.length <= maxFaulty(this.#validatorCount)) return;
    const { name } = process.machine;
    this.#fail('joining', `${name} stays at ${height}/${view}, and ${ahead.length} are ahead`);
  }

  /** R14: a view has no time to run out before a quorum has asked for it or a later one. */
  #checkPatience(process: Node, { height, view }: Place): void {
    const now = process.replica.engine.place();
    if (view === 0 || now.height !== height || now.view <= view) return;
    const { asked, begun } = this.#bookOf(process, height);
    const reached = [...asked].filter(
      ([other, newest]) => other !== process.index && newest >= view,
    );
    if (begun >= view || reached.length + 1 >= quorumSize(this.#validatorCount)) return;
    const { name } = process.machine;
    this.#fail('patience', `${name} leaves ${height}/${view}, for which no quorum has asked`);
  }

  #bookOf(process: Node, height: number): Book {
    const books = this.#books.get(process) ?? new Map<number, Book>();
    this.#books.set(process, books);
    const known = books.get(height);
    if (known !== undefined) return known;
    const book: Book = {
      commits: new Map(),
      asked: new Map(),
      begun: 0,
      choices: new Map(),
      here: new Set(),
      isDecided: false,
    };
    books.set(height, book);
    books.delete(height - 2);
    return book;
  }
}

function noteMessage(process: Node, book: Book, message: Message): void {
  const signer = signerOf(message);
  if (message.kind === 3 && (signer === process.index || process.isHonest(signer))) {
    const value = `${message.view}/${formatHex(message.blockHash)}`;
    const signers = book.commits.get(value) ?? new Set<number>();
    book.commits.set(value, signers.add(signer));
  } else if (message.kind === 4) {
    const newest = Math.max(book.asked.get(signer) ?? 0, message.view);
    book.asked.set(signer, newest);
  } else if (message.kind === 5) {
    book.begun = Math.max(book.begun, message.proposal.view);
    noteChoice(book, message);
  }
}

function noteChoice({ choices }: Book, { proposal, viewChanges }: NewView): void {
  const hash = hashHeader(proposal.header);
  const value = `${proposal.view}/${formatHex(hash)}`;
  const claim = highestClaim(viewChanges);
  const isLeft = claim === undefined || equalBytes(claim.blockHash, hash);
  // The same block may come again with other VIEW-CHANGEs.
  choices.set(value, choices.get(value) === true || isLeft);
}
