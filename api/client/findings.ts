/** What an operator should know first: whether the network is well, and if not, what is wrong and what it means. */
import type { BlockEvent, Sample } from '../schemas/events.ts';
import type { About, NetworkView } from './network.ts';

/** Something to know. */
export interface Finding {
  /** `bad`: nothing goes on, or data is in danger. `warn`: it goes on, and somebody should look. */
  readonly level: 'good' | 'warn' | 'bad';
  readonly text: string;
}

/** Blocks that are looked at for lost views. */
const LOOKED_BACK_BLOCKS = 20;
/** Lost views among those that are told: one now and then is nothing. */
const LOST_VIEWS_MAX = 2;
const BLOCKS_BEHIND_MAX = 10;

/** Returns what there is to know, the worst first; one finding that all is well where there is nothing. */
export function findingsOf(view: NetworkView): readonly Finding[] {
  const { sample, about } = view;
  const found = [
    ...ofConnection(view),
    ...(sample === undefined || about === undefined
      ? []
      : [
          ...ofNode(sample),
          ...ofValidators(sample, about),
          ...ofAuthorities(sample),
          ...ofDisk(sample),
        ]),
    ...ofBlocks(view.blocks),
  ];
  const sorted = [...found.filter(isBad), ...found.filter((each) => !isBad(each))];
  if (sorted.length > 0) return sorted;
  return sample === undefined
    ? [{ level: 'warn', text: 'Nothing is known yet.' }]
    : [{ level: 'good', text: 'All is well.' }];
}

function isBad({ level }: Finding): boolean {
  return level === 'bad';
}

function ofConnection({ connection, sample }: NetworkView): readonly Finding[] {
  if (connection.state === 'refused') {
    return [{ level: 'bad', text: `The node refuses: ${connection.why}.` }];
  }
  if (connection.state !== 'waiting') return [];
  const since = sample === undefined ? '' : ` What is shown is of ${formatClock(sample.time)}.`;
  return [{ level: 'bad', text: `No connection: ${connection.why}. Trying again.${since}` }];
}

function ofNode(sample: Sample): readonly Finding[] {
  const reasons = new Set(
    sample.stalled === null ? sample.not_ready : [sample.stalled, ...sample.not_ready],
  );
  const told = [...reasons].map((reason): Finding => ({ level: 'bad', text: asSentence(reason) }));
  return sample.blocks_behind > BLOCKS_BEHIND_MAX
    ? [...told, { level: 'warn', text: `This node is ${sample.blocks_behind} blocks behind.` }]
    : told;
}

function ofValidators({ validators }: Sample, about: About): readonly Finding[] {
  const missing = namesOf(validators.filter(({ status }) => status === 'missing'));
  const behind = namesOf(validators.filter(({ status }) => status === 'behind'));
  const liars = namesOf(validators.filter((each) => each.has_equivocated));
  const left = about.stops_tolerated - missing.length;
  const found: Finding[] = [];
  if (missing.length > 0) {
    const meaning =
      left < 0
        ? 'no block can be made before one is back'
        : left === 0
          ? 'if one more goes, no block can be made'
          : `${left} more may go before blocks end`;
    const text = `${missing.join(', ')} cannot be reached: ${meaning}.`;
    found.push({ level: left < 0 ? 'bad' : 'warn', text });
  }
  if (behind.length > 0)
    found.push({ level: 'warn', text: `Behind the others: ${behind.join(', ')}.` });
  if (liars.length > 0) {
    found.push({
      level: 'bad',
      text: `Signed two values for one slot: ${liars.join(', ')}. All institutions should know.`,
    });
  }
  return found;
}

function ofAuthorities({ authorities }: Sample): readonly Finding[] {
  return authorities
    .filter(({ answering }) => answering === false)
    .map(({ id, pending_submissions: pending, last_problem: problem }) => ({
      level: 'warn',
      text: `The authority ${id} does not answer; ${pending} submissions wait for it${problem === null ? '' : ` (${problem})`}.`,
    }));
}

function ofDisk({ disk }: Sample): readonly Finding[] {
  if (disk === 'critical') {
    return [
      {
        level: 'bad',
        text: 'Less than 1 GiB is left on the disk: a write that fails stops the node.',
      },
    ];
  }
  return disk === 'low' ? [{ level: 'warn', text: 'Less than 10 GiB is left on the disk.' }] : [];
}

function ofBlocks(blocks: readonly BlockEvent[]): readonly Finding[] {
  const last = blocks.slice(-LOOKED_BACK_BLOCKS);
  const lost = last.reduce((sum, { view }) => sum + view, 0);
  if (lost <= LOST_VIEWS_MAX) return [];
  return [{ level: 'warn', text: `${lost} views were lost over the last ${last.length} blocks.` }];
}

function namesOf(validators: Sample['validators']): readonly string[] {
  return validators.map(({ name }) => name);
}

function asSentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

function formatClock(time: string): string {
  return `${time.slice(11, 19)} UTC`;
}
