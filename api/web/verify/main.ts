/**
 * The journalist's page: files are hashed here, the node is asked for their hashes, and its proofs are checked here.
 *
 * Until the first answer is there, the page shows what the node sent.
 */
import { render } from 'lit/html.js';

import { isLanguage, type Language, languageOf } from '../../messages/languages.ts';
import type { MessageKey } from '../../messages/en.ts';
import { askNode } from './asking.ts';
import { checkItem } from './checking.ts';
import { Desk, ITEM_COUNT_MAX } from './desk.ts';
import { isUnderWay, type Item } from './item.ts';
import { NodeClient } from './nodeClient.ts';
import { footerView, pageView } from './page.ts';
import type { Actions, PageState } from './pageState.ts';
import { PolicyKeeper } from './policyKeeper.ts';
import { RangeAdviser } from './rangeAdvice.ts';
import { formatCsv, formatReport } from './report.ts';
import { openStorage, saveFile, takeTransfers } from './surroundings.ts';
import { speak } from './text.ts';
import { Workers } from './workers.ts';

const LANGUAGE_KEY = 'birthmark.language';
/** Until then a page of one hash shows what the node sent, in place of one that has no answer yet. */
const FIRST_ANSWER_MS_MAX = 3_000;
const HASHES = /\b[0-9a-f]{64}\b/gi;
const HAS_HASH = new RegExp(HASHES, 'i');

/** The page, from its start until it is left. */
class VerifyPage {
  readonly #main: HTMLElement;
  readonly #storage = openStorage();
  readonly #node = new NodeClient();
  readonly #adviser = new RangeAdviser(() => this.#node.rangeAdvice());
  readonly #workers: Workers;
  readonly #policies: PolicyKeeper;
  readonly #desk: Desk;
  #language: Language;
  #isPrivate = false;
  #isDragging = false;
  #isPolicyOpen = false;
  #isPolicyBad = false;
  #notice: PageState['notice'];
  #copiedId: number | undefined;
  #isDrawn = false;
  #isDue = false;

  constructor(main: HTMLElement, workerAddress: string) {
    this.#main = main;
    this.#workers = new Workers(workerAddress);
    const kept = this.#storage?.getItem(LANGUAGE_KEY) ?? '';
    this.#language = isLanguage(kept) ? kept : languageOf(navigator.languages);
    this.#policies = new PolicyKeeper({
      fetchPolicy: () => this.#node.policy(),
      readPolicy: (text) => this.#workers.readPolicy(text),
      storage: this.#storage,
      nowMs: () => Date.now(),
    });
    const checkWorld = { node: this.#node, workers: this.#workers, policies: this.#policies };
    const askWorld = { node: this.#node, adviser: this.#adviser };
    this.#desk = new Desk({
      hash: (file, call) => this.#workers.hash(file, call),
      ask: (question, signal) => askNode(question, askWorld, signal),
      check: (item, signal) => checkItem(item, checkWorld, signal),
      nowMs: () => Date.now(),
      onChange: () => this.#change(),
    });
  }

  /** Begins with the hash that the page is about, if it is about one. */
  start(hash: string | undefined): void {
    takeTransfers({
      onFiles: (files) => this.#actions.addFiles(files),
      onText: (text) => {
        if (HAS_HASH.test(text)) this.#actions.addText(text);
      },
      onDragging: (isDragging) => {
        this.#isDragging = isDragging;
        this.#change();
      },
    });
    addEventListener('online', () => void this.#desk.askMissing());
    void this.#policies.load().then(
      (policy) => {
        if (policy.source === 'node' && policy.other !== undefined) this.#isPolicyOpen = true;
        this.#change();
      },
      // Tried again with the first proof.
      () => undefined,
    );
    if (hash === undefined) {
      this.#draw();
      return;
    }
    // Its address has told the node already.
    this.#desk.addHashes([hash], false);
    setTimeout(() => this.#draw(), FIRST_ANSWER_MS_MAX);
  }

  readonly #actions: Actions = {
    addFiles: (files) => this.#tell(this.#desk.addFiles([...files], this.#isPrivate)),
    addText: (text) => {
      const hashes = text.match(HASHES) ?? [];
      if (hashes.length === 0) this.#say('hash.none');
      else this.#addHashes(new Set(hashes.map((each) => each.toLowerCase())));
    },
    choosePrivate: (isPrivate) => {
      this.#isPrivate = isPrivate;
      this.#change();
      if (!isPrivate) return;
      // Tried again with the first question.
      void this.#adviser.read().then(
        () => this.#change(),
        () => undefined,
      );
    },
    chooseLanguage: (tag) => {
      if (!isLanguage(tag)) return;
      this.#language = tag;
      this.#storage?.setItem(LANGUAGE_KEY, tag);
      this.#change();
    },
    choosePolicy: (file) => void this.#usePolicy(() => this.#policies.useReaders(file)),
    forgetPolicy: () => void this.#usePolicy(() => this.#policies.forgetReaders()),
    setPolicyOpen: (isOpen) => {
      this.#isPolicyOpen = isOpen;
    },
    acceptPolicy: () => void this.#usePolicy(() => this.#policies.acceptOther()),
    setOpen: (id, isOpen) => this.#desk.setOpen(id, isOpen),
    askAgain: (id) => void this.#desk.askAgain(id),
    askWhole: (id) => void this.#desk.askWhole(id),
    remove: (id) => this.#desk.remove(id),
    clear: () => this.#desk.clear(),
    copyLink: (item) => void this.#copyLink(item),
    saveReport: (items) =>
      saveFile('birthmark-report.json', 'application/json', formatReport(items, this.#place())),
    saveTable: () =>
      saveFile('birthmark.csv', 'text/csv', formatCsv(this.#desk.items, this.#place())),
  };

  #place(): { node: string; nowMs: number } {
    return { node: location.origin, nowMs: Date.now() };
  }

  async #copyLink({ id, hash = '' }: Item): Promise<void> {
    const link = `${location.origin}/verify/${hash}`;
    try {
      await navigator.clipboard.writeText(link);
      this.#copiedId = id;
      this.#notice = undefined;
    } catch {
      // The reader, or the page around this one, does not allow it.
      this.#copiedId = undefined;
      this.#notice = { key: 'take.copy.failed', values: { link } };
    }
    this.#change();
  }

  async #usePolicy(change: () => Promise<void>): Promise<void> {
    try {
      await change();
      this.#isPolicyBad = false;
    } catch {
      // The file is no policy, or the node gives none: the one in force stays.
      this.#isPolicyBad = true;
    }
    this.#change();
    await this.#desk.checkAgain();
  }

  #addHashes(hashes: ReadonlySet<string>): void {
    this.#tell(this.#desk.addHashes([...hashes], this.#isPrivate));
  }

  #tell(leftOutCount: number): void {
    this.#notice =
      leftOutCount > 0 ? { key: 'limit', values: { count: ITEM_COUNT_MAX } } : undefined;
    this.#change();
  }

  #say(key: MessageKey): void {
    this.#notice = { key, values: {} };
    this.#change();
  }

  /** Draws before the next frame, however often something changes until then. */
  #change(): void {
    const isWaiting = !this.#isDrawn && this.#desk.items.every(({ stage }) => isUnderWay(stage));
    if (this.#isDue || isWaiting) return;
    this.#isDue = true;
    // A page that is not looked at has no frames.
    const later = document.hidden
      ? (draw: () => void) => void setTimeout(draw, 100)
      : requestAnimationFrame;
    later(() => this.#draw());
  }

  #draw(): void {
    this.#isDue = false;
    const speech = speak(this.#language);
    document.documentElement.lang = speech.language;
    document.documentElement.dir = speech.dir;
    document.title = speech.say('title');
    const footer = document.querySelector('footer');
    if (!this.#isDrawn) {
      this.#isDrawn = true;
      this.#main.replaceChildren();
      footer?.replaceChildren();
    }
    const state: PageState = {
      speech,
      items: this.#desk.items,
      policy: this.#policies.inForce,
      isPolicyOpen: this.#isPolicyOpen,
      isPolicyBad: this.#isPolicyBad,
      isPrivate: this.#isPrivate,
      advice: this.#adviser.known,
      isDragging: this.#isDragging,
      notice: this.#notice,
      copiedId: this.#copiedId,
      origin: location.origin,
    };
    render(pageView(state, this.#actions), this.#main);
    if (footer !== null) render(footerView(speech), footer);
  }
}

const main = document.querySelector('main');
const worker = document.querySelector<HTMLMetaElement>('meta[name="verifyWorker.js"]');
if (main !== null && worker !== null) {
  const [, hash] = /^\/verify\/([0-9a-f]{64})$/i.exec(location.pathname) ?? [];
  new VerifyPage(main, worker.content).start(hash?.toLowerCase());
}
