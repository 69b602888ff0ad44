/**
 * View changes: when a validator leaves a view, for which one, and when it may give that one its time.
 *
 * Views only grow. A validator that has asked for a view waits there, untimed, until a quorum has come as
 * far: without a quorum neither views nor timers can grow.
 *
 * Source: Castro and Liskov, OSDI 1999, section 4.5.2; Moniz, arXiv 2002.03613, section 4.
 */
import { PHASE } from '../block.ts';
import { invariant } from '../invariant.ts';
import { VIEW_MAX } from '../limits.ts';
import { type Core, paramsOf, placeOf, say, signerIndex } from './core.ts';
import type { HeightState } from './heightState.ts';
import type { Place } from './proposer.ts';
import { maxFaulty } from './quorum.ts';
import { createViewChange, type ViewChange, viewChangeStatement } from './viewChange.ts';
import { viewTimeoutMs } from './viewTimer.ts';

/** Leaves the current view for a later one. */
export function enterView(core: Core, view: number): void {
  const { height } = core;
  // R11: views only grow.
  invariant(view > height.view, 'R11: views only grow');
  // R19: what a lost view proposed is suspect.
  const lost = height.proposal?.message.header.batchIds ?? [];
  core.suspects.add(lost, height.height);
  height.view = view;
  height.isOpen = false;
  height.proposal = undefined;
  height.draft = undefined;
}

/** Leaves the view whose timer has run out; a timer of another place is stale. */
export function takeTimeout(core: Core, { height, view }: Place): void {
  // R14: only the timer that was asked for last can end a view.
  if (core.timer?.height !== height || core.timer.view !== view) return;
  core.timer = undefined;
  if (view < VIEW_MAX) enterView(core, view + 1);
}

/** Keeps the newest VIEW-CHANGE of each validator. */
export function takeViewChange({ viewChanges }: HeightState, message: ViewChange): void {
  const held = viewChanges.get(message.index);
  // R18: one VIEW-CHANGE from each validator, the newest.
  if (held === undefined || held.view < message.view) viewChanges.set(message.index, message);
}

/** R13: where f + 1 others are at higher views, one of them is honest: goes to the smallest of those. */
export function joinOthers(core: Core): void {
  const { height } = core;
  const views = [...height.viewChanges.values()]
    .filter(({ index, view }) => index !== height.self && view > height.view)
    .map(({ view }) => view)
    .sort((a, b) => b - a);
  const smallest = views[maxFaulty(height.validators.length)];
  if (smallest !== undefined) enterView(core, smallest);
}

/** Owes the VIEW-CHANGE for the current view. */
export function askForView(core: Core): void {
  const { height, options } = core;
  const { view, own, prepared } = height;
  const index = signerIndex(core);
  const isOver = view === 0 || height.proposal !== undefined || own.hasVoted(view);
  if (isOver || index === undefined || own.hasSaid(PHASE.viewChange, view)) return;
  // R9: it carries the prepared certificate of the highest view.
  const fields = { height: height.height, view, index, prepared };
  const message = createViewChange(fields, options);
  say(core, message);
  takeViewChange(height, message);
  height.ballots.add(viewChangeStatement(message));
}

/** R14: a view may take its time from when a quorum has asked for it or a later one. */
export function openView({ height }: Core): void {
  const reached = [...height.viewChanges.values()].filter(({ view }) => view >= height.view);
  height.isOpen ||= reached.length >= height.quorum;
}

/** Owes the timer of the current view, or its end. */
export function setTimer(core: Core): void {
  const { height, timer, isWorkNew } = core;
  core.isWorkNew = false;
  const canChange = signerIndex(core) !== undefined && height.decision === undefined;
  // R7: timers run while there is work.
  const isDue = core.work && height.isOpen && canChange;
  const place = placeOf(core);
  if (!isDue) {
    if (timer !== undefined) core.owed.timer = 'stop';
    core.timer = undefined;
    return;
  }
  if (timer?.height === place.height && timer.view === place.view) return;
  core.timer = place;
  const params = paramsOf(core);
  // R7: work that has just come may still be on its way to the proposer.
  const announceMs = isWorkNew ? params.announceMs : 0;
  core.owed.timer = { place, delayMs: announceMs + viewTimeoutMs(place.view, params) };
}
