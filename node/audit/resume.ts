/**
 * Where an audit goes on after a stop or a crash.
 *
 * What was written last may be torn: one write was under way, and it ends with a seal. So the audit goes
 * on behind the last seal up to which the lines are linked, and what follows is cut off. Lines without a
 * signature over them are never taken over, or who writes to the file while the node is down would have
 * them signed. More than one write behind that seal, or an end before the head, is no crash: such an audit
 * is refused.
 *
 * Only the end is read, since a start must not wait; `check.ts` reads everything.
 */
import { type AuditDisk, type FileEnd, fileName, HEAD_FILE } from './disk.ts';
import { AuditError } from './errors.ts';
import { EMPTY_HEAD, type Head, parseHead } from './head.ts';
import { FLUSH_BYTES_MAX, LINE_BYTES_MAX } from './limits.ts';
import { hashLine, parseLine, SEAL, verifySeal } from './line.ts';

/** Where the next line is written. */
export interface AuditEnd extends Head {
  readonly file: number;
  readonly sizeBytes: number;
  /** What a crash has torn, still in the file. */
  readonly torn: Torn | undefined;
}

/** Bytes behind the last seal. */
export interface Torn {
  readonly bytes: number;
  /** Whole lines in them. */
  readonly lines: number;
}

/** One write: its events, the first line of a file, the seal, and an event larger than the limit. */
const WRITE_BYTES_MAX = FLUSH_BYTES_MAX + 3 * (LINE_BYTES_MAX + 1);
/** A torn write, a whole one, and the seal before. */
const END_BYTES_MAX = 2 * WRITE_BYTES_MAX + LINE_BYTES_MAX + 1;
const LINE_FEED = 0x0a;
const REMEDY =
  'run "birthmark audit check" to see what differs; to start all the same, move the folder elsewhere and ' +
  'keep it, and the node begins another audit';

/** Returns where an audit goes on; changes nothing. Throws an AuditError where that would hide something. */
export async function findEnd(disk: AuditDisk, publicKey: Uint8Array): Promise<AuditEnd> {
  const [files, headText] = [await disk.listFiles(), await disk.readHead()];
  if (files.length === 0 && headText === undefined) return emptyEnd(1);
  const head = headText === undefined ? undefined : parseHead(headText);
  if (head === undefined) {
    throw refusal(`${HEAD_FILE} is ${headText === undefined ? 'missing' : 'not readable'}`);
  }
  return new EndFinder(disk, publicKey, head).find(files);
}

/** The linked lines at the end of a file. */
interface Run {
  /** The last seal, and the offset behind it. */
  readonly seal: (Head & { readonly text: string; readonly end: number }) | undefined;
  /** Hash of the line that the head names, where it is among them. */
  readonly headHash: string | undefined;
}

class EndFinder {
  readonly #disk: AuditDisk;
  readonly #publicKey: Uint8Array;
  readonly #head: Head;

  constructor(disk: AuditDisk, publicKey: Uint8Array, head: Head) {
    this.#disk = disk;
    this.#publicKey = publicKey;
    this.#head = head;
  }

  async find(files: readonly number[]): Promise<AuditEnd> {
    const end = await this.#endOf(files);
    if (end.seq < this.#head.seq) {
      throw refusal(`it ends with line ${end.seq}, and ${HEAD_FILE} names line ${this.#head.seq}`);
    }
    return end;
  }

  async #endOf(files: readonly number[]): Promise<AuditEnd> {
    const file = files.at(-1);
    if (file === undefined) return emptyEnd(1);
    const found = await this.#disk.readEnd(file, END_BYTES_MAX);
    const start = found.sizeBytes - found.bytes.length;
    const run = findRun(found, this.#head.seq);
    const { seal } = run;
    const rest = found.bytes.subarray(seal?.end ?? 0);
    if (!isOneWrite(rest) || (seal === undefined && start > 0)) {
      throw refusal(`${fileName(file)} is damaged before its last write`);
    }
    const torn = rest.length === 0 ? undefined : { bytes: rest.length, lines: countLines(rest) };
    // The first write of this file is torn, so the last whole one is in the file before.
    if (seal === undefined) return { ...(await this.#endBefore(files)), file, sizeBytes: 0, torn };
    this.#checkRun(run, fileName(file));
    return { file, seq: seal.seq, hash: seal.hash, sizeBytes: start + seal.end, torn };
  }

  #checkRun({ seal, headHash }: Run, name: string): void {
    if ((headHash ?? this.#head.hash) !== this.#head.hash) {
      throw refusal(`line ${this.#head.seq} of ${name} is not the one that ${HEAD_FILE} names`);
    }
    if (seal !== undefined && !verifySeal(seal.text, this.#publicKey)) {
      throw refusal(`line ${seal.seq} of ${name} is not sealed by this node's consensus key`);
    }
  }

  async #endBefore(files: readonly number[]): Promise<AuditEnd> {
    const end = await this.#endOf(files.slice(0, -1));
    if (end.torn === undefined) return end;
    throw refusal(`${fileName(end.file)} is damaged, and another file follows it`);
  }
}

function emptyEnd(file: number): AuditEnd {
  return { file, sizeBytes: 0, torn: undefined, ...EMPTY_HEAD };
}

/** Follows the links to the last seal. The first line of what was read is taken as it is. */
function findRun({ bytes, sizeBytes }: FileEnd, headSeq: number): Run {
  let seal: Run['seal'];
  let headHash: string | undefined;
  let before: Head | undefined;
  let at = bytes.length < sizeBytes ? bytes.indexOf(LINE_FEED) + 1 : 0;
  for (let end = bytes.indexOf(LINE_FEED, at); end !== -1; end = bytes.indexOf(LINE_FEED, at)) {
    const text = textOf(bytes.subarray(at, end));
    const line = parseLine(text);
    if (line === undefined) break;
    if (before !== undefined && (line.seq !== before.seq + 1 || line.prev !== before.hash)) break;
    at = end + 1;
    before = { seq: line.seq, hash: hashLine(text) };
    if (line.seq === headSeq) headHash = before.hash;
    if (line.event === SEAL) seal = { ...before, text, end: at };
  }
  return { seal, headHash };
}

/** Whether bytes may be what is left of one write: short, and sealed nowhere but at the end. */
function isOneWrite(bytes: Uint8Array): boolean {
  if (bytes.length > WRITE_BYTES_MAX) return false;
  const lines = textOf(bytes).split('\n').slice(0, -1);
  return lines.slice(0, -1).every((text) => parseLine(text)?.event !== SEAL);
}

function countLines(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function refusal(what: string): AuditError {
  return new AuditError(`the audit cannot be gone on with: ${what}; ${REMEDY}`);
}
