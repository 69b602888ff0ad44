/** The cameras that send to one validator, what they sent, and what they were promised. */
import { Beacon } from '../beacon.ts';
import { Journal, type Shot } from '../journal.ts';
import { Load } from '../load.ts';
import type { Random } from '../random.ts';
import type { Site } from '../site.ts';
import type { Violations } from '../violations.ts';

/** A machine of two cores runs all validators, the authority and the cameras. */
const PACE = { workerCount: 1, pauseMsMax: 400 };

/** The world of some cameras. */
export interface CameraPorts {
  readonly site: Site;
  readonly violations: Violations;
  readonly random: Random;
  /** A submission that went to another institution. */
  abroad(): Shot | undefined;
}

/** Cameras that send to one validator until its data is lost. */
export class Cameras {
  readonly beacon = new Beacon();
  readonly journal = new Journal();
  readonly load: Load;
  readonly #site: Site;

  constructor(ports: CameraPorts) {
    this.#site = ports.site;
    const { beacon, journal } = this;
    this.load = new Load({ ...ports, beacon, journal, abroad: () => ports.abroad() }, PACE);
  }

  /** Resolves when one more submission has its 202. */
  async submit(): Promise<void> {
    const [camera] = this.#site.cameras;
    if (camera === undefined) throw new Error('a site has a camera');
    await this.load.deliver([this.load.take(camera)]);
  }

  /** Goes away, whatever was not answered; resolves when nothing is on its way. */
  async leave(): Promise<void> {
    this.beacon.close();
    await this.load.end();
  }
}
