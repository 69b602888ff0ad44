/** Reading the files of an audit line by line, in bounded memory whatever they hold. */
import { createReadStream } from 'node:fs';

import { LINE_BYTES_MAX } from './limits.ts';

/** A line of a file as it stands there. */
export interface RawLine {
  /** 1 for the first line of the file. */
  readonly number: number;
  /** Without its line feed; empty where it is longer than a line may be. */
  readonly text: string;
  readonly sizeBytes: number;
  /** Whether a line feed ends it. */
  readonly isWhole: boolean;
}

const LINE_FEED = 0x0a;

/** Yields the lines of a file, in groups as they come from the disk. */
export async function* readLines(path: string): AsyncGenerator<readonly RawLine[]> {
  const splitter = new Splitter();
  // Without an encoding, a stream of a file yields Buffers.
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    yield splitter.split(chunk);
  }
  yield splitter.end();
}

class Splitter {
  #number = 1;
  /** The beginning of a line whose end has not come. */
  #kept: Buffer[] = [];
  #sizeBytes = 0;

  split(chunk: Buffer): readonly RawLine[] {
    const lines: RawLine[] = [];
    let at = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, at)) {
      this.#keep(chunk.subarray(at, end));
      lines.push(this.#take(true));
      at = end + 1;
    }
    this.#keep(chunk.subarray(at));
    return lines;
  }

  /** What is behind the last line feed. */
  end(): readonly RawLine[] {
    return this.#sizeBytes === 0 ? [] : [this.#take(false)];
  }

  #keep(part: Buffer): void {
    this.#sizeBytes += part.length;
    if (this.#sizeBytes <= LINE_BYTES_MAX) this.#kept.push(part);
    else this.#kept = [];
  }

  #take(isWhole: boolean): RawLine {
    // One character for each byte: whatever is not ASCII stays recognisable as that.
    const text = Buffer.concat(this.#kept).toString('latin1');
    const line = { number: this.#number, text, sizeBytes: this.#sizeBytes, isWhole };
    this.#number += 1;
    this.#kept = [];
    this.#sizeBytes = 0;
    return line;
  }
}
