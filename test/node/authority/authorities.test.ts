import { expect } from 'chai';

import type { Authority } from '../../../chain/authority.ts';
import { Authorities } from '../../../node/authority/authorities.ts';
import { AuthorityClient } from '../../../node/authority/client.ts';
import type { Answer } from '../../../node/authority/question.ts';
import { nextAttemptMs } from '../../../node/authority/schedule.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { isSilent, StandInAuthority } from '../../support/standInAuthority.ts';
import { authorityOf, questionTo } from './fixtures.ts';
import { idOf, numberOf } from './laneHarness.ts';

/** Two authorities, ids from 100 on are the second one's; everything but time is real. */
class TwoAuthorities {
  readonly first = new StandInAuthority();
  readonly second = new StandInAuthority();
  readonly clock = new FakeClock();
  readonly decided: number[] = [];
  readonly metrics: (readonly [string, string])[] = [];
  readonly authorities: Authorities;
  registry: readonly Authority[] = [];
  readonly #client = new AuthorityClient({ timeoutMs: 200 });
  readonly #attempts = new Map<number, number>();
  readonly #waiters: { readonly isTrue: () => boolean; readonly resolve: () => void }[] = [];
  readonly #receivedAtMs = this.clock.nowMs();

  constructor() {
    this.authorities = new Authorities(
      { concurrency: 4 },
      {
        clock: this.clock,
        authorities: () => this.registry,
        ask: (id) => this.#client.ask(questionTo(this.#urlOf(numberOf(id)))),
        onAnswer: async (id, answer) => this.#keep(numberOf(id), answer),
        onQuestion: (authorityId, _seconds, outcome) => this.metrics.push([authorityId, outcome]),
        onFault: (error) => {
          throw error;
        },
      },
    );
  }

  async start(): Promise<void> {
    await Promise.all([this.first.start(), this.second.start()]);
    this.registry = [
      authorityOf({ id: 'FIRST', endpoints: [this.first.url] }),
      authorityOf({ id: 'SECOND', endpoints: [this.second.url], verdictKey: new Uint8Array(32) }),
    ];
  }

  async stop(): Promise<void> {
    await this.authorities.stop();
    await Promise.all([this.#client.close(), this.first.stop(), this.second.stop()]);
  }

  /** Resolves when the fact holds; looked at after each answer. */
  until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ isTrue, resolve });
    });
  }

  #urlOf(n: number): string {
    return n < 100 ? this.first.url : this.second.url;
  }

  #keep(n: number, answer: Answer): number | undefined {
    const attempts = (this.#attempts.get(n) ?? 0) + 1;
    this.#attempts.set(n, attempts);
    if (answer.type !== 'none') this.decided.push(n);
    for (const { isTrue, resolve } of this.#waiters) if (isTrue()) resolve();
    if (answer.type !== 'none') return undefined;
    const waiting = { attempts, receivedAtMs: this.#receivedAtMs };
    const next = nextAttemptMs(waiting, this.clock.nowMs(), 0);
    return next === 'expired' ? undefined : next;
  }
}

describe('two authorities', () => {
  let world: TwoAuthorities;

  beforeEach(() => {
    world = new TwoAuthorities();
    return world.start();
  });
  afterEach(() => world.stop());

  const enqueue = (authorityId: string, from: number, count: number): void => {
    for (let n = from; n < from + count; n++) world.authorities.enqueue(authorityId, idOf(n));
  };

  it('do not delay each other: one is silent, the other decides all', async () => {
    world.first.behaviour = isSilent;
    enqueue('FIRST', 0, 50);
    enqueue('SECOND', 100, 50);
    await world.until(() => world.decided.length === 50);

    expect(world.decided.every((n) => n >= 100)).to.be.true;
    expect(world.first.questions).to.have.length(4);
  });

  it('are each asked to the end after one was down', async () => {
    await world.first.stop();
    enqueue('FIRST', 0, 50);
    await world.until(() => world.authorities.views()[0]?.answering === false);
    await world.first.start();
    await world.clock.advance(10_000);
    await world.until(() => world.decided.length === 50);

    expect(new Set(world.decided).size).to.equal(50);
    expect(world.first.questions).to.have.length(50);
  });

  it('tell metrics which of them was asked', async () => {
    enqueue('FIRST', 0, 1);
    await world.until(() => world.decided.length === 1);
    enqueue('SECOND', 100, 1);
    await world.until(() => world.decided.length === 2);

    expect(world.metrics).to.deep.equal([
      ['FIRST', 'passed'],
      ['SECOND', 'passed'],
    ]);
  });

  it('are shown in the order of the registry, asked or not', () => {
    enqueue('SECOND', 100, 3);
    const views = world.authorities.views();

    expect(views.map(({ id, pendingSubmissions }) => [id, pendingSubmissions])).to.deep.equal([
      ['FIRST', 0],
      ['SECOND', 3],
    ]);
  });

  it('are shown with what the registry says of them', () => {
    expect(world.authorities.views()[1]).to.deep.equal({
      id: 'SECOND',
      name: 'Canon',
      endpoints: [world.second.url],
      signsVerdicts: true,
      blind: false,
      answering: true,
      pendingSubmissions: 0,
      lastAnswerMs: undefined,
      lastProblem: undefined,
    });
  });

  it('can be retried by name', async () => {
    await world.first.stop();
    world.authorities.enqueue('FIRST', idOf(0), world.clock.nowMs() + 1_000_000);
    await world.first.start();

    expect(world.authorities.retryNow('FIRST')).to.equal(1);
    await world.until(() => world.decided.length === 1);
  });

  it('can be retried though nothing waits', () => {
    expect(world.authorities.retryNow('SECOND')).to.equal(0);
  });

  it('cannot be retried by a name that is not in the registry', () => {
    expect(world.authorities.retryNow('THIRD')).to.equal(undefined);
  });
});
