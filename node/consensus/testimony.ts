/**
 * Testimony: what an answer to the question for history proves, and what follows from a quorum's.
 *
 * Nothing in an answer is believed that cannot be checked: a certified header by its quorum, a message by this
 * validator's own signature. A liar can hold back what it knows, but it cannot make a validator fall silent.
 * A certificate that holds this validator's own COMMIT is such a message too, one that outlives any restart.
 */
import { certificateVotes, PHASE } from '../../chain/block.ts';
import { equalBytes } from '../../chain/bytes.ts';
import { decode } from '../../chain/codec.ts';
import { decodeMessage, type Durable, statementsOf } from '../../chain/consensus/message.ts';
import { checkStatement, type Statement, type Verifier } from '../../chain/consensus/statement.ts';
import { ChainError } from '../../chain/errors.ts';
import { type State, validatorsAt } from '../../chain/state.ts';
import { type CertifiedHeader, historySchema } from '../wire/requests.ts';

/** What this validator knows of itself. */
export interface OwnHistory {
  /** Its consensus key. */
  readonly publicKey: Uint8Array;
  /** Height of the chain in its store when it started. */
  readonly edgeHeight: number;
  /** Height at which that chain begins: 0, or that of the block that a fast start began with. */
  readonly baseHeight: number;
  /** Whether the write-ahead log was there, and whole, when it started. */
  readonly hasLog: boolean;
  /** Whether the log has never been emptied, so that it holds everything that was ever signed. */
  readonly isLogWhole: boolean;
  /** What the log held: its own messages, and what they rest on. */
  readonly restored: readonly Durable[];
}

/** What one answer proves. */
export interface Testimony {
  /** Height of a block that is decided; 0 where the answer knows of none above this node's own. */
  readonly certifiedHeight: number;
  /** What this validator has signed at heights above its edge. */
  readonly said: readonly Statement[];
}

/** What an answer is checked against. */
export interface TestimonyContext {
  readonly state: State;
  readonly own: OwnHistory;
  readonly verify: Verifier;
}

/** Returns what an answer proves. Throws a ChainError for one that proves less than it says. */
export function checkTestimony(answer: Uint8Array, context: TestimonyContext): Testimony {
  const { last, newest } = decode(historySchema, answer);
  const said: Statement[] = [];
  let certifiedHeight = 0;
  // What lies at the edge or below is over, and was judged when the block was.
  if (last !== undefined && last.header.height > context.own.edgeHeight) {
    checkCertified(last, context);
    certifiedHeight = last.header.height;
    said.push(...ownCommits(last, context));
  }
  if (newest !== undefined) {
    const [statement] = statementsOf(decodeMessage(newest));
    if (statement !== undefined && statement.height > context.own.edgeHeight) {
      checkOwn(statement, context);
      said.push(statement);
    }
  }
  return { certifiedHeight, said };
}

function checkCertified(
  { header, certificate }: CertifiedHeader,
  { state, verify }: TestimonyContext,
): void {
  if (!equalBytes(header.chainId, state.chainId)) {
    throw new ChainError('ERR_CHAIN_ID', 'the header is of another chain');
  }
  // The newest set that is known here: a later one would be learned by syncing.
  const votes = certificateVotes(certificate, header, validatorsAt(state, header.height));
  if (!votes.every(verify)) {
    throw new ChainError('ERR_QUORUM', `a vote for height ${header.height} does not verify`);
  }
}

/** This validator's own vote among those that decided a block. */
function ownCommits(
  { header, certificate }: CertifiedHeader,
  { state, own }: TestimonyContext,
): readonly Statement[] {
  const validators = validatorsAt(state, header.height);
  const { height, view, blockHash: valueHash, signatures } = certificate;
  return signatures
    .filter(({ index }) => isKeyOf(own, validators[index]))
    .map((vote) => ({ height, view, phase: PHASE.commit, valueHash, ...vote }));
}

/** Checks that this validator signed a statement: else anybody could make it fall silent. */
function checkOwn(statement: Statement, { state, own, verify }: TestimonyContext): void {
  const { height, index } = statement;
  const { chainId } = state;
  const validators = validatorsAt(state, height);
  if (!isKeyOf(own, validators[index])) {
    throw new ChainError('ERR_UNKNOWN_VALIDATOR', `index ${index} is not this validator's`);
  }
  checkStatement(statement, { chainId, height, validators, verify });
}

function isKeyOf(
  { publicKey }: OwnHistory,
  validator: { readonly consensusKey: Uint8Array } | undefined,
): boolean {
  return validator !== undefined && equalBytes(validator.consensusKey, publicKey);
}

/** What a quorum's answers mean for this validator. */
export interface HistoryJudgement {
  /** Nothing is signed at heights up to this one; 0 bars nothing. */
  readonly floor: number;
  /** Why its own history is not whole, for operators; undefined where it is. */
  readonly lost: string | undefined;
}

/** Heights above the highest certified one at which a validator without its history signs nothing. */
const FLOOR_MARGIN = 2;

/**
 * Returns what follows from the answers.
 *
 * @param certifiedHeight - the height of the chain here, as far as it is synced meanwhile.
 */
export function judgeHistory(
  own: OwnHistory,
  testimonies: readonly Testimony[],
  certifiedHeight: number,
): HistoryJudgement {
  const logged = own.restored.flatMap((durable) =>
    durable.kind === 6 ? [] : statementsOf(durable).slice(0, 1),
  );
  const held = testimonies.flatMap(({ said }) => said);
  const heights = [
    certifiedHeight,
    ...testimonies.map((each) => each.certifiedHeight),
    // Who signs at a height has the block before it.
    ...[...logged, ...held].map(({ height }) => height - 1),
  ];
  const highest = Math.max(...heights);
  const lost = reasonOf(own, { logged, held, highest });
  return { floor: lost === undefined ? 0 : highest + FLOOR_MARGIN, lost };
}

interface Knowledge {
  /** What the log says that this validator has signed. */
  readonly logged: readonly Statement[];
  /** What others hold of it, above its edge. */
  readonly held: readonly Statement[];
  /** The highest height that is known to be decided. */
  readonly highest: number;
}

function reasonOf(own: OwnHistory, { logged, held, highest }: Knowledge): string | undefined {
  const { edgeHeight, hasLog } = own;
  const isRunning = highest > 0 || held.length > 0;
  if (!hasLog && isRunning) return 'the write-ahead log is missing on a chain that has begun';
  const newest = Math.max(0, ...logged.map(({ height }) => height));
  if (newest > edgeHeight + 1) {
    return `the log speaks of height ${newest}, but the chain here ends at ${edgeHeight}`;
  }
  if (hasJustBegun(own)) {
    return `the chain here begins at height ${own.baseHeight}, and what was signed before is not known`;
  }
  if (newest === 0 && isRunning && hasLostStore(own)) {
    return 'the store is empty on a chain that has begun';
  }
  const unknown = held.find((statement) => !logged.some((each) => isSame(each, statement)));
  if (unknown === undefined) return undefined;
  const { height, view, phase } = unknown;
  return `others hold what the log does not: height ${height}, view ${view}, phase ${phase}`;
}

/** A log is emptied as the chain grows: one that is empty beside a chain that has not begun has lost its chain. */
function hasLostStore({ edgeHeight, isLogWhole }: OwnHistory): boolean {
  return edgeHeight === 0 && !isLogWhole;
}

/**
 * A fast start fills an empty store, and its edge hides what others could prove of heights below. Whoever signed at a
 * height had the block before it: until the first floor is passed, the log may be an older copy.
 */
function hasJustBegun({ edgeHeight, baseHeight }: OwnHistory): boolean {
  return baseHeight > 0 && edgeHeight < baseHeight + FLOOR_MARGIN;
}

function isSame(a: Statement, b: Statement): boolean {
  const isSameSlot = a.height === b.height && a.view === b.view && a.phase === b.phase;
  return isSameSlot && equalBytes(a.valueHash, b.valueHash);
}
