/** Where the time of a process's main thread went, from a .cpuprofile. */

/** The parts of a .cpuprofile that are read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** Microseconds from each sample to the next. */
  readonly timeDeltas: readonly number[];
}

/** A share of the time in which the main thread worked. */
export interface Share {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
}

/** How the main thread spent its time. */
export interface TimeSpent {
  /** Share of the whole in which it worked. */
  readonly busyShare: number;
  /** Functions by their own time, what they call excluded; the most first. */
  readonly functions: readonly Share[];
  /** The same time by file of ours, package, or part of Node. */
  readonly places: readonly Share[];
}

const IDLE = '(idle)';

/**
 * Returns how the time of a profile was spent.
 *
 * @param root - file URL of our own files' folder, with a slash at its end.
 */
export function readProfile(profile: CpuProfile, root: string): TimeSpent {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const places = new Map<string, number>();
  let busyUs = 0;
  let totalUs = 0;
  profile.samples.forEach((id, i) => {
    const frame = frames.get(id);
    const us = profile.timeDeltas[i] ?? 0;
    totalUs += us;
    if (frame === undefined || frame.functionName === IDLE) return;
    busyUs += us;
    const place = placeOf(frame.url, root);
    const name = frame.functionName === '' ? `(line ${frame.lineNumber + 1})` : frame.functionName;
    add(functions, place === '' ? name : `${name}  ${place}`, us);
    add(places, place === '' ? `${name} of V8` : place, us);
  });
  const sharesOf = (times: ReadonlyMap<string, number>): readonly Share[] =>
    [...times]
      .map(([name, us]) => ({ name, share: us / busyUs }))
      .sort((a, b) => b.share - a.share);
  return { busyShare: busyUs / totalUs, functions: sharesOf(functions), places: sharesOf(places) };
}

function add(times: Map<string, number>, key: string, us: number): void {
  times.set(key, (times.get(key) ?? 0) + us);
}

const PACKAGE = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/;

function placeOf(url: string, root: string): string {
  const name = PACKAGE.exec(url)?.[1];
  if (name !== undefined) return name;
  return url.startsWith(root) ? url.slice(root.length) : url;
}
