/** What the page has of its browser: files that are dropped or pasted, files that are saved, and a place to keep things. */

/** What is done with what is dropped or pasted anywhere on the page. */
export interface Transfers {
  readonly onFiles: (files: readonly File[]) => void;
  readonly onText: (text: string) => void;
  readonly onDragging: (isDragging: boolean) => void;
}

/** Takes what is dropped or pasted, until the page is left. */
export function takeTransfers({ onFiles, onText, onDragging }: Transfers): void {
  const take = (data: DataTransfer | null): void => {
    const files = [...(data?.files ?? [])];
    if (files.length > 0) onFiles(files);
    else onText(data?.getData('text/plain') ?? '');
  };
  addEventListener('dragover', (event) => {
    event.preventDefault();
    onDragging(true);
  });
  addEventListener('dragleave', (event) => {
    // Out of the window, not from one part of the page to another.
    if (event.relatedTarget === null) onDragging(false);
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    onDragging(false);
    take(event.dataTransfer);
  });
  addEventListener('paste', (event) => {
    const data = event.clipboardData;
    const isLine = data?.files.length === 0 && !data.getData('text/plain').includes('\n');
    // One line that is pasted into a field is the field's; it has no room for files, or for more lines.
    if (isLine && event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    take(data);
  });
}

/** Saves a text as a file. */
export function saveFile(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Returns where the browser keeps things for this site; undefined where it may not. */
export function openStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
