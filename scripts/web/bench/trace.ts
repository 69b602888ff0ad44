/** What a trace of Chromium says of the main threads of pages. */
import { fieldsOf } from '../../../genesis/json.ts';
import { BenchError } from '../../bench/children.ts';

/** Categories of a trace that has tasks in it, and little else. */
export const TRACE_CATEGORIES = ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'];

const TASK_NAMES = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);
const MAIN_THREAD = 'CrRendererMain';
const US_PER_MS = 1_000;

type Event = Readonly<Record<string, unknown>>;

/** Returns the longest task of any page's main thread in milliseconds. Throws a BenchError where there is none. */
export function longestTaskMs(trace: string): number {
  const events = fieldsOf(JSON.parse(trace))['traceEvents'];
  if (!Array.isArray(events)) throw new BenchError('the browser gave no trace');
  const all = events as readonly Event[];
  const threads = new Set(all.filter(isMainThread).map(threadOf));
  let longestUs = -1;
  for (const event of all) {
    if (!TASK_NAMES.has(String(event['name'])) || !threads.has(threadOf(event))) continue;
    longestUs = Math.max(longestUs, Number(event['dur'] ?? 0));
  }
  if (longestUs < 0) throw new BenchError('the trace has no task of a main thread');
  return longestUs / US_PER_MS;
}

function isMainThread({ name, args }: Event): boolean {
  return name === 'thread_name' && fieldsOf(args)['name'] === MAIN_THREAD;
}

function threadOf({ pid, tid }: Event): string {
  return `${String(pid)} ${String(tid)}`;
}
