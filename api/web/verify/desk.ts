/**
 * The page's work: each file is hashed, each hash is asked for, and the proof of what is registered is checked. The
 * page shows what stands here; nothing here knows how it looks.
 */
import type { CheckState } from './checkState.ts';
import type { AnsweredHash, Item, Question } from './item.ts';
import type { HashCall } from './job.ts';

/** Files and hashes that the page holds at a time. */
export const ITEM_COUNT_MAX = 1_000;

/** What a desk needs. */
export interface DeskWorld {
  hash(file: File, call: HashCall): Promise<string>;
  /** Resolves to what the node says of a hash; rejects where it says nothing. */
  ask(question: Question, signal: AbortSignal): Promise<AnsweredHash>;
  /** Resolves to what came of the check of a registered item's proof, and what else is shown of it. */
  check(item: Item, signal: AbortSignal): Promise<Pick<Item, 'check' | 'provenance'>>;
  nowMs(): number;
  /** Called whenever an item has changed. */
  onChange(): void;
}

const NOT_CHECKED: CheckState = { state: 'none' };

/** What a reader gives, and how it may be asked about. */
type Given = Pick<Item, 'file' | 'hash' | 'isPrivate'>;

/** The items of a page. */
export class Desk {
  readonly #world: DeskWorld;
  /** In the order in which they came. */
  readonly #items = new Map<number, Item>();
  readonly #aborts = new Map<number, AbortController>();
  #lastId = 0;

  constructor(world: DeskWorld) {
    this.#world = world;
  }

  get items(): readonly Item[] {
    return [...this.#items.values()];
  }

  /** Takes files; returns how many were left out, since there is no room. */
  addFiles(files: readonly File[], isPrivate: boolean): number {
    return this.#add(files.map((file) => ({ file, hash: undefined, isPrivate })));
  }

  /** Takes hashes in lower-case hex; returns how many were left out, since there is no room. */
  addHashes(hashes: readonly string[], isPrivate: boolean): number {
    return this.#add(hashes.map((hash) => ({ file: undefined, hash, isPrivate })));
  }

  remove(id: number): void {
    this.#aborts.get(id)?.abort();
    this.#aborts.delete(id);
    this.#items.delete(id);
    this.#world.onChange();
  }

  clear(): void {
    for (const id of this.#items.keys()) this.#aborts.get(id)?.abort();
    this.#aborts.clear();
    this.#items.clear();
    this.#world.onChange();
  }

  /** Shows or hides what is known of an item. */
  setOpen(id: number, isOpen: boolean): void {
    if (this.#items.get(id)?.isOpen !== isOpen) this.#update(id, { isOpen });
  }

  /** Asks again for one whose hash is known. */
  async askAgain(id: number): Promise<void> {
    const hash = this.#items.get(id)?.hash;
    if (hash !== undefined) await this.#ask(id, hash);
  }

  /** Asks for all of a hash of which only the first digits went out so far; no other item is asked so. */
  async askWhole(id: number): Promise<void> {
    this.#update(id, { isPrivate: false });
    await this.askAgain(id);
  }

  /** Asks for all that the node gave no answer for. */
  async askMissing(): Promise<void> {
    const missing = this.items.filter(({ stage }) => stage === 'unasked');
    await Promise.all(missing.map(({ id }) => this.askAgain(id)));
  }

  /** Checks all proofs again, as with another policy. */
  async checkAgain(): Promise<void> {
    const checked = this.items.filter(({ check }) => check.state !== 'none');
    await Promise.all(checked.map(({ id }) => this.#check(id)));
  }

  #add(given: readonly Given[]): number {
    const room = ITEM_COUNT_MAX - this.#items.size;
    const taken = given.slice(0, room);
    // One alone is shown with all that is known of it.
    const isOpen = this.#items.size === 0 && taken.length === 1;
    for (const each of taken) {
      const id = ++this.#lastId;
      this.#aborts.set(id, new AbortController());
      this.#items.set(id, { ...EMPTY, ...each, id, isOpen });
      void this.#start(id, each);
    }
    this.#world.onChange();
    return given.length - taken.length;
  }

  async #start(id: number, { file, hash: given }: Given): Promise<void> {
    const hash = file === undefined ? given : await this.#hash(id, file);
    if (hash !== undefined) await this.#ask(id, hash);
  }

  /** Resolves to undefined where the file cannot be read. */
  async #hash(id: number, file: File): Promise<string | undefined> {
    const onProgress = (hashedBytes: number): void =>
      this.#update(id, { stage: 'hashing', hashedBytes });
    try {
      const hash = await this.#world.hash(file, { signal: this.#signalOf(id), onProgress });
      this.#update(id, { hash, hashedBytes: file.size });
      return hash;
    } catch (error) {
      this.#update(id, { stage: 'unreadable', reason: reasonOf(error), hashedBytes: file.size });
      return undefined;
    }
  }

  async #ask(id: number, hash: string): Promise<void> {
    const isPrivate = this.#items.get(id)?.isPrivate ?? true;
    // What was answered and checked before stays until there is another answer.
    this.#update(id, { stage: 'asking', reason: undefined });
    try {
      const answered = await this.#world.ask({ hash, isPrivate }, this.#signalOf(id));
      const answeredMs = this.#world.nowMs();
      this.#update(id, { ...answered, answeredMs, check: NOT_CHECKED, provenance: undefined });
    } catch (error) {
      this.#update(id, { stage: 'unasked', reason: reasonOf(error) });
      return;
    }
    await this.#check(id);
  }

  async #check(id: number): Promise<void> {
    const item = this.#items.get(id);
    if (item?.finding === undefined || item.finding.block_height === null) return;
    const running: CheckState = { state: 'running' };
    this.#update(id, { check: running });
    const checked = await this.#checked(item);
    // Another answer, or another policy, has begun another check meanwhile.
    if (this.#items.get(id)?.check === running) this.#update(id, checked);
  }

  async #checked(item: Item): Promise<Partial<Item>> {
    try {
      return await this.#world.check(item, this.#signalOf(item.id));
    } catch (error) {
      return { check: { state: 'absent', reason: reasonOf(error) } };
    }
  }

  #signalOf(id: number): AbortSignal {
    return this.#aborts.get(id)?.signal ?? AbortSignal.abort();
  }

  /** Whatever ends late for an item that was removed changes nothing. */
  #update(id: number, change: Partial<Item>): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    this.#items.set(id, { ...item, ...change });
    this.#world.onChange();
  }
}

const EMPTY: Omit<Item, 'id' | 'isOpen' | 'file' | 'isPrivate'> = {
  stage: 'waiting',
  hashedBytes: 0,
  hash: undefined,
  reason: undefined,
  finding: undefined,
  json: undefined,
  answeredMs: undefined,
  range: undefined,
  check: NOT_CHECKED,
  provenance: undefined,
};

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
