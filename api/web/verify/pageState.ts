/** What the page shows, and what a reader can do on it. */
import type { MessageKey } from '../../messages/en.ts';
import type { Item } from './item.ts';
import type { PolicyInForce } from './policyKeeper.ts';
import type { RangeAdvice } from './range.ts';
import type { Speech, Values } from './text.ts';

/** What the page shows. */
export interface PageState {
  readonly speech: Speech;
  readonly items: readonly Item[];
  readonly policy: PolicyInForce;
  readonly isPolicyOpen: boolean;
  /** Whether the last file that was chosen as a policy is none. */
  readonly isPolicyBad: boolean;
  /** Whether what is added next is asked for by its first digits alone. */
  readonly isPrivate: boolean;
  /** What the node recommends to whoever asks so; undefined until it has said. */
  readonly advice: RangeAdvice | undefined;
  readonly isDragging: boolean;
  /** What the reader should know of his last action. */
  readonly notice: { readonly key: MessageKey; readonly values: Values } | undefined;
  /** The item whose link was copied last. */
  readonly copiedId: number | undefined;
  /** Address of the node. */
  readonly origin: string;
}

/** What a reader can do. */
export interface Actions {
  addFiles(files: Iterable<File>): void;
  addText(text: string): void;
  choosePrivate(isPrivate: boolean): void;
  chooseLanguage(tag: string): void;
  choosePolicy(file: File): void;
  forgetPolicy(): void;
  acceptPolicy(): void;
  setPolicyOpen(isOpen: boolean): void;
  setOpen(id: number, isOpen: boolean): void;
  askAgain(id: number): void;
  askWhole(id: number): void;
  remove(id: number): void;
  clear(): void;
  copyLink(item: Item): void;
  saveReport(items: readonly Item[]): void;
  saveTable(): void;
}
