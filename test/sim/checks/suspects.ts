/** R19: a batch that a lost view proposed goes alone in the next block that names it. */
import { hashHeader, type Header } from '../../../chain/block.ts';
import { formatHex } from '../../../chain/bytes.ts';
import type { Message } from '../../../chain/consensus/message.ts';
import type { Place } from '../../../chain/consensus/proposer.ts';
import type { Input, Ready } from '../../../chain/consensus/ready.ts';
import type { Node } from '../parts.ts';

/** What a process has voted for, and what it must doubt since. */
interface Doubts {
  /** By hash: what was proposed at the height that is open. */
  readonly headers: Map<string, Header>;
  /** The view and the block of its last vote. */
  vote: { readonly height: number; readonly view: number; readonly header: Header } | undefined;
  /** Batches of lost views, with the heights at which they were lost. */
  readonly suspects: Map<string, number>;
}

/** Doubts last for 100 heights; where they begin and end is the node's to say. */
const HEIGHTS = 90;

/** Looks at what processes propose. */
export class Suspects {
  readonly #fail: (check: string, what: string) => void;
  readonly #doubts = new WeakMap<Node, Doubts>();

  constructor(fail: (check: string, what: string) => void) {
    this.#fail = fail;
  }

  /** The engine of a process has taken an input, and said what it owes. */
  note(process: Node, input: Input, ready: Ready): void {
    const doubts = this.#doubtsOf(process);
    if (input.type === 'built') this.#check(process, input.header, doubts);
    const heard = input.type === 'message' ? [input.message] : [];
    for (const message of [...heard, ...ready.send]) learn(doubts, message);
    for (const message of ready.send) noteVote(doubts, message);
    leave(doubts, process.replica.engine.place());
  }

  #check({ machine }: Node, { height, batchIds }: Header, { suspects }: Doubts): void {
    if (batchIds.length < 2) return;
    const doubted = batchIds.map(formatHex).find((id) => {
      const lostAt = suspects.get(id);
      return lostAt !== undefined && height - lostAt < HEIGHTS;
    });
    if (doubted === undefined) return;
    const what = `${machine.name} proposes ${batchIds.length} batches at ${height}`;
    this.#fail('suspects', `${what}, of which ${doubted.slice(0, 8)} was in a lost view`);
  }

  #doubtsOf(process: Node): Doubts {
    const known = this.#doubts.get(process);
    if (known !== undefined) return known;
    const doubts: Doubts = { headers: new Map(), vote: undefined, suspects: new Map() };
    this.#doubts.set(process, doubts);
    return doubts;
  }
}

function learn({ headers }: Doubts, message: Message): void {
  if (message.kind !== 1 && message.kind !== 5) return;
  const { header } = message.kind === 5 ? message.proposal : message;
  headers.set(formatHex(hashHeader(header)), header);
}

/** What was voted for in a view that is over is suspect where its height is not. */
function leave(doubts: Doubts, { height, view }: Place): void {
  const { vote } = doubts;
  if (vote === undefined || (vote.height === height && vote.view >= view)) return;
  if (vote.height === height) {
    for (const id of vote.header.batchIds) doubts.suspects.set(formatHex(id), height);
  }
  doubts.vote = undefined;
  doubts.headers.clear();
}

function noteVote(doubts: Doubts, message: Message): void {
  if (message.kind !== 1 && message.kind !== 2) return;
  const header =
    message.kind === 1 ? message.header : doubts.headers.get(formatHex(message.blockHash));
  if (header !== undefined) doubts.vote = { height: header.height, view: message.view, header };
}
