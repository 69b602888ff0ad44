/** The operator's page: follows the node's events, and shows what the address and the search field name. */
import { render } from 'lit/html.js';

import { follow } from '../../client/follow.ts';
import { afterConnection, afterEvent, NOTHING_KNOWN } from '../../client/network.ts';
import { CURVES } from './curves.ts';
import { lookUp } from './lookup.ts';
import { Plot } from './plots.ts';
import { addressOf, parseAddress, parseQuery } from './search.ts';
import { type PageEvents, type PageState, pageView } from './view.ts';

const EVENTS = '/api/v1/events?types=block,validator,status';
/** Ages go on where nothing is heard. */
const REFRESH_MS = 1_000;

/** Shows the page in a place, until it is left. */
function start(place: HTMLElement): void {
  let state: PageState = {
    network: NOTHING_KNOWN,
    nowMs: Date.now(),
    problem: undefined,
    found: undefined,
  };
  const open = new Set<string>();
  const plots = new Map<string, Plot>();
  const show = (change: Partial<PageState>): void => {
    state = { ...state, ...change, nowMs: Date.now() };
    render(pageView(state, events), place);
    for (const curve of CURVES) {
      const drawn = document.getElementById(`plot-${curve.id}`);
      if (drawn === null) continue;
      const plot = plots.get(curve.id) ?? new Plot(curve, drawn);
      plots.set(curve.id, plot);
      plot.draw(curve.points(state.network));
    }
  };
  const visit = async (): Promise<void> => {
    const { hash } = location;
    const wanted = parseAddress(hash);
    const found = wanted === undefined ? undefined : await lookUp(wanted);
    // Somebody may have gone on meanwhile.
    if (location.hash !== hash) return;
    show({ found, problem: undefined });
    if (found !== undefined) document.getElementById('found')?.focus();
  };
  const events: PageEvents = {
    tables: {
      open,
      onToggle: (id, isOpen) => {
        if (isOpen) open.add(id);
        else open.delete(id);
        show({});
      },
    },
    onSearch: (text) => {
      const query = parseQuery(text);
      if ('problem' in query) {
        show({ problem: query.problem });
        return;
      }
      const address = addressOf(query.place);
      if (location.hash === address) void visit();
      else location.hash = address;
    },
  };
  place.replaceChildren();
  show({});
  addEventListener('hashchange', () => void visit());
  void visit();
  const refreshing = setInterval(() => {
    show({});
  }, REFRESH_MS);
  follow(EVENTS, {
    signal: new AbortController().signal,
    onEvent: (event) => {
      show({ network: afterEvent(state.network, event) });
    },
    onConnection: (connection) => {
      show({ network: afterConnection(state.network, { connection, atMs: Date.now() }) });
    },
  }).catch((error: unknown) => {
    clearInterval(refreshing);
    stop(place, error);
  });
}

/** What stands there would look alive, and is not. */
function stop(place: HTMLElement, error: unknown): never {
  place.textContent = 'This page has made a mistake and has stopped. Load it again.';
  throw error;
}

const main = document.querySelector('main');
if (main !== null) start(main);
