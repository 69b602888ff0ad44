/** A write-ahead log in memory: it tells when it is written, can be told to fail, and survives a restart. */
import type { Wal } from '../../node/consensus/wal.ts';

/** What a log holds, shared by the logs of one node before and after a restart; begun, it begins with an empty one. */
export type WalFrames = (readonly Uint8Array[])[];

/** A log over frames that outlive it. */
export class MemoryWal implements Wal {
  readonly isNew: boolean;
  readonly isWhole: boolean;
  readonly restored: readonly Uint8Array[];
  /** Called before each append is durable; what it throws fails the append. */
  onAppend: (messages: readonly Uint8Array[]) => void = () => undefined;
  readonly frames: WalFrames;

  constructor(frames: WalFrames = [], isNew = false) {
    this.isNew = isNew;
    this.isWhole = frames[0]?.length === 0;
    this.frames = frames;
    this.restored = frames.flat();
  }

  async begin(): Promise<void> {
    if (!this.isNew) return;
    this.onAppend([]);
    this.frames.push([]);
  }

  async append(messages: readonly Uint8Array[]): Promise<void> {
    if (messages.length === 0) return;
    this.onAppend(messages);
    await Promise.resolve();
    this.frames.push(messages);
  }

  async truncate(): Promise<void> {
    this.frames.length = 0;
  }

  sizeBytes(): number {
    return this.frames.flat().reduce((sum, message) => sum + message.length, 0);
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
