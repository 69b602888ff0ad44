/** Watches the heights of validators: whether a chain goes on, stands still, and is the same everywhere. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Member } from './member.ts';

const POLL_MS = 50;

/** Resolves to the heights of validators that run. */
function heightsOf(members: readonly Member[]): Promise<readonly number[]> {
  return Promise.all(members.map((each) => each.height()));
}

/** Resolves to the greatest height. */
export async function topOf(members: readonly Member[]): Promise<number> {
  return Math.max(...(await heightsOf(members)));
}

/** What is waited for. */
export interface Goal {
  readonly height: number;
  /** Whether one of the validators that reaches it is enough. */
  readonly isOneEnough: boolean;
  /** Time without a block after which it is given up: who has lost everything has a long way to go. */
  readonly withinMs: number;
}

/** Resolves to the milliseconds until the goal was reached; to undefined if it will not be. */
export async function waitForHeight(
  members: readonly Member[],
  { height, isOneEnough, withinMs }: Goal,
): Promise<number | undefined> {
  const startMs = performance.now();
  let movedMs = startMs;
  let highest = -1;
  for (;;) {
    const heights = await heightsOf(members);
    const reached = isOneEnough ? Math.max(...heights) : Math.min(...heights);
    const nowMs = performance.now();
    if (reached > highest) movedMs = nowMs;
    highest = Math.max(highest, reached);
    if (reached >= height) return nowMs - startMs;
    if (nowMs - movedMs > withinMs) return undefined;
    await delay(POLL_MS);
  }
}

/** Resolves to whether all validators came to the same height. */
export async function waitForSameHeight(
  members: readonly Member[],
  withinMs: number,
): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  let before = -1;
  while (performance.now() < endMs) {
    const heights = await heightsOf(members);
    const [first = -1] = heights;
    // Twice the same: no block was on its way.
    if (heights.every((each) => each === first) && first === before) return true;
    before = first;
    await delay(POLL_MS * 10);
  }
  return false;
}
