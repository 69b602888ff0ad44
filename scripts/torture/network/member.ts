/** A validator of a tortured network: its processes, one after the other, and the cameras that send to it. */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { fieldsOf } from '../../../genesis/json.ts';
import { ask, elementsOf } from '../ask.ts';
import type { Promised, Shot } from '../journal.ts';
import { type NodeProcess, type PointKill, startNodeProcess } from '../nodeProcess.ts';
import { DeadlineError, within } from '../patience.ts';
import { checkPromises, isEnded, type Kept, waitForReceipts } from '../promises.ts';
import type { Random } from '../random.ts';
import type { Site } from '../site.ts';
import type { Violations } from '../violations.ts';
import type { Book } from '../wholeChain.ts';
import { Cameras } from './cameras.ts';
import { freePort } from './ports.ts';
import type { Wires } from './wires.ts';

const HOST = '127.0.0.1';

/** The world of a member. */
export interface MemberPorts {
  readonly site: Site;
  readonly wires: Wires;
  readonly violations: Violations;
  readonly random: Random;
  /** A submission that went to another institution. */
  abroad(): Shot | undefined;
}

/** A validator that is killed and started again. */
export class Member {
  readonly name: string;
  readonly dir: string;
  readonly #ports: MemberPorts;
  /** What was sent before its data was lost. */
  readonly #lost: Book[] = [];
  #cameras: Cameras;
  #process: NodeProcess | undefined;
  #api: string | undefined;
  /** Whether a second process ever ran with its keys: then it counts as faulty, and may have contradicted itself. */
  hadTwin = false;
  /** The slowest start so far. */
  slowestStartMs = 0;

  constructor(dir: string, ports: MemberPorts) {
    this.name = basename(dir);
    this.dir = dir;
    this.#ports = ports;
    this.#cameras = this.#hireCameras();
  }

  /** URL of its interface; undefined while it does not run. */
  get api(): string | undefined {
    return this.#api;
  }

  /** The process that runs. */
  get process(): NodeProcess {
    if (this.#process === undefined) throw new Error(`${this.name} does not run`);
    return this.#process;
  }

  /** The cameras that send to it. */
  get cameras(): Cameras {
    return this.#cameras;
  }

  /** What was ever sent to it. */
  get books(): readonly Book[] {
    const { journal } = this.#cameras;
    return [...this.#lost, { aggregator: this.name, journal, isLost: false }];
  }

  /** Settings of a process with its keys that listens on a port. */
  settings(p2pPort: number): Readonly<Record<string, string>> {
    const { wires } = this.#ports;
    return { P2P_LISTEN: `${HOST}:${p2pPort}`, P2P_PEERS: wires.peersOf(this.name) };
  }

  /** Starts a process; resolves to whether it was ready before it ended. */
  async launch(trap?: PointKill): Promise<boolean> {
    // While it is away its port may be anybody's.
    const port = await freePort();
    this.#ports.wires.aim(this.name, port);
    const process = await startNodeProcess(this.dir, { trap, settings: this.settings(port) });
    this.#process = process;
    const api = await within(process.ready, `${this.name} is ready`);
    if (api === undefined) return false;
    this.#api = api;
    this.#cameras.beacon.show(api);
    this.slowestStartMs = Math.max(this.slowestStartMs, process.readyAfterMs() ?? 0);
    return true;
  }

  /** Starts a process that nobody traps. */
  async start(): Promise<void> {
    if (await this.launch()) return;
    throw new DeadlineError(`${this.name} ended by itself before it was ready`);
  }

  /** Resolves when its process is killed, by itself or by somebody. */
  async bury(): Promise<void> {
    const { code, signal } = await within(this.process.ended, `${this.name} meets its end`);
    this.#forget();
    this.#ports.violations.expect(
      signal === 'SIGKILL',
      `${this.name} ended by itself, with code ${String(code)} and signal ${String(signal)}`,
    );
  }

  /** Kills it; resolves when it is dead. */
  async kill(): Promise<void> {
    this.process.kill();
    await this.bury();
  }

  /** Lets it stop in peace. */
  async stop(): Promise<void> {
    const { code } = await within(this.process.stop(), `${this.name} stops`);
    this.#forget();
    this.#ports.violations.expect(code === 0, `${this.name} stopped with code ${String(code)}`);
  }

  /** Ends whatever is left of it, at the end of a run that may have failed. */
  async clear(): Promise<void> {
    this.#process?.thaw();
    this.#process?.kill();
    await this.#cameras.leave();
  }

  /** Deletes the data of a dead one: what it had promised and not committed is lost. */
  async wipe(): Promise<void> {
    const { journal } = this.#cameras;
    await this.#cameras.leave();
    this.#lost.push({ aggregator: this.name, journal, isLost: true });
    await rm(join(this.dir, 'data'), { recursive: true });
    this.#cameras = this.#hireCameras();
  }

  /** Resolves to the height of its chain. */
  async height(): Promise<number> {
    return Number((await this.#get('/api/v1/status'))['block_height']);
  }

  /** Resolves to where it stands, and why no block is made there, if it knows. */
  async complaint(): Promise<string> {
    const { block_height: height, view, stalled } = await this.#get('/api/v1/status');
    return `height ${String(height)}, view ${String(view)}, ${String(stalled)}`;
  }

  /** Resolves to the name of the validator whose turn it is, as it sees it. */
  async proposer(): Promise<string> {
    return String((await this.#get('/api/v1/status'))['proposer']);
  }

  /** Resolves to what it says of the validators. */
  async validators(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { validators } = await this.#get('/api/v1/validators');
    return elementsOf(validators).map(fieldsOf);
  }

  /** Checks what it has promised so far. */
  async checkPromises(): Promise<Kept | undefined> {
    const { violations } = this.#ports;
    const { journal } = this.#cameras;
    return checkPromises(this.#where(), { aggregator: this.name, journal, violations });
  }

  /** Resolves to whether nothing of what was promised is pending any more, in the end. */
  settle(pending: readonly Promised[]): Promise<boolean> {
    return waitForReceipts(this.#where(), pending, isEnded);
  }

  #hireCameras(): Cameras {
    const { site, violations, random } = this.#ports;
    const label = `cameras of ${this.name}, ${this.#lost.length}`;
    const abroad = (): Shot | undefined => this.#ports.abroad();
    return new Cameras({ site, violations, random: random.fork(label), abroad });
  }

  #forget(): void {
    this.#cameras.beacon.hide();
    this.#api = undefined;
    this.#process = undefined;
  }

  #where(): string {
    if (this.#api === undefined) throw new Error(`${this.name} does not run`);
    return this.#api;
  }

  async #get(path: string): Promise<Readonly<Record<string, unknown>>> {
    return fieldsOf((await ask(new URL(path, this.#where()))).json);
  }
}
