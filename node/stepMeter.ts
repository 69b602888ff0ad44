/** Counts and times what the engine does, step by step, for metrics. */
import type { Engine } from '../chain/consensus/engine.ts';
import type { Message } from '../chain/consensus/message.ts';
import type { Place } from '../chain/consensus/proposer.ts';
import type { Input, Ready } from '../chain/consensus/ready.ts';
import type { Clock } from './clock.ts';
import type { Metrics } from './metrics.ts';

const NAMES: Readonly<Record<Message['kind'], string>> = {
  1: 'pre_prepare',
  2: 'prepare',
  3: 'commit',
  4: 'view_change',
  5: 'new_view',
};

/** Meters one engine. */
export class StepMeter {
  readonly #metrics: Metrics;
  readonly #engine: Pick<Engine, 'place'>;
  readonly #clock: Clock;
  #place: Place;
  #hasWork = false;
  #sinceMs: number;

  constructor(metrics: Metrics, engine: Pick<Engine, 'place'>, clock: Clock) {
    this.#metrics = metrics;
    this.#engine = engine;
    this.#clock = clock;
    this.#place = engine.place();
    this.#sinceMs = clock.nowMs();
  }

  /** Takes one step, once it is paid. */
  note(input: Input, { send }: Ready): void {
    const { messages } = this.#metrics;
    for (const { kind } of send) messages.inc({ kind: NAMES[kind], direction: 'sent' });
    if (input.type === 'message') {
      messages.inc({ kind: NAMES[input.message.kind], direction: 'received' });
    }
    if (input.type === 'work') this.#noteWork(input.waiting);
    this.#notePlace();
  }

  #noteWork(waiting: boolean): void {
    // A view in which nothing waited is not slow.
    if (waiting && !this.#hasWork) this.#sinceMs = this.#clock.nowMs();
    this.#hasWork = waiting;
  }

  #notePlace(): void {
    const place = this.#engine.place();
    if (place.height === this.#place.height && place.view === this.#place.view) return;
    const nowMs = this.#clock.nowMs();
    this.#metrics.viewSeconds.observe(Math.max(0, nowMs - this.#sinceMs) / 1_000);
    this.#place = place;
    this.#sinceMs = nowMs;
  }
}
