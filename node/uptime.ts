/**
 * How long the node was up since its data folder was first used: one small file, rewritten now and then.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';

import type { Clock, Timer } from './clock.ts';

const SAVE_INTERVAL_MS = 60_000;

interface Saved {
  readonly first_start_ms: number;
  readonly up_ms: number;
}

/** A node's time in service. */
export class Uptime {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #saved: Saved;
  readonly #startMs: number;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, clock: Clock, saved: Saved) {
    this.#path = path;
    this.#clock = clock;
    this.#saved = saved;
    this.#startMs = clock.nowMs();
  }

  /** Reads the file, or begins one: what cannot be read counts as a first start. */
  static async open(path: string, clock: Clock): Promise<Uptime> {
    const fresh: Saved = { first_start_ms: clock.nowMs(), up_ms: 0 };
    const saved = await readFile(path, 'utf8').then(parseSaved, () => undefined);
    const uptime = new Uptime(path, clock, saved ?? fresh);
    uptime.#arm();
    return uptime;
  }

  /** Whole seconds since this start. */
  seconds(): number {
    return Math.max(0, Math.floor((this.#clock.nowMs() - this.#startMs) / 1_000));
  }

  /** Share of the time since the first start that the node was up, 0 to 1. */
  share(): number {
    const nowMs = this.#clock.nowMs();
    const sinceMs = nowMs - this.#saved.first_start_ms;
    if (sinceMs <= 0) return 1;
    return Math.min(1, this.#upMs() / sinceMs);
  }

  /** Writes the file a last time. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#save();
    await this.#writing;
  }

  #upMs(): number {
    // A clock that was set back takes nothing away.
    return this.#saved.up_ms + Math.max(0, this.#clock.nowMs() - this.#startMs);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(SAVE_INTERVAL_MS, () => {
      this.#save();
      this.#arm();
    });
  }

  #save(): void {
    const text = JSON.stringify({ ...this.#saved, up_ms: this.#upMs() } satisfies Saved);
    // A number for display: a failure to write it must not stop a node.
    this.#writing = this.#writing
      .then(() => writeFile(`${this.#path}.part`, text))
      .then(() => rename(`${this.#path}.part`, this.#path))
      .catch(() => undefined);
  }
}

function parseSaved(text: string): Saved | undefined {
  try {
    const { first_start_ms: first, up_ms: up } = JSON.parse(text) as Partial<Saved>;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(up)) return undefined;
    return { first_start_ms: Number(first), up_ms: Number(up) };
  } catch {
    return undefined;
  }
}
