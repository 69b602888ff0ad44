/**
 * A network as a node's events show it: what the operator's page and `birthmark top` both show.
 *
 * Each event makes a new value from the one before; nothing is asked and nothing is kept elsewhere.
 */
import type { BlockEvent, Sample, Snapshot, ValidatorEvent } from '../schemas/events.ts';
import type { Connection, HeardEvent } from './follow.ts';

/** What is drawn over time: one sample. Undefined values are a gap. */
export interface Moment {
  readonly atMs: number;
  readonly sample: Sample | undefined;
}

/** A change that was seen. */
export interface Change {
  readonly atMs: number;
  readonly text: string;
  readonly isGood: boolean;
}

/** What is known of the node itself, which does not change while it runs. */
export type About = Omit<Snapshot, 'blocks' | 'sample'>;

/** A network, as one node shows it. */
export interface NetworkView {
  readonly connection: Connection | { readonly state: 'connecting' };
  readonly about: About | undefined;
  readonly sample: Sample | undefined;
  /** Ascending by height, without a gap. */
  readonly blocks: readonly BlockEvent[];
  /** Ascending by time. */
  readonly moments: readonly Moment[];
  /** The newest first. */
  readonly changes: readonly Change[];
}

const BLOCK_COUNT_MAX = 120;
/** Ten minutes at one a second. */
const MOMENT_COUNT_MAX = 600;
const CHANGE_COUNT_MAX = 50;

/** Nothing is known yet. */
export const NOTHING_KNOWN: NetworkView = {
  connection: { state: 'connecting' },
  about: undefined,
  sample: undefined,
  blocks: [],
  moments: [],
  changes: [],
};

/** Returns what is known after an event. Events of other names change nothing. */
export function afterEvent(view: NetworkView, { name, data }: HeardEvent): NetworkView {
  switch (name) {
    case 'snapshot':
      return afterSnapshot(view, data as Snapshot);
    case 'block':
      return { ...view, blocks: withBlock(view.blocks, data as BlockEvent) };
    case 'status':
      return afterSample(view, data as Sample);
    case 'validator':
      return withChange(view, changeOf(data as ValidatorEvent));
    default:
      return view;
  }
}

/** Returns what is known after the connection has changed. */
export function afterConnection(
  view: NetworkView,
  { connection, atMs }: { readonly connection: Connection; readonly atMs: number },
): NetworkView {
  const next = { ...view, connection };
  if (connection.state === 'open') {
    const isBack = view.connection.state === 'waiting' && view.about !== undefined;
    return isBack ? withChange(next, { atMs, text: 'connected again', isGood: true }) : next;
  }
  if (view.connection.state !== 'open') return next;
  // The curves have a gap where nothing was heard.
  const moments = [...view.moments, { atMs, sample: undefined }];
  return withChange(
    { ...next, moments },
    { atMs, text: `connection lost: ${connection.why}`, isGood: false },
  );
}

function afterSnapshot(view: NetworkView, snapshot: Snapshot): NetworkView {
  const { blocks, sample, ...about } = snapshot;
  const known = about.continued ? view.blocks : blocks;
  return afterSample({ ...view, about, blocks: known }, sample);
}

function afterSample(view: NetworkView, sample: Sample): NetworkView {
  const moment = { atMs: Date.parse(sample.time), sample };
  const moments = [...view.moments, moment].slice(-MOMENT_COUNT_MAX);
  return { ...view, sample, moments };
}

function withBlock(blocks: readonly BlockEvent[], block: BlockEvent): readonly BlockEvent[] {
  const before = blocks.filter(({ block_height: height }) => height < block.block_height);
  return [...before, block].slice(-BLOCK_COUNT_MAX);
}

function changeOf({ name, status, before, time }: ValidatorEvent): Change {
  const words = { up: 'is up', behind: 'is behind', missing: 'cannot be reached' };
  return {
    atMs: Date.parse(time),
    text: `${name} ${words[status]}, and was ${before}`,
    isGood: status === 'up',
  };
}

function withChange(view: NetworkView, change: Change): NetworkView {
  return { ...view, changes: [change, ...view.changes].slice(0, CHANGE_COUNT_MAX) };
}
