/** R19: a batch that a lost view proposed goes alone in the next block that names it. */
import { hashHeader, type Header } from '../../../chain/block.ts';
import { formatHex } from '../../../chain/bytes.ts';
import type { Durable, Message } from '../../../chain/consensus/message.ts';
import type { BuildRequest, Input, Ready } from '../../../chain/consensus/ready.ts';
import type { Node } from '../parts.ts';

/** What a process has voted for, and what it must doubt since. */
interface Doubts {
  /** By hash: what it was told is proposed, at heights that are not over. */
  readonly headers: Map<string, Header>;
  /** Its last vote, as long as neither its view nor its height is over. */
  vote: { readonly view: number; readonly header: Header } | undefined;
  /** Batches that it voted for in views that were lost, with the heights at which they were. */
  readonly lost: Map<string, number>;
  /** Of what it was last asked to build. */
  suspects: ReadonlySet<string>;
}

/** Doubts last for 100 heights; whether the last of them still counts is not judged. */
const HEIGHTS = 100;

/** Looks at what processes are asked to build, and at what they build. */
export class Suspects {
  readonly #fail: (check: string, what: string) => void;
  readonly #doubts = new WeakMap<Node, Doubts>();

  constructor(fail: (check: string, what: string) => void) {
    this.#fail = fail;
  }

  /** The engine of a process has taken an input, and said what it owes. */
  note(process: Node, input: Input, ready: Ready): void {
    const doubts = this.#doubtsOf(process);
    if (input.type === 'applied') settle(doubts, input.tip.header);
    if (input.type === 'built') this.#checkBuilt(process, input.header, doubts);
    const heard = input.type === 'message' ? [input.message] : [];
    for (const message of [...heard, ...ready.send]) learn(doubts, message);
    // What is said again is not persisted again: after a restart it may be of no proposal that is known.
    for (const message of ready.persist) noteOwn(doubts, message);
    if (ready.build !== undefined) this.#checkBuild(process, ready.build, doubts);
  }

  #checkBuild({ machine }: Node, { height, suspects }: BuildRequest, doubts: Doubts): void {
    doubts.suspects = new Set(suspects.map(formatHex));
    for (const [id, lostAt] of doubts.lost) {
      if (height - lostAt >= HEIGHTS || doubts.suspects.has(id)) continue;
      const what = `${machine.name} is to build at ${height} and does not suspect ${id.slice(0, 8)}`;
      this.#fail('suspects', `${what}, for which it voted in a lost view at ${lostAt}`);
    }
  }

  #checkBuilt({ machine }: Node, { height, batchIds }: Header, { suspects }: Doubts): void {
    const doubted = batchIds.map(formatHex).find((id) => suspects.has(id));
    if (batchIds.length < 2 || doubted === undefined) return;
    const what = `${machine.name} proposes ${batchIds.length} batches at ${height}`;
    this.#fail('suspects', `${what}, of which it suspects ${doubted.slice(0, 8)}`);
  }

  #doubtsOf(process: Node): Doubts {
    const known = this.#doubts.get(process);
    if (known !== undefined) return known;
    const doubts: Doubts = {
      headers: new Map(),
      vote: undefined,
      lost: new Map(),
      suspects: new Set(),
    };
    this.#doubts.set(process, doubts);
    return doubts;
  }
}

function learn({ headers }: Doubts, message: Message): void {
  if (message.kind !== 1 && message.kind !== 5) return;
  const { header } = message.kind === 5 ? message.proposal : message;
  headers.set(formatHex(hashHeader(header)), header);
}

/** What is decided is not doubted, and no view of its height is lost. */
function settle(doubts: Doubts, { height, batchIds }: Header): void {
  for (const id of batchIds) doubts.lost.delete(formatHex(id));
  for (const [hash, header] of doubts.headers) {
    if (header.height <= height) doubts.headers.delete(hash);
  }
  const votedAt = doubts.vote?.header.height ?? height + 1;
  if (votedAt <= height) doubts.vote = undefined;
}

function noteOwn(doubts: Doubts, message: Durable): void {
  if (message.kind === 4) noteLeaving(doubts, message);
  if (message.kind === 1) doubts.vote = { view: message.view, header: message.header };
  if (message.kind === 5) {
    const { view, header } = message.proposal;
    doubts.vote = { view, header };
  }
  if (message.kind !== 2) return;
  const header = doubts.headers.get(formatHex(message.blockHash));
  doubts.vote = header && { view: message.view, header };
}

function noteLeaving(
  doubts: Doubts,
  { height, view }: { readonly height: number; readonly view: number },
): void {
  const { vote } = doubts;
  if (vote?.header.height !== height || vote.view >= view) return;
  for (const id of vote.header.batchIds) doubts.lost.set(formatHex(id), height);
  doubts.vote = undefined;
}
