/**
 * `<birthmark-badge hash="…">`: what a node knows of a photograph, in a publisher's page, asked live.
 *
 *     <script src="https://NODE/badge.js" async></script>
 *     <birthmark-badge hash="64 hex digits"><a href="https://NODE/verify/HASH">Birthmark record</a></birthmark-badge>
 *
 * Without the script, and until the first answer, readers see what stands inside the element. The node is the one that
 * the script came from, unless `node="https://…"` names another. It is asked again every ten minutes while the page is
 * looked at. The badge is the node's word; the page behind its link checks the proof.
 */
import type { Absent, Found } from '../../schemas/verify.ts';
import { badgeMessagesOf, type BadgeMessages } from './messages.ts';
import { BADGE_STYLE } from './style.ts';

const HASH = /^[0-9a-f]{64}$/;
const AGAIN_MS = 600_000;
const ANSWER_MS_MAX = 15_000;

/** Known while the script runs for the first time only. */
const OWN_ADDRESS =
  document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : undefined;

type Verdict = (Found | Absent)['verdict'];
const IS_VERDICT: Readonly<Record<Verdict, true>> = {
  registered_original: true,
  same_picture_data: true,
  declared_edit: true,
  registered_revoked: true,
  pending: true,
  not_found: true,
};

class BirthmarkBadge extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ['hash', 'node', 'lang'];

  readonly #root = this.attachShadow({ mode: 'open' });
  #askedMs = 0;
  #asking: AbortController | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  readonly #onVisible = (): void => {
    if (document.visibilityState === 'visible' && Date.now() - this.#askedMs >= AGAIN_MS)
      this.#ask();
  };

  connectedCallback(): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(BADGE_STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.replaceChildren(document.createElement('slot'));
    document.addEventListener('visibilitychange', this.#onVisible);
    this.#timer = setInterval(this.#onVisible, AGAIN_MS);
    this.#ask();
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#onVisible);
    clearInterval(this.#timer);
    this.#asking?.abort();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#ask();
  }

  #ask(): void {
    const hash = (this.getAttribute('hash') ?? '').trim().toLowerCase();
    const node = nodeOf(this.getAttribute('node'));
    this.#asking?.abort();
    // Nobody can be asked: what stands inside the element stays.
    if (!HASH.test(hash) || node === undefined) return;
    const asking = new AbortController();
    this.#asking = asking;
    this.#askedMs = Date.now();
    const messages = badgeMessagesOf(this.closest('[lang]')?.getAttribute('lang') ?? undefined);
    void askNode(new URL(`/api/v1/verify/${hash}`, node), asking.signal).then((verdict) => {
      if (asking.signal.aborted) return;
      this.#show(new URL(`/verify/${hash}`, node), verdict, messages);
    });
  }

  #show(address: URL, verdict: Verdict | undefined, messages: BadgeMessages): void {
    const link = document.createElement('a');
    link.href = address.href;
    link.part.add('badge');
    link.dir = messages.dir;
    link.lang = messages.lang;
    link.dataset['verdict'] = verdict ?? 'unknown';
    const mark = document.createElement('span');
    mark.className = 'mark';
    mark.ariaHidden = 'true';
    const said = document.createElement('span');
    said.className = 'verdict';
    said.textContent = verdict === undefined ? messages.unknown : messages[verdict];
    const small = document.createElement('small');
    small.textContent =
      verdict === undefined
        ? address.host
        : messages.asked.replace('{host}', address.host).replace('{time}', timeOf(messages.lang));
    const words = document.createElement('span');
    words.append(said, ' ', small);
    link.append(mark, words);
    this.#root.replaceChildren(link);
  }
}

/** Resolves to the verdict, or to undefined where the node gives no answer that can be read. */
async function askNode(address: URL, gone: AbortSignal): Promise<Verdict | undefined> {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(ANSWER_MS_MAX)]);
  try {
    const answer = await fetch(address, {
      signal,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
    const { verdict } = (await answer.json()) as { readonly verdict?: unknown };
    return isVerdict(verdict) ? verdict : undefined;
  } catch {
    // Out of reach, or no answer of a node: the badge says so.
    return undefined;
  }
}

function isVerdict(value: unknown): value is Verdict {
  return typeof value === 'string' && Object.hasOwn(IS_VERDICT, value);
}

function nodeOf(named: string | null): URL | undefined {
  const script = document.querySelector<HTMLScriptElement>('script[src$="/badge.js"]');
  const address = URL.parse(named ?? OWN_ADDRESS ?? script?.src ?? '');
  return address?.protocol === 'https:' || address?.protocol === 'http:' ? address : undefined;
}

function timeOf(lang: string): string {
  return new Date().toLocaleTimeString(lang, { hour: '2-digit', minute: '2-digit' });
}

// A page may load the script twice.
if (customElements.get('birthmark-badge') === undefined) {
  customElements.define('birthmark-badge', BirthmarkBadge);
}
