/** Listens to events of a node over real HTTP, and hands them over one by one. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** An event with its data parsed. */
export interface Heard {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A listener of a test. */
export class EventListener {
  readonly response: Response;
  /** Comments that were heard. */
  readonly comments: string[] = [];
  readonly #cut: AbortController;
  readonly #heard: Heard[] = [];
  readonly #waiters = new Set<() => void>();
  #isEnded = false;

  private constructor(response: Response, cut: AbortController) {
    this.response = response;
    this.#cut = cut;
    void this.#read();
  }

  /** Asks for events; a refusal is a response too, which then has none. */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EventListener> {
    const cut = new AbortController();
    return new EventListener(await fetch(url, { headers, signal: cut.signal }), cut);
  }

  /** Resolves to the next event that suits, leaving out those before it; rejects where the stream ends first. */
  async next(suits: (event: Heard) => boolean = () => true): Promise<Heard> {
    for (;;) {
      for (;;) {
        const event = this.#heard.shift();
        if (event === undefined) break;
        if (suits(event)) return event;
      }
      if (this.#isEnded) throw new Error('the stream has ended');
      await this.#changed();
    }
  }

  /** Resolves to the next event of a name. */
  nextOf(name: string): Promise<Heard> {
    return this.next(({ event }) => event === name);
  }

  /** Resolves when the stream has ended, to all events that were not taken. */
  async rest(): Promise<readonly Heard[]> {
    while (!this.#isEnded) await this.#changed();
    return this.#heard.splice(0);
  }

  /** Resolves when so many comments were heard. */
  async heardComments(count: number): Promise<void> {
    while (this.comments.length < count) await this.#changed();
  }

  /** Leaves. */
  close(): void {
    this.#cut.abort();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.add(resolve);
    });
  }

  #tell(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  async #read(): Promise<void> {
    const parser = createParser({
      onEvent: ({ event, id, data }: EventSourceMessage) => {
        this.#heard.push({ event, id, data: JSON.parse(data) as Heard['data'] });
      },
      onComment: (comment) => {
        this.comments.push(comment);
      },
    });
    const decoder = new TextDecoder();
    try {
      const isStream = this.response.headers.get('content-type')?.startsWith('text/event-stream');
      if (isStream === true && this.response.body !== null) {
        for await (const chunk of this.response.body as AsyncIterable<Uint8Array>) {
          parser.feed(decoder.decode(chunk, { stream: true }));
          this.#tell();
        }
      }
    } catch {
      // Cut off, by the test or the node.
    }
    this.#isEnded = true;
    this.#tell();
  }
}
