/**
 * Which policy proofs are checked with: the reader's own file, or the one that this browser saw first of this node.
 *
 * The node's own policy is believed on first sight and kept. Another one later is shown, and not used until the reader
 * accepts it: whoever takes over a node may serve what he likes, but not to those who were here before.
 */
import type { PolicySummary } from './job.ts';

const KEY = 'birthmark.policy';
/** As the verifier allows. */
const POLICY_BYTES_MAX = 131_072;

/** A policy and what it says. */
export interface ReadPolicy {
  readonly text: string;
  readonly summary: PolicySummary;
}

/** The policy in force. */
export type PolicyInForce =
  | { readonly source: 'none' }
  | {
      readonly source: 'node';
      readonly text: string;
      readonly summary: PolicySummary;
      readonly sinceMs: number;
      /** What the node serves, where that is another policy. */
      readonly other: ReadPolicy | undefined;
    }
  | {
      readonly source: 'reader';
      readonly text: string;
      readonly summary: PolicySummary;
      readonly name: string;
    };

/** What a keeper needs. */
export interface PolicyWorld {
  fetchPolicy(): Promise<string>;
  /** Rejects where the text is no policy. */
  readPolicy(text: string): Promise<PolicySummary>;
  /** Undefined where the browser keeps nothing. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'> | undefined;
  nowMs(): number;
}

interface Kept {
  readonly text: string;
  readonly sinceMs: number;
}

/** Keeps the policy. */
export class PolicyKeeper {
  readonly #world: PolicyWorld;
  #kept: Kept | undefined;
  #inForce: PolicyInForce = { source: 'none' };
  #loading: Promise<PolicyInForce> | undefined;

  constructor(world: PolicyWorld) {
    this.#world = world;
    this.#kept = parseKept(world.storage?.getItem(KEY) ?? '');
  }

  /** What is known so far. */
  get inForce(): PolicyInForce {
    return this.#inForce;
  }

  /** Resolves to the policy to check with; asks the node once. Rejects where it gives none that can be read. */
  load(): Promise<PolicyInForce> {
    if (this.#inForce.source !== 'none') return Promise.resolve(this.#inForce);
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  /** Takes the reader's own. Rejects, and changes nothing, where it is no policy. */
  async useReaders(file: File): Promise<void> {
    const text = await file.slice(0, POLICY_BYTES_MAX + 1).text();
    const summary = await this.#world.readPolicy(text);
    this.#inForce = { source: 'reader', text, summary, name: file.name };
  }

  /** Goes back to the node's. */
  async forgetReaders(): Promise<void> {
    this.#inForce = await this.#readNodes();
  }

  /** Takes what the node serves in place of what was kept. */
  async acceptOther(): Promise<void> {
    if (this.#inForce.source !== 'node' || this.#inForce.other === undefined) return;
    // What was shown is what is accepted, whatever the node serves by now.
    this.#keep({ text: this.#inForce.other.text, sinceMs: this.#world.nowMs() });
    this.#inForce = await this.#readNodes();
  }

  async #load(): Promise<PolicyInForce> {
    const found = await this.#readNodes();
    // The reader may have chosen a file meanwhile.
    if (this.#inForce.source === 'none') this.#inForce = found;
    return this.#inForce;
  }

  async #readNodes(): Promise<PolicyInForce> {
    if (this.#kept !== undefined) {
      const summary = await this.#world.readPolicy(this.#kept.text);
      const other = await this.#readOther(this.#kept.text);
      return { source: 'node', ...this.#kept, summary, other };
    }
    const served = await this.#readServed();
    const kept = { text: served.text, sinceMs: this.#world.nowMs() };
    this.#keep(kept);
    return { source: 'node', ...kept, summary: served.summary, other: undefined };
  }

  async #readServed(): Promise<ReadPolicy> {
    const text = await this.#world.fetchPolicy();
    return { text, summary: await this.#world.readPolicy(text) };
  }

  /** Who has a policy checks with it, also where the node serves none, or something that is none. */
  async #readOther(kept: string): Promise<ReadPolicy | undefined> {
    const served = await this.#readServed().catch(() => undefined);
    return served?.text === kept ? undefined : served;
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    try {
      this.#world.storage?.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing: the policy is kept as long as the page.
    }
  }
}

function parseKept(text: string): Kept | undefined {
  try {
    const { text: policy, sinceMs } = JSON.parse(text) as Partial<Record<keyof Kept, unknown>>;
    return typeof policy === 'string' && typeof sinceMs === 'number'
      ? { text: policy, sinceMs }
      : undefined;
  } catch {
    return undefined;
  }
}
