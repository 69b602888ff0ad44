/**
 * A run: a node under load is killed again and again, and judged by what its cameras were promised.
 *
 * ```
 * start ─▶ ready ─▶ check promises ─▶ trap, or moment ─▶ killed ─▶ (check stores) ─▶ start …
 * ```
 *
 * The load goes on all the time; while no node is there, it waits, and sends again what got no answer. In the
 * end the authority goes away for a while, and then everything is checked a last time.
 */
import { basename } from 'node:path';

import { Beacon } from './beacon.ts';
import { Journal } from './journal.ts';
import { Load } from './load.ts';
import { type Ending, type NodeProcess, type PointKill, startNodeProcess } from './nodeProcess.ts';
import { sufferOutage } from './outage.ts';
import { DeadlineError, killAfter, within } from './patience.ts';
import { describeKill, type PlannedKill } from './plan.ts';
import { checkPromises, isEnded, type Kept, waitForReceipts } from './promises.ts';
import { Random } from './random.ts';
import { metBy, Tally, type TortureReport } from './report.ts';
import { openSite, type Site } from './site.ts';
import { checkLog, checkStores } from './stores.ts';
import { Violations } from './violations.ts';
import { checkWholeChain } from './wholeChain.ts';

/** What a run is made of. */
export interface TortureOptions {
  readonly seed: number;
  /** An empty folder. */
  readonly dir: string;
  readonly plan: readonly PlannedKill[];
}

const CAMERA_COUNT = 4;

/** Runs; resolves to the report, whatever was found. `onLine` hears of each kill. */
export async function torture(
  options: TortureOptions,
  onLine: (line: string) => void,
): Promise<TortureReport> {
  const site = await openSite(options.dir, { validatorCount: 1, cameraCount: CAMERA_COUNT });
  try {
    return await new Run(site, options.seed, onLine).play(options.plan);
  } finally {
    await site.close();
  }
}

interface RunningNode {
  readonly process: NodeProcess;
  readonly api: string;
}

class Run {
  readonly #site: Site;
  readonly #validatorDir: string;
  readonly #onLine: (line: string) => void;
  readonly #violations = new Violations();
  readonly #journal = new Journal();
  readonly #beacon = new Beacon();
  readonly #tally = new Tally();
  readonly #load: Load;
  #node: NodeProcess | undefined;

  constructor(site: Site, seed: number, onLine: (line: string) => void) {
    const [validatorDir = ''] = site.validatorDirs;
    this.#site = site;
    this.#validatorDir = validatorDir;
    this.#onLine = onLine;
    this.#load = new Load({
      site,
      beacon: this.#beacon,
      journal: this.#journal,
      violations: this.#violations,
      random: new Random(seed).fork('load'),
    });
  }

  async play(plan: readonly PlannedKill[]): Promise<TortureReport> {
    try {
      for (const [i, planned] of plan.entries()) {
        const line = await this.#live(planned);
        this.#onLine(`${i + 1}/${plan.length}  ${describeKill(planned)}: ${line}`);
        if (this.#violations.any) break;
      }
      await this.#finish(await this.#start());
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      this.#violations.add(error.message);
    } finally {
      this.#beacon.close();
      this.#node?.kill();
    }
    return this.#tally.report(this.#journal, this.#load.counts(), this.#violations);
  }

  /** One life of a node, from its start to its kill; resolves to what is told of it. */
  async #live(planned: PlannedKill): Promise<string> {
    const { kill, fromStart, checksStores } = planned;
    const node = await this.#launch(fromStart && kill.type === 'point' ? kill : undefined);
    const moment = fromStart && kill.type === 'moment' ? killAfter(node, kill.delayMs) : undefined;
    const api = await within(node.ready, 'a node is ready');
    const seen = api === undefined ? undefined : await this.#serve({ process: node, api }, planned);
    await moment;
    const ending = await within(node.ended, `the node meets its end: ${describeKill(planned)}`);
    this.#bury(planned, ending);
    this.#tally.countLife(metBy(kill), { readyAfterMs: node.readyAfterMs() });
    if (checksStores) await this.#checkStores();
    return [
      formatStart(node),
      formatCounts(seen),
      ...(checksStores ? ['stores checked'] : []),
    ].join(', ');
  }

  /** Lets the load on, checks what was promised so far, and brings about the kill. */
  async #serve(
    { process, api }: RunningNode,
    { kill, fromStart }: PlannedKill,
  ): Promise<Kept | undefined> {
    this.#beacon.show(api);
    const seen = await this.#check(api);
    if (fromStart) return seen;
    if (kill.type === 'point') process.trap(kill);
    else await killAfter(process, kill.delayMs);
    return seen;
  }

  #bury(planned: PlannedKill, { code, signal }: Ending): void {
    this.#beacon.hide();
    this.#node = undefined;
    this.#violations.expect(
      signal === 'SIGKILL',
      `a node ended by itself (code ${String(code)}, signal ${String(signal)}), to be killed at ` +
        describeKill(planned),
    );
  }

  async #launch(trap?: PointKill): Promise<NodeProcess> {
    this.#node = await startNodeProcess(this.#validatorDir, { trap });
    return this.#node;
  }

  /** Starts a node without a kill in the plan. */
  async #start(): Promise<RunningNode> {
    const process = await this.#launch();
    const api = await within(process.ready, 'a node is ready');
    if (api === undefined) throw new DeadlineError('a node ended by itself before it was ready');
    this.#beacon.show(api);
    return { process, api };
  }

  async #check(api: string): Promise<Kept | undefined> {
    const kept = await checkPromises(api, {
      aggregator: basename(this.#validatorDir),
      journal: this.#journal,
      violations: this.#violations,
    });
    if (kept !== undefined) this.#tally.countPromiseCheck(kept);
    return kept;
  }

  async #checkStores(): Promise<void> {
    await checkStores(this.#validatorDir, this.#violations);
    this.#tally.countStoreCheck();
  }

  /** Ends the load, takes the authority away for a while, and checks everything a last time. */
  async #finish(first: RunningNode): Promise<void> {
    await within(this.#load.end(), 'every submission has its 202');
    const last = await this.#sufferOutage(first);
    const { pending = [] } = (await this.#check(last.api)) ?? {};
    const isSettled = await waitForReceipts(last.api, pending, isEnded);
    const kept = await this.#check(last.api);
    this.#violations.expect(
      isSettled && kept?.pending.length === 0,
      `${String(kept?.pending.length)} promises were still pending in the end`,
    );
    const book = {
      aggregator: basename(this.#validatorDir),
      journal: this.#journal,
      isLost: false,
    };
    const ports = { books: [book], violations: this.#violations };
    this.#tally.countChain(await checkWholeChain(last.api, ports));
    const { code } = await within(last.process.stop(), 'the node stops');
    this.#violations.expect(code === 0, `a stopped node ended with ${String(code)}`);
    await this.#checkStores();
    await checkLog(this.#validatorDir, this.#violations);
  }

  async #sufferOutage(first: RunningNode): Promise<RunningNode> {
    let last = first;
    const { count } = await sufferOutage(first.api, {
      site: this.#site,
      load: this.#load,
      journal: this.#journal,
      violations: this.#violations,
      restart: async () => {
        first.process.kill();
        await within(first.process.ended, 'the node ends');
        this.#beacon.hide();
        last = await this.#start();
        return last.api;
      },
    });
    this.#tally.countOutage(count);
    this.#onLine(`${count} submissions outlived an outage of the authority and a kill during it`);
    return last;
  }
}

function formatStart(node: NodeProcess): string {
  const readyMs = node.readyAfterMs();
  return readyMs === undefined ? 'never ready' : `ready after ${Math.round(readyMs)} ms`;
}

function formatCounts(seen: Kept | undefined): string {
  return seen === undefined
    ? 'killed before the check'
    : `${seen.committedCount} committed and ${seen.pending.length} pending before`;
}
