/**
 * What a line that does not follow the one before means, judged by all lines behind it.
 *
 * | the line               | behind it                              | so                                  |
 * | ---------------------- | -------------------------------------- | ----------------------------------- |
 * | has the wrong number   | stands the right one, and this again   | it is a copy: inserted              |
 * | has the wrong number   | stands the right one                   | reordered                           |
 * | has the wrong number   | the next line has the next number      | it was changed                      |
 * | has an earlier number  | anything else                          | inserted                            |
 * | has a later number     | anything else                          | lines were removed                  |
 * | has the right number   | the next line is linked to it, or it   | the line before it was changed      |
 * |                        | is a seal that verifies                |                                     |
 * | has the right number   | anything else                          | it was changed                      |
 */
import { type AuditLine, hashLine } from './line.ts';
import type { ProblemKind, Standing } from './problem.ts';

/** What should have come. */
interface Expected {
  readonly seq: number;
  /** The line before; undefined for the first. */
  readonly before: Standing | undefined;
  /** Whether the line that came instead is a seal that verifies. */
  readonly isSealed: boolean;
}

/** What it comes to. */
interface Verdict {
  readonly kind: ProblemKind;
  readonly place: Standing;
  readonly what: string;
}

/** A line that does not follow the one before. */
export class Suspicion {
  readonly #place: Standing;
  readonly #seq: number;
  readonly #expected: Expected;
  #next: AuditLine | undefined;
  #hasNext = false;
  #expectedAt: Standing | undefined;
  #isRepeated = false;

  constructor(place: Standing, seq: number, expected: Expected) {
    this.#place = place;
    this.#seq = seq;
    this.#expected = expected;
  }

  /** Takes a line behind it. */
  take(line: Standing): void {
    if (!this.#hasNext) this.#next = line.parsed;
    this.#hasNext = true;
    if (line.parsed?.seq === this.#expected.seq) this.#expectedAt ??= line;
    if (line.parsed?.seq === this.#seq) this.#isRepeated = true;
  }

  /** Returns what was done, and where. */
  finish(): Verdict {
    return this.#seq === this.#expected.seq ? this.#judgeLink() : this.#judgeOrder();
  }

  #judgeLink(): Verdict {
    const { before, seq, isSealed } = this.#expected;
    const isLinked = this.#next?.seq === seq + 1 && this.#next.prev === hashLine(this.#place.text);
    const isIntact = isLinked || isSealed;
    const place = isIntact && before !== undefined ? before : this.#place;
    const what =
      'was changed: its hash, or the hash that it names, is another than the line beside it has';
    return { kind: 'changed', place, what };
  }

  #judgeOrder(): Verdict {
    const [place, seq, expected] = [this.#place, this.#seq, this.#expected.seq];
    const instead = `has sequence ${seq} where ${expected} should be`;
    const at = this.#expectedAt;
    if (at !== undefined) {
      const isCopy = this.#isRepeated || seq < expected;
      return isCopy
        ? { kind: 'inserted', place, what: `${instead}: it was inserted` }
        : {
            kind: 'reordered',
            place,
            what: `${instead}, which stands in line ${at.number} of ${at.path}: lines were reordered`,
          };
    }
    if (this.#next?.seq === expected + 1) {
      return { kind: 'changed', place, what: `${instead}: it was changed` };
    }
    return seq < expected
      ? {
          kind: 'inserted',
          place,
          what: `${instead}: it was inserted, or is older than the line before`,
        }
      : {
          kind: 'removed',
          place,
          what: `${instead}: lines ${expected} to ${seq - 1} were removed`,
        };
  }
}
