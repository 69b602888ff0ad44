/**
 * Checks an audit: every line against the one before, every seal against the key, the end against the head.
 *
 * The first thing that does not fit is the problem. What kind it is shows only in what follows (a line that
 * is missing here may stand further on), so the rest is read too, in bounded memory.
 */
import { parseHex } from '../../chain/bytes.ts';
import { EVENT_NAMES } from './event.ts';
import { EMPTY_HEAD, type Head } from './head.ts';
import { type AuditLine, hashLine, parseLine, SEAL, verifySeal } from './line.ts';
import type { AuditProblem, ProblemKind, Standing } from './problem.ts';
import { type RawLine, readLines } from './reader.ts';
import { Suspicion } from './suspicion.ts';

/** What a check takes for granted. */
export interface CheckOptions {
  /** Paths of the files, in their order. */
  readonly paths: readonly string[];
  /** Whether the first of them is the audit's first. */
  readonly isBeginning: boolean;
  /** The head that is kept beside the files; undefined: nothing is known of the end. */
  readonly head: Head | undefined;
  /** Hex of the keys that may have sealed it; undefined: the one that it names itself. */
  readonly keys: readonly string[] | undefined;
  /** Hex of the chain's id; undefined: any. */
  readonly chainId: string | undefined;
}

/** What a check found. */
export interface AuditReport {
  readonly problem: AuditProblem | undefined;
  readonly lineCount: number;
  readonly sealCount: number;
  /** The last line that is linked to all before it. */
  readonly end: Head;
  /** Hex of the key that sealed it, as the first line names it. */
  readonly key: string | undefined;
  /** What stands behind the last seal: a crash tears one write, and the next start cuts it off. */
  readonly torn: { readonly lines: number; readonly bytes: number };
}

const FILE = EVENT_NAMES.file;
const HEX_KEY = /^[0-9a-f]{64}$/;
const BAD_SEAL =
  'has a signature that does not verify: it, or lines since the seal before it, were changed';

/** Checks the files of an audit. */
export async function checkAudit(options: CheckOptions): Promise<AuditReport> {
  const checker = new Checker(options);
  for (const path of options.paths) {
    checker.beginFile(path);
    for await (const lines of readLines(path)) for (const line of lines) checker.take(line);
  }
  return checker.finish();
}

class Checker {
  readonly #options: CheckOptions;
  #path = '';
  /** The line before. */
  #last: Head & { readonly place: Standing | undefined } = { ...EMPTY_HEAD, place: undefined };
  #key: string | undefined;
  /** Hash of the line of which the head gives the sequence. */
  #headHash: string | undefined;
  #lineCount = 0;
  #sealCount = 0;
  #torn = { lines: 0, bytes: 0 };
  #ragged: Standing | undefined;
  #problem: AuditProblem | undefined;
  #suspicion: Suspicion | undefined;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  beginFile(path: string): void {
    this.#path = path;
    // Only the last file may end within a line.
    if (this.#ragged !== undefined) this.#report('changed', this.#ragged, 'has no end');
  }

  take(raw: RawLine): void {
    if (this.#problem !== undefined) return;
    const parsed = raw.isWhole ? parseLine(raw.text) : undefined;
    const line = { ...raw, path: this.#path, parsed };
    if (this.#suspicion !== undefined) this.#suspicion.take(line);
    else if (!raw.isWhole) this.#takeRagged(line);
    else if (parsed === undefined) this.#report('changed', line, 'is no line of an audit');
    else if (this.#isNext(parsed)) this.#takeNext(line, parsed);
    else this.#suspect(line, parsed);
  }

  finish(): AuditReport {
    const found = this.#suspicion?.finish();
    if (found !== undefined) this.#report(found.kind, found.place, found.what);
    if (this.#options.head !== undefined) this.#checkHead(this.#options.head);
    const { seq, hash } = this.#last;
    return {
      problem: this.#problem,
      lineCount: this.#lineCount,
      sealCount: this.#sealCount,
      end: { seq, hash },
      key: this.#key,
      torn: this.#torn,
    };
  }

  #takeRagged(line: Standing): void {
    this.#ragged = line;
    this.#torn.bytes += line.sizeBytes;
  }

  /** Whether a line follows the one before; of an audit whose beginning is elsewhere, the first line does. */
  #isNext({ seq, prev }: AuditLine): boolean {
    if (this.#last.place === undefined && !this.#options.isBeginning) return true;
    return seq === this.#last.seq + 1 && prev === this.#last.hash;
  }

  #suspect(place: Standing, parsed: AuditLine): void {
    const { seq, place: before } = this.#last;
    const isSealed = parsed.event === SEAL && this.#verify(place);
    this.#suspicion = new Suspicion(place, parsed.seq, { seq: seq + 1, before, isSealed });
  }

  #takeNext(place: Standing, { seq, event, facts }: AuditLine): void {
    if (this.#last.place === undefined || event === FILE) this.#checkFileLine(place, event, facts);
    if (event === SEAL && !this.#verify(place)) this.#report('changed', place, BAD_SEAL);
    if (this.#problem !== undefined) return;
    this.#last = { seq, hash: hashLine(place.text), place };
    if (seq === this.#options.head?.seq) this.#headHash = this.#last.hash;
    this.#lineCount += 1;
    this.#torn.lines += 1;
    this.#torn.bytes += place.sizeBytes + 1;
    if (event !== SEAL) return;
    this.#sealCount += 1;
    this.#torn = { lines: 0, bytes: 0 };
  }

  #checkFileLine(place: Standing, event: string, facts: AuditLine['facts']): void {
    const { keys, chainId } = this.#options;
    const { key, chain_id: chain } = facts;
    if (event !== FILE || typeof key !== 'string' || !HEX_KEY.test(key)) {
      this.#report('removed', place, 'is not what a file begins with: that line is missing');
    } else if (keys?.includes(key) === false || (this.#key ?? key) !== key) {
      this.#report('other-key', place, `names the key ${key}: this is the audit of another node`);
    } else if (chainId !== undefined && chain !== chainId) {
      this.#report('other-key', place, 'names another chain than the genesis');
    } else {
      this.#key = key;
    }
  }

  #verify({ text }: Standing): boolean {
    return this.#key !== undefined && verifySeal(text, parseHex(this.#key));
  }

  #checkHead(head: Head): void {
    const { seq, place } = this.#last;
    const path = place?.path ?? this.#path;
    if (head.seq > seq) {
      const what = `and all after it are cut off: the head names sequence ${head.seq}, and the files end with ${seq}`;
      this.#report('cut', { path, number: (place?.number ?? 0) + 1 }, what);
    } else if ((this.#headHash ?? head.hash) !== head.hash) {
      const what = `ends another audit: the head names another line of sequence ${head.seq}`;
      this.#report('changed', { path, number: place?.number ?? 0 }, what);
    }
  }

  #report(kind: ProblemKind, place: Pick<Standing, 'path' | 'number'>, what: string): void {
    const { path: file, number: line } = place;
    this.#problem ??= { kind, file, line, what: `line ${line} of ${file} ${what}` };
  }
}
