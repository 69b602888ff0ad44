/**
 * The audit: what this node did in consensus, in files that nobody can change unseen.
 *
 * Events wait for a moment and are written together: each line holds the hash of the one before, and the
 * last of a write is a seal, signed with the consensus key. A write is durable before the next begins, so
 * that a crash tears one at most. Nobody waits for it: consensus does not, and so what is on record may
 * lag behind what was sent by a moment.
 *
 * What cannot be written stops the node: an audit with a silent gap is none. docs/audit.md says what a
 * check finds and what it cannot.
 */
import { formatUtf8 } from '../../chain/bytes.ts';
import { invariant } from '../../chain/invariant.ts';
import type { Signer } from '../../chain/signature.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Log } from '../log.ts';
import type { AuditDisk } from './disk.ts';
import { AuditError } from './errors.ts';
import { type AuditEvent, EVENT_NAMES, formatFacts, type OwnEvent } from './event.ts';
import { type Cause, Gate } from './gate.ts';
import { EMPTY_HEAD, formatHead, type Head } from './head.ts';
import {
  AUDIT_FILE_BYTES_MAX,
  FLUSH_BYTES_MAX,
  FLUSH_INTERVAL_MS,
  FLUSH_LINE_COUNT_MAX,
  HEAD_LOG_INTERVAL_MS,
  LINE_BYTES_MAX,
  WAITING_BYTES_MAX,
} from './limits.ts';
import { formatLine, formatSeal, hashLine } from './line.ts';
import { type AuditEnd, findEnd } from './resume.ts';

/** Whose audit it is. */
export interface AuditOptions {
  readonly chainId: Uint8Array;
  /** Signs with the consensus key. */
  readonly sign: Signer;
  /** The public half of the consensus key. */
  readonly publicKey: Uint8Array;
  /** Size at which another file begins. Default: `AUDIT_FILE_BYTES_MAX`. */
  readonly fileBytesMax?: number;
}

/** The world of an audit. */
export interface AuditPorts {
  readonly disk: AuditDisk;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Called once when nothing more can be put on record: the node must stop. */
  onFault(error: unknown): void;
}

/** Puts events on record. */
export interface Audit {
  /** Takes an event; it is durable a moment later. Never throws, whatever a peer put into it. */
  record(event: AuditEvent): void;
  /** Resolves when everything taken is durable. Nothing is taken afterwards. */
  close(): Promise<void>;
}

/** Format of the files, which the first line of each names. */
const AUDIT_FORMAT = 'birthmark-audit-v1';

/** Opens an audit behind its last seal. Rejects with an AuditError where it was changed. */
export async function openAudit(options: AuditOptions, ports: AuditPorts): Promise<Audit> {
  const { disk, log } = ports;
  const end = await findEnd(disk, options.publicKey);
  if (end.torn !== undefined) {
    log.warn({ file: end.file, ...end.torn }, 'audit is cut behind its last seal');
    await disk.cut(end.file, end.sizeBytes);
  }
  // Files without a head are refused, so the head comes first.
  if (end.seq === 0) await disk.writeHead(formatHead(EMPTY_HEAD));
  return new AuditWriter(options, ports, end);
}

/** An event that waits. */
interface Waiting {
  readonly ms: number;
  readonly event: string;
  /** JSON. */
  readonly facts: string;
}

class AuditWriter implements Audit {
  readonly #options: Required<AuditOptions>;
  readonly #ports: AuditPorts;
  readonly #gate = new Gate();
  #end: Omit<AuditEnd, 'torn'>;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;
  #hasFailed = false;
  /** The head that the log tells, and when it told it. */
  #told = { seq: 0, atMs: -Infinity };

  constructor(options: AuditOptions, ports: AuditPorts, { torn, ...end }: AuditEnd) {
    this.#options = { fileBytesMax: AUDIT_FILE_BYTES_MAX, ...options };
    this.#ports = ports;
    this.#end = end;
    if (torn !== undefined) this.#push({ type: 'recovered', ...torn });
  }

  record(event: AuditEvent): void {
    if (this.#isClosed) return;
    const cause = causeOf(event);
    const leftOut = cause === undefined ? 0 : this.#gate.admit(cause, this.#ports.clock.nowMs());
    if (leftOut !== undefined) this.#push(event, leftOut === 0 ? {} : { leftOut });
  }

  async close(): Promise<void> {
    for (const each of this.#gate.leftOut()) this.#push({ type: 'leftOut', ...each });
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#writing;
    await this.#write();
    await this.#ports.disk.close();
    this.#tell();
  }

  #push(event: AuditEvent | OwnEvent, more?: Readonly<Record<string, number>>): void {
    if (this.#hasFailed) return;
    const facts = formatFacts(event, more);
    this.#waiting.push({ ms: this.#ports.clock.nowMs(), event: EVENT_NAMES[event.type], facts });
    this.#waitingBytes += facts.length;
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      this.#fail(new AuditError(`the disk is too slow: ${this.#waitingBytes} bytes of audit wait`));
    } else if (this.#writing === undefined) {
      this.#timer ??= this.#ports.clock.setTimer(FLUSH_INTERVAL_MS, () => {
        this.#writing = this.#write();
      });
    }
  }

  /** Writes everything that waits, and what comes meanwhile. Never rejects. */
  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#hasFailed) await this.#writeOnce();
    } catch (error) {
      this.#fail(new Error('cannot write the audit', { cause: error }));
    }
    this.#timer = undefined;
    this.#writing = undefined;
  }

  async #writeOnce(): Promise<void> {
    const { disk, clock } = this.#ports;
    const { bytes, end } = this.#format(this.#take());
    await disk.append(end.file, bytes);
    this.#end = end;
    await disk.writeHead(formatHead(end));
    if (clock.nowMs() - this.#told.atMs >= HEAD_LOG_INTERVAL_MS) this.#tell();
  }

  /** Takes the events of one write, at least one. */
  #take(): readonly Waiting[] {
    let bytes = 0;
    const count = this.#waiting.findIndex(({ facts }, i) => {
      bytes += facts.length;
      return i > 0 && (i === FLUSH_LINE_COUNT_MAX || bytes > FLUSH_BYTES_MAX);
    });
    const taken = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
    for (const { facts } of taken) this.#waitingBytes -= facts.length;
    return taken;
  }

  /** Returns the bytes of one write, and where it ends. */
  #format(waiting: readonly Waiting[]): {
    readonly bytes: Uint8Array;
    readonly end: Omit<AuditEnd, 'torn'>;
  } {
    const { sign, fileBytesMax } = this.#options;
    const isFull = this.#end.sizeBytes >= fileBytesMax;
    const file = isFull ? this.#end.file + 1 : this.#end.file;
    const sizeBefore = isFull ? 0 : this.#end.sizeBytes;
    const lines = sizeBefore === 0 ? [this.#fileLine(file), ...waiting] : waiting;
    const chain = new LineChain(this.#end);
    for (const line of lines) chain.add((place) => formatLine({ ...line, ...place }));
    const seal = this.#own({ type: 'seal', lines: lines.length });
    chain.add((place) => formatSeal({ ...seal, ...place }, sign));
    const bytes = formatUtf8(chain.text);
    return { bytes, end: { file, sizeBytes: sizeBefore + bytes.length, ...chain.head } };
  }

  #fileLine(number: number): Waiting {
    const { chainId, publicKey: key } = this.#options;
    return this.#own({ type: 'file', format: AUDIT_FORMAT, number, chainId, key });
  }

  #own(event: OwnEvent): Waiting {
    const ms = this.#ports.clock.nowMs();
    return { ms, event: EVENT_NAMES[event.type], facts: formatFacts(event) };
  }

  /** What the log keeps, nobody who writes to this folder can take back. */
  #tell(): void {
    const { seq, hash, file } = this.#end;
    if (seq === this.#told.seq) return;
    this.#told = { seq, atMs: this.#ports.clock.nowMs() };
    this.#ports.log.info({ seq, hash, file }, 'audit head');
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#waiting = [];
    this.#ports.onFault(error);
  }
}

/** Lines of one write, each linked to the one before. */
class LineChain {
  text = '';
  head: Head;

  constructor({ seq, hash }: Head) {
    this.head = { seq, hash };
  }

  add(format: (place: { readonly seq: number; readonly prev: string }) => string): void {
    const seq = this.head.seq + 1;
    const line = format({ seq, prev: this.head.hash });
    invariant(line.length <= LINE_BYTES_MAX, 'a line of the audit is within its limit');
    this.text += `${line}\n`;
    this.head = { seq, hash: hashLine(line) };
  }
}

/** Whom an event is counted against: a peer must not fill the disk. */
function causeOf(event: AuditEvent): Cause | undefined {
  if (event.type === 'refusal') return { of: event.type, from: event.from };
  if (event.type === 'evidence') return { of: event.type, from: event.offender };
  return undefined;
}
