/** A terminal that is taken over for a while: another screen, keys at once, and everything back as it was at the end. */

/** The part of a process's streams that is needed. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** Who hears of the terminal. */
export interface TerminalEvents {
  onKey(key: string): void;
  onResize(): void;
}

const ESCAPE = '\u001b[';
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l`;
const LEAVE = `${ESCAPE}?25h${ESCAPE}?1049l`;
const HOME = `${ESCAPE}H`;
const TO_LINE_END = `${ESCAPE}K`;
const TO_SCREEN_END = `${ESCAPE}J`;

/** A terminal under control. */
export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #onData: (chunk: Buffer) => void;
  readonly #onResize: () => void;

  constructor(streams: TerminalStreams, events: TerminalEvents) {
    this.#streams = streams;
    this.#onData = (chunk) => {
      for (const key of chunk.toString('utf8')) events.onKey(key);
    };
    this.#onResize = () => {
      events.onResize();
    };
  }

  /** Takes the terminal. */
  open(): void {
    const { stdin, stdout } = this.#streams;
    stdout.write(ENTER);
    stdout.on('resize', this.#onResize);
    if (!stdin.isTTY) return;
    stdin.setRawMode(true);
    stdin.on('data', this.#onData);
    stdin.resume();
  }

  /** Gives it back. */
  close(): void {
    const { stdin, stdout } = this.#streams;
    stdout.off('resize', this.#onResize);
    stdout.write(LEAVE);
    if (!stdin.isTTY) return;
    stdin.off('data', this.#onData);
    stdin.setRawMode(false);
    stdin.pause();
  }

  get size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#streams.stdout;
    return { columns, rows };
  }

  /** Shows lines, at most as many as there is room for, without clearing first, which would flicker. */
  show(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}${TO_LINE_END}`).join('\r\n');
    this.#streams.stdout.write(`${HOME}${text}${TO_SCREEN_END}`);
  }
}
