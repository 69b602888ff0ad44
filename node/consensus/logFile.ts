/** The file under a write-ahead log: the little that the log needs of a disk, and a real one. */
import { access, open } from 'node:fs/promises';

/** An append-only file. One call at a time. */
export interface LogFile {
  /** For messages to operators. */
  readonly name: string;
  /** Whether it was not there before it was opened. */
  readonly isNew: boolean;
  /** Resolves to everything that the file holds. */
  read(): Promise<Uint8Array>;
  /** Writes behind the end. What is written may be lost until the next `sync`. */
  append(bytes: Uint8Array): Promise<void>;
  /** Drops everything from this byte on. */
  truncate(size: number): Promise<void>;
  /** Resolves when what the file holds survives a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens or creates the file at `path`, readable by its owner alone. */
export async function openLogFile(path: string): Promise<LogFile> {
  const isNew = await access(path).then(
    () => false,
    () => true,
  );
  const file = await open(path, 'a+', 0o600);
  return {
    name: path,
    isNew,
    read: () => file.readFile(),
    append: (bytes) => file.appendFile(bytes),
    truncate: (size) => file.truncate(size),
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}
