/**
 * The load: cameras that take pictures, submit them, and send again whatever was not answered.
 *
 * Each worker sends one request at a time, with one submission or a list, and goes on to the next only after
 * a 202. Now and then a picture that has its receipt is sent again, signed anew, another camera claims a picture
 * that is taken, and a submission that another institution has goes to this one too.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { sha256 } from '#crypto';

import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { fieldsOf } from '../../genesis/json.ts';
import { signV1, signV2, type SubmissionBody } from '../camera/sign.ts';
import { ask, elementsOf, type Reply } from './ask.ts';
import type { Beacon } from './beacon.ts';
import type { Journal, Shot } from './journal.ts';
import type { Random } from './random.ts';
import type { Site } from './site.ts';
import type { Violations } from './violations.ts';

/** The world of a load. */
export interface LoadPorts {
  readonly site: Site;
  readonly beacon: Beacon;
  readonly journal: Journal;
  readonly violations: Violations;
  readonly random: Random;
  /** A submission that went to another institution. */
  abroad?(): Shot | undefined;
}

/** How busy a load keeps its node. */
export interface Pace {
  readonly workerCount: number;
  /** Longest pause of a worker between two requests. */
  readonly pauseMsMax: number;
}

/** What a load counted. */
export interface LoadCounts {
  /** Requests that were sent again since no answer came. */
  readonly resendCount: number;
  /** Submissions that were sent again although they had a receipt. */
  readonly repeatCount: number;
}

const BUSY: Pace = { workerCount: 4, pauseMsMax: 60 };
/** Pause before what was not answered is sent again. */
const RETRY_MS = 60;
const LIST_LENGTH_MAX = 8;
/** One request in so many is a list. */
const LIST_SHARE = 4;
/** One submission in so many is a repetition, one a rival's, one another institution's. */
const REPEAT_SHARE = 12;
const RIVAL_SHARE = 25;
const ABROAD_SHARE = 12;
/** A rival claims one of the last so many pictures: most are not committed yet. */
const RIVAL_REACH = 8;

/** Keeps a node busy. */
export class Load {
  readonly #ports: LoadPorts;
  readonly #pace: Pace;
  readonly #workers: readonly Promise<void>[];
  #drawnCount = 0;
  #resendCount = 0;
  #repeatCount = 0;
  #ending = false;

  /** Begins; whatever is drawn comes from the random stream. */
  constructor(ports: LoadPorts, pace: Pace = BUSY) {
    this.#ports = ports;
    this.#pace = pace;
    this.#workers = Array.from({ length: pace.workerCount }, () => this.#work());
  }

  /** What was counted so far. */
  counts(): LoadCounts {
    return { resendCount: this.#resendCount, repeatCount: this.#repeatCount };
  }

  /** Takes no more pictures; resolves when all that were taken have their 202. */
  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    const { random } = this.#ports;
    while (!this.#ending) {
      const length = random.oneIn(LIST_SHARE) ? random.integer(2, LIST_LENGTH_MAX) : 1;
      const shots = Array.from({ length }, () => this.#draw());
      if (!(await this.deliver(shots))) return;
      await delay(random.integer(0, this.#pace.pauseMsMax));
    }
  }

  #draw(): Shot {
    const { random, journal, site } = this.#ports;
    if (random.oneIn(REPEAT_SHARE)) {
      const known = random.pick(journal.promised);
      if (known !== undefined) {
        this.#repeatCount += 1;
        return known.shot;
      }
    }
    const abroad = random.oneIn(ABROAD_SHARE) ? this.#ports.abroad?.() : undefined;
    if (abroad !== undefined && journal.claimCount(abroad.imageHash) === 0) {
      journal.add(abroad);
      return abroad;
    }
    const rival = random.oneIn(RIVAL_SHARE)
      ? random.pick(journal.shots.slice(-RIVAL_REACH))
      : undefined;
    const [camera] = random.shuffle(site.cameras.filter((each) => each !== rival?.camera));
    if (camera === undefined) throw new Error('a load needs two cameras');
    return this.take(camera, rival?.claims.imageHash);
  }

  /** Returns a fresh submission of a camera: of a fresh picture, or of one that another claims. */
  take(camera: Shot['camera'], rival?: Uint8Array): Shot {
    const { random, journal } = this.#ports;
    this.#drawnCount += 1;
    const name = `picture ${this.#drawnCount} ${random.next()}`;
    const imageHash = rival ?? sha256(formatUtf8(name));
    const form = random.oneIn(2) ? 'v1' : 'v2';
    const gpsHash =
      form === 'v2' && random.oneIn(2) ? sha256(formatUtf8(`${name} gps`)) : undefined;
    const capturedAt = Math.floor(Date.now() / 1_000);
    const claims = { imageHash, capturedAt, gpsHash, parents: [], digests: [] };
    const shot: Shot = { imageHash: formatHex(imageHash), claims, camera, form };
    journal.add(shot);
    return shot;
  }

  /** Sends until every submission has its 202, over as many starts as that takes; false: none will come. */
  async deliver(shots: readonly Shot[]): Promise<boolean> {
    let left = shots;
    for (let attempt = 1; left.length > 0; attempt++) {
      const api = await this.#ports.beacon.next();
      if (api === undefined) return false;
      if (attempt > 1) this.#resendCount += 1;
      const reply = await this.#send(left, api);
      if (reply === undefined || reply.status === 503) await delay(RETRY_MS);
      else left = this.#read(left, reply);
    }
    return true;
  }

  /** Resolves to undefined if the connection broke: the node is gone. */
  async #send(shots: readonly Shot[], api: string): Promise<Reply | undefined> {
    // Signed anew each time: ECDSA is randomised, and the signature is no part of what a receipt is for.
    const bodies = shots.map((shot) => this.#sign(shot));
    const [first] = bodies;
    try {
      return await ask(new URL('/api/v1/submit-cert', api), bodies.length === 1 ? first : bodies);
    } catch {
      return undefined;
    }
  }

  #sign({ claims, camera, form }: Shot): SubmissionBody {
    const { chainId } = this.#ports.site;
    return form === 'v1' ? signV1(claims, camera) : signV2(claims, camera, chainId);
  }

  /** Notes what was promised; returns what has to be sent again. */
  #read(shots: readonly Shot[], { status, json }: Reply): readonly Shot[] {
    if (status !== 202) {
      this.#ports.violations.add(
        `a submission was answered with ${status}: ${JSON.stringify(json)}`,
      );
      return [];
    }
    const answers = shots.length === 1 ? [json] : elementsOf(json);
    return shots.filter((shot, i) => !this.#readOne(shot, answers[i]));
  }

  #readOne(shot: Shot, answer: unknown): boolean {
    const { journal, violations } = this.#ports;
    const { receipt_id: receiptId, status } = fieldsOf(answer);
    if (typeof receiptId !== 'string') {
      if (status === 503) return false;
      violations.add(`a submission of a list was answered with ${JSON.stringify(answer)}`);
      return true;
    }
    const other = journal.promise(shot, receiptId);
    if (other !== undefined) {
      violations.add(
        `${shot.imageHash} was promised under ${other}, sent again under ${receiptId}`,
      );
    }
    return true;
  }
}
