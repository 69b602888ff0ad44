import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { NetworkError } from '../../p2p/errors.ts';
import { Exchange, type ExchangeRules } from '../../p2p/exchange.ts';
import { encodeFrame } from '../../p2p/frame.ts';
import { LIMITS, type NetworkLimits } from '../../p2p/limits.ts';
import type { Answer } from '../../p2p/ports.ts';
import { bytesOf } from '../support/chainValues.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { codeOf } from './rig.ts';

const ALL: ExchangeRules = { serves: true, asks: true, takesMessages: true };
const NO_BYTES = new Uint8Array(0);
const [MESSAGE, REQUEST, CHUNK, END, FAILED, CANCEL] = [0, 1, 2, 3, 4, 5];

/** One side: what it sends is kept until the test carries it over. */
class Side {
  readonly clock = new FakeClock();
  readonly sent: Uint8Array[] = [];
  readonly messages: Uint8Array[] = [];
  readonly faults: unknown[] = [];
  readonly requests: Uint8Array[] = [];
  readonly exchange: Exchange;
  hasRoom = true;
  answer: (question: Uint8Array) => Promise<Answer> = (question) => Promise.resolve(question);
  #freeRoom: (() => void)[] = [];

  constructor(limits: Partial<NetworkLimits> = {}, rules: Partial<ExchangeRules> = {}) {
    this.exchange = new Exchange(
      { ...LIMITS, ...limits },
      { ...ALL, ...rules },
      {
        clock: this.clock,
        send: (frame) => {
          if (this.hasRoom) this.sent.push(frame);
          return this.hasRoom;
        },
        waitForRoom: () =>
          this.hasRoom
            ? Promise.resolve()
            : new Promise((resolve) => {
                this.#freeRoom.push(resolve);
              }),
        onMessage: (bytes) => void this.messages.push(bytes),
        onRequest: (question) => {
          this.requests.push(question);
          return this.answer(question);
        },
        onFault: (error) => void this.faults.push(error),
      },
    );
  }

  /** Makes room, or takes it away. */
  setRoom(hasRoom: boolean): void {
    this.hasRoom = hasRoom;
    if (hasRoom) for (const resolve of this.#freeRoom.splice(0)) resolve();
  }

  /** Takes a body of this kind as if the other side had sent it. */
  take(kind: number | undefined, id: number, payload: Uint8Array = NO_BYTES): void | Promise<void> {
    return this.exchange.take(bodyOf(kind, id, payload));
  }

  /** Kinds of the frames that were sent. */
  get kinds(): (number | undefined)[] {
    return this.sent.map((frame) => frame[4]);
  }
}

function bodyOf(kind: number | undefined, id: number, payload: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(kind ?? 99, id >>> 24, id >>> 16, id >>> 8, id), payload);
}

/** Carries everything over, in both directions, until nothing is left. */
async function carry(a: Side, b: Side): Promise<void> {
  do {
    for (const frame of a.sent.splice(0)) void b.exchange.take(frame.subarray(4));
    for (const frame of b.sent.splice(0)) void a.exchange.take(frame.subarray(4));
    await settled();
  } while (a.sent.length + b.sent.length > 0);
}

/** An answer of so many chunks. */
async function* chunks(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(bytesOf(size, i));
}

describe('a request', () => {
  it('is answered with the bytes of the other side', async () => {
    const [a, b] = [new Side(), new Side()];

    const answer = a.exchange.request(bytesOf(3, 1));
    await carry(a, b);

    expect(await answer).to.deep.equal(bytesOf(3, 1));
    expect(a.exchange.pendingCount).to.equal(0);
  });

  it('is answered with nothing', async () => {
    const [a, b] = [new Side(), new Side()];
    b.answer = () => Promise.resolve(NO_BYTES);

    const answer = a.exchange.request(bytesOf(1, 1));
    await carry(a, b);

    expect(await answer).to.deep.equal(NO_BYTES);
  });

  it('is answered in order by chunks, cut to slices', async () => {
    const [a, b] = [new Side(), new Side({ sliceBytesMax: 100 })];
    b.answer = async () => chunks(5, 250);

    const answer = a.exchange.request(bytesOf(1, 1));
    await carry(a, b);

    expect(await answer).to.deep.equal(
      concatBytes(...[0, 1, 2, 3, 4].map((value) => bytesOf(250, value))),
    );
  });

  it('is told from another: answers to several come at once', async () => {
    const [a, b] = [new Side({ sliceBytesMax: 10 }), new Side({ sliceBytesMax: 10 })];
    b.answer = async ([value = 0]) => chunks(value, 25);

    const answers = [3, 1, 2].map((value) => a.exchange.request(bytesOf(1, value)));
    await carry(a, b);

    expect((await Promise.all(answers)).map(({ length }) => length)).to.deep.equal([75, 25, 50]);
  });

  for (const [what, answer] of [
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    [
      'breaks off',
      async () =>
        (async function* () {
          yield await Promise.resolve(bytesOf(1, 1));
          throw new Error('no');
        })(),
    ],
  ] as const) {
    it(`fails if the other side ${what}, which is a fault there`, async () => {
      const [a, b] = [new Side(), new Side()];
      b.answer = answer;

      const code = codeOf(a.exchange.request(bytesOf(1, 1)));
      await carry(a, b);

      expect(await code).to.equal('ERR_PEER_FAILED');
      expect(b.faults).to.have.length(1);
    });
  }

  it('fails if the other side refuses it, which is no fault there', async () => {
    const [a, b] = [new Side(), new Side()];
    b.answer = () => Promise.reject(new ChainError('ERR_MALFORMED', 'tag 9 means nothing'));

    const answer = codeOf(a.exchange.request(bytesOf(1, 1)));
    await carry(a, b);

    expect(await answer).to.equal('ERR_PEER_FAILED');
    expect(b.faults).to.deep.equal([]);
  });

  it('fails if nothing comes for too long, and each chunk gives it time again', async () => {
    const a = new Side({ requestIdleMs: 100 });
    const code = codeOf(a.exchange.request(bytesOf(1, 1)));

    await a.clock.advance(99);
    void a.take(CHUNK, 1, bytesOf(1, 1));
    await a.clock.advance(99);
    expect(a.exchange.pendingCount).to.equal(1);
    await a.clock.advance(1);

    expect(await code).to.equal('ERR_TIMEOUT');
    expect(a.kinds).to.deep.equal([REQUEST, CANCEL]);
    expect(a.clock.timerCount).to.equal(0);
  });

  it('fails if the whole takes too long, however steadily it comes', async () => {
    const a = new Side({ requestIdleMs: 100, requestTotalMs: 250 });
    const code = codeOf(a.exchange.request(bytesOf(1, 1)));

    for (let i = 0; i < 5; i++) {
      await a.clock.advance(50);
      if (i < 4) void a.take(CHUNK, 1, bytesOf(1, 1));
    }

    expect(await code).to.equal('ERR_TIMEOUT');
    expect(a.clock.timerCount).to.equal(0);
  });

  it('fails when its caller no longer wants it', async () => {
    const a = new Side();
    const controller = new AbortController();
    const code = codeOf(a.exchange.request(bytesOf(1, 1), { signal: controller.signal }));

    controller.abort();

    expect(await code).to.equal('ERR_CANCELLED');
    expect(a.kinds).to.deep.equal([REQUEST, CANCEL]);
  });

  it('is not sent if its caller never wanted it', async () => {
    const a = new Side();

    const code = await codeOf(a.exchange.request(bytesOf(1, 1), { signal: AbortSignal.abort() }));

    expect([code, a.sent.length]).to.deep.equal(['ERR_CANCELLED', 0]);
  });

  it('takes no longer answer than it says', async () => {
    const a = new Side();
    const code = codeOf(a.exchange.request(bytesOf(1, 1), { responseBytesMax: 10 }));

    void a.take(CHUNK, 1, bytesOf(10, 1));
    expect(a.exchange.pendingCount).to.equal(1);
    void a.take(CHUNK, 1, bytesOf(1, 1));

    expect(await code).to.equal('ERR_TOO_LARGE');
  });

  it('is given no longer answer than the limit of the other side', async () => {
    const [a, b] = [new Side(), new Side({ responseBytesMax: 10 })];
    b.answer = async () => chunks(3, 4);

    const code = codeOf(a.exchange.request(bytesOf(1, 1)));
    await carry(a, b);

    expect(await code).to.equal('ERR_PEER_FAILED');
    expect(b.faults).to.deep.equal([]);
  });

  it('is refused when the queue is full', async () => {
    const a = new Side();
    a.setRoom(false);

    expect(await codeOf(a.exchange.request(bytesOf(1, 1)))).to.equal('ERR_QUEUE_FULL');
    expect(a.exchange.pendingCount).to.equal(0);
  });

  it('is refused when as many are under way as may be, given up ones included', async () => {
    const [a, b] = [new Side({ requestCountMax: 2, requestIdleMs: 10 }), new Side()];
    b.answer = () => new Promise(() => undefined);
    const codes = [1, 2].map(() => codeOf(a.exchange.request(bytesOf(1, 1))));
    expect(await codeOf(a.exchange.request(bytesOf(1, 1)))).to.equal('ERR_QUEUE_FULL');

    await a.clock.advance(10);
    await carry(a, b);

    expect(await Promise.all(codes)).to.deep.equal(['ERR_TIMEOUT', 'ERR_TIMEOUT']);
    expect(await codeOf(a.exchange.request(bytesOf(1, 1)))).to.equal('ERR_QUEUE_FULL');
    void a.take(FAILED, 1);
    void a.take(END, 2);
    expect(a.exchange.request(bytesOf(1, 1))).to.be.a('promise');
    expect(a.exchange.pendingCount).to.equal(1);
  });

  it('is not made of an observer', async () => {
    const a = new Side({}, { asks: false });

    expect(await codeOf(a.exchange.request(bytesOf(1, 1)))).to.equal('ERR_NOT_PERMITTED');
  });

  it('fails with the reason for which its link ends, and so do later ones', async () => {
    const a = new Side();
    const code = codeOf(a.exchange.request(bytesOf(1, 1)));

    a.exchange.close(new NetworkError('ERR_SILENT', 'gone'));

    expect(await code).to.equal('ERR_SILENT');
    expect(await codeOf(a.exchange.request(bytesOf(1, 1)))).to.equal('ERR_SILENT');
    expect(a.clock.timerCount).to.equal(0);
  });
});

describe('an answer', () => {
  it('is fetched from above only as the queue has room', async () => {
    const b = new Side();
    let fetched = 0;
    b.answer = async () =>
      (async function* () {
        for (; fetched < 10; fetched++) yield await Promise.resolve(bytesOf(5, 1));
      })();
    b.setRoom(false);

    void b.take(REQUEST, 1, bytesOf(1, 1));
    await settled();

    expect([fetched, b.sent.length]).to.deep.equal([0, 0]);
    b.setRoom(true);
    await settled();
    expect(fetched).to.equal(10);
    expect(b.kinds.at(-1)).to.equal(END);
  });

  it('stops when it is no longer wanted, and is ended all the same', async () => {
    const b = new Side();
    let isReturned = false;
    let giveMore = (): void => undefined;
    b.answer = async () =>
      (async function* () {
        try {
          yield bytesOf(1, 1);
          await new Promise<void>((resolve) => (giveMore = resolve));
          yield bytesOf(1, 2);
          yield bytesOf(1, 3);
        } finally {
          isReturned = true;
        }
      })();
    void b.take(REQUEST, 1, bytesOf(1, 1));
    await settled();

    void b.take(CANCEL, 1);
    giveMore();
    await settled();

    expect(isReturned).to.be.true;
    expect(b.kinds).to.deep.equal([CHUNK, FAILED]);
  });

  it('ends quietly with its link', async () => {
    const b = new Side();
    b.setRoom(false);
    void b.take(REQUEST, 1, bytesOf(1, 1));
    await settled();

    b.exchange.close(new NetworkError('ERR_SILENT', 'gone'));
    b.setRoom(true);
    await settled();

    expect(b.sent).to.deep.equal([]);
    expect(b.faults).to.deep.equal([]);
  });
});

describe('a peer that asks too fast', () => {
  it('is not read until its rate allows', async () => {
    const b = new Side({ requestsPerS: 2 });

    expect(b.take(REQUEST, 1, bytesOf(1, 1))).to.equal(undefined);
    await settled();
    expect(b.take(REQUEST, 2, bytesOf(1, 1))).to.equal(undefined);
    await settled();
    const held = b.take(REQUEST, 3, bytesOf(1, 1));

    expect(held).to.be.a('promise');
    await b.clock.advance(500);
    await held;
  });
});

describe('a peer that keeps no rule of the exchange', () => {
  const cases: readonly (readonly [string, Partial<ExchangeRules>, (side: Side) => unknown])[] = [
    ['sends less than a header', {}, ({ exchange }) => exchange.take(bytesOf(4, 0))],
    ['sends an unknown kind', {}, (side) => side.take(6, 1)],
    ['gives a message an id', {}, (side) => side.take(MESSAGE, 1)],
    ['sends a message, being an observer', { takesMessages: false }, (s) => s.take(MESSAGE, 0)],
    ['asks an observer', { serves: false }, (side) => side.take(REQUEST, 1, bytesOf(1, 1))],
    ['asks with id 0', {}, (side) => side.take(REQUEST, 0, bytesOf(1, 1))],
    ['answers what was not asked', {}, (side) => side.take(CHUNK, 1, bytesOf(1, 1))],
    ['ends what was not asked', {}, (side) => side.take(END, 7)],
    [
      'asks twice under one id',
      {},
      (side) => {
        side.answer = () => new Promise(() => undefined);
        void side.take(REQUEST, 1);
        void side.take(REQUEST, 1);
      },
    ],
    [
      'asks more at a time than it may',
      {},
      (side) => {
        side.answer = () => new Promise(() => undefined);
        for (let id = 1; id <= LIMITS.servingCountMax + 1; id++) void side.take(REQUEST, id);
      },
    ],
    [
      'cancels in order to ask more at a time',
      {},
      (side) => {
        side.answer = () => new Promise(() => undefined);
        for (let id = 1; id <= LIMITS.servingCountMax + 1; id++) {
          void side.take(REQUEST, id);
          void side.take(CANCEL, id);
        }
      },
    ],
    [
      'sends an empty chunk',
      {},
      (side) => {
        void side.exchange.request(bytesOf(1, 1)).catch(() => undefined);
        void side.take(CHUNK, 1);
      },
    ],
    [
      'goes on after the end',
      {},
      (side) => {
        void side.exchange.request(bytesOf(1, 1)).catch(() => undefined);
        void side.take(END, 1);
        void side.take(END, 1);
      },
    ],
  ];

  for (const [what, rules, act] of cases) {
    it(`breaks the framing if it ${what}`, () => {
      expect(() => act(new Side({}, rules)))
        .to.throw()
        .with.property('code', 'ERR_FRAMING');
    });
  }

  it('is served at most eight requests at a time', async () => {
    const b = new Side();
    b.answer = () => new Promise(() => undefined);

    for (let id = 1; id <= 8; id++) void b.take(REQUEST, id);
    expect(() => b.take(REQUEST, 9)).to.throw();
    await settled();

    expect(b.requests).to.have.length(8);
  });
});

describe('an exchange of random bodies', () => {
  it('takes them or refuses them with a code', async () => {
    const body = fc.tuple(fc.nat(6), fc.nat(3), fc.uint8Array({ maxLength: 8 }));

    await fc.assert(
      fc.asyncProperty(fc.array(body), async (bodies) => {
        const side = new Side();
        for (let i = 0; i < 2; i++) void codeOf(side.exchange.request(bytesOf(1, 1)));
        for (const [kind, id, payload] of bodies) {
          const code = await codeOf((async () => side.take(kind, id, payload))());
          expect(code).to.be.oneOf(['fulfilled', 'ERR_FRAMING']);
        }
        side.exchange.close(new NetworkError('ERR_SILENT', 'gone'));
        expect(side.faults).to.deep.equal([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the frame of a message', () => {
  it('is of kind 0 with id 0', () => {
    expect(Exchange.frameOf(Uint8Array.of(7))).to.deep.equal(
      encodeFrame(Uint8Array.of(0, 0, 0, 0, 0, 7)),
    );
  });
});
