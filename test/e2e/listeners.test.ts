/** A node that answers to journalists while operators' pages listen to it. */
import { expect } from 'chai';
import { Agent, request } from 'undici';

import { EventListener } from '../support/eventListener.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { hexOfText, startWebRig, type WebRig } from '../support/webRig.ts';

const RUN_MS_MAX = 120_000;
const LISTENER_COUNT = 20;
const ROUND_COUNT = 4;
const ANSWERS_PER_ROUND = 300;
const CONNECTION_COUNT = 4;
/** Ten times as wide as the target, which `npm run bench:web` measures. */
const SHARE_MIN = 0.1;
const PHOTO = 'a photograph that many ask about';

describe('a node that 20 pages listen to', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  const agent = new Agent({ connections: CONNECTION_COUNT });
  let rig: WebRig;
  let listeners: readonly EventListener[] = [];
  let blockCount = 0;

  before('start a node, and register', async () => {
    rig = await startWebRig(folder, 1);
    await rig.register(PHOTO);
  });
  after(async () => {
    await agent.close();
    await rig.stop();
  });

  const listen = async (): Promise<void> => {
    const address = `${rig.url}/api/v1/events`;
    const all = Array.from({ length: LISTENER_COUNT }, () => EventListener.open(address));
    listeners = await Promise.all(all);
    await Promise.all(listeners.map((listener) => listener.nextOf('snapshot')));
  };
  const leave = async (): Promise<void> => {
    for (const listener of listeners) listener.close();
    await Promise.all(listeners.map((listener) => listener.rest()));
  };
  /** Resolves to how long the answers take, while a block is made. */
  const timeAnswers = async (): Promise<number> => {
    const path = `/api/v1/verify/${hexOfText(PHOTO)}`;
    const beginMs = performance.now();
    const asked = Array.from({ length: ANSWERS_PER_ROUND }, async () => {
      const { statusCode, body } = await request(rig.url + path, { dispatcher: agent });
      await body.dump();
      return statusCode;
    });
    const registered = rig.register(`${PHOTO}: ${++blockCount}`);
    const statuses = await Promise.all(asked);
    const tookMs = performance.now() - beginMs;
    await registered;
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    return tookMs;
  };

  it('answers at a tenth of its rate without them, at the least', async () => {
    let aloneMs = 0;
    let heardMs = 0;
    await timeAnswers();

    for (let round = 0; round < ROUND_COUNT; round++) {
      aloneMs += await timeAnswers();
      await listen();
      heardMs += await timeAnswers();
      // Each has been told of the block that was made meanwhile.
      await Promise.all(listeners.map((listener) => listener.nextOf('block')));
      await leave();
    }

    expect(aloneMs / heardMs).to.be.above(SHARE_MIN);
  });
});
