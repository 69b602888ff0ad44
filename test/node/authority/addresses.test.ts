import { networkInterfaces } from 'node:os';

import { expect } from 'chai';

import { AuthorityClient, type AuthorityClientOptions } from '../../../node/authority/client.ts';
import { Pools, type Resolve } from '../../../node/authority/pools.ts';
import type { Answer } from '../../../node/authority/question.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { StandInAuthority } from '../../support/standInAuthority.ts';
import { questionTo } from './fixtures.ts';
import { createSelfSigned } from './selfSigned.ts';

const HOUR_MS = 3_600_000;
/** Containers often have no IPv6, not even on loopback. */
const hasIpv6 = (networkInterfaces()['lo'] ?? []).some(({ address }) => address === '::1');
const outcomeOf = (answer: Answer): string =>
  answer.type === 'none' ? answer.problem.code : answer.type;

/** Resolves to what is said, and counts how often it was asked. */
function resolverOf(...addresses: readonly string[]): Resolve & { calls: string[] } {
  const resolver = Object.assign(
    async (hostname: string) => {
      resolver.calls.push(hostname);
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    { calls: [] as string[] },
  );
  return resolver;
}

describe('the addresses of an authority', () => {
  const authority = new StandInAuthority();
  const clients: AuthorityClient[] = [];
  const others: StandInAuthority[] = [];
  const clock = new FakeClock();

  before(() => authority.start());
  after(() => authority.stop());
  beforeEach(() => (authority.questions.length = 0));
  afterEach(() =>
    Promise.all([
      ...clients.splice(0).map((client) => client.close()),
      ...others.splice(0).map((other) => other.stop()),
    ]),
  );

  const clientWith = (resolve: Resolve, options: AuthorityClientOptions = {}): AuthorityClient => {
    const client = new AuthorityClient({ timeoutMs: 5_000, ...options }, { resolve, clock });
    clients.push(client);
    return client;
  };
  const startOther = async (host: string): Promise<StandInAuthority> => {
    const other = new StandInAuthority({ host });
    others.push(other);
    await other.start();
    return other;
  };
  const urlOf = (host: string): string => `http://${host}:${authority.port}/validate-cert`;

  it('are asked for once, whatever the number of questions', async () => {
    const resolve = resolverOf('127.0.0.1');
    const client = clientWith(resolve);

    const ask = (): Promise<Answer> => client.ask(questionTo(urlOf('a.example')));
    await Promise.all([ask(), ask(), ask()]);
    await ask();

    expect(resolve.calls).to.deep.equal(['a.example']);
  });

  it('are never asked for again while connecting', async () => {
    // A second look-up, by whomever, would not find a name that does not exist.
    const client = clientWith(resolverOf('127.0.0.1'));

    const answer = await client.ask(questionTo(urlOf('no-such-name.invalid')));

    expect(outcomeOf(answer)).to.equal('passed');
  });

  it('keep the name in the host header', async () => {
    await clientWith(resolverOf('127.0.0.1')).ask(questionTo(urlOf('a.example')));

    expect(authority.questions[0]?.headers.host).to.equal(`a.example:${authority.port}`);
  });

  const refused = [
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['169.254.169.254'],
    ['::1'],
    ['fe80::1'],
    ['::ffff:127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['2606:4700:4700::1111', 'fd00:ec2::254'],
    ['nonsense'],
  ];
  for (const addresses of refused) {
    it(`are refused altogether if they are ${addresses.join(' and ')}`, async () => {
      const client = clientWith(resolverOf(...addresses));

      const answer = await client.ask(questionTo(urlOf('a.example'), { allowPrivate: false }));

      expect(outcomeOf(answer)).to.equal('ERR_AUTHORITY_ADDRESS');
      expect(authority.questions).to.have.length(0);
    });
  }

  for (const host of [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:7f00:1]',
  ]) {
    it(`are refused if the URL itself says ${host}`, async () => {
      const client = new AuthorityClient();

      const answer = await client.ask(questionTo(urlOf(host), { allowPrivate: false }));

      expect(outcomeOf(answer)).to.equal('ERR_AUTHORITY_ADDRESS');
    });
  }

  it('bring no verdict if there are none', async () => {
    const answer = await clientWith(resolverOf()).ask(questionTo(urlOf('a.example')));

    expect(outcomeOf(answer)).to.equal('ERR_AUTHORITY_ADDRESS');
  });

  it('bring no verdict if there are more than 32', async () => {
    const addresses = Array.from({ length: 33 }, (_, i) => `127.0.0.${i + 1}`);

    const answer = await clientWith(resolverOf(...addresses)).ask(questionTo(urlOf('a.example')));

    expect(outcomeOf(answer)).to.equal('ERR_AUTHORITY_ADDRESS');
  });

  it('bring no verdict if the name does not resolve', async () => {
    const client = clientWith(() => Promise.reject(new Error('ENOTFOUND')));

    expect(outcomeOf(await client.ask(questionTo(urlOf('a.example'))))).to.equal(
      'ERR_AUTHORITY_ADDRESS',
    );
  });

  it('are asked for again after a failure', async () => {
    let failing = true;
    const good = resolverOf('127.0.0.1');
    const client = clientWith((hostname) =>
      failing ? Promise.reject(new Error('EAI_AGAIN')) : good(hostname),
    );
    await client.ask(questionTo(urlOf('a.example')));
    failing = false;

    expect(outcomeOf(await client.ask(questionTo(urlOf('a.example'))))).to.equal('passed');
  });

  it('are judged for each authority apart, even at one origin', async () => {
    const client = clientWith(resolverOf('127.0.0.1'));
    const url = urlOf('a.example');

    const answers = [
      await client.ask(questionTo(url, { allowPrivate: true })),
      await client.ask(questionTo(url, { allowPrivate: false })),
    ];

    expect(answers.map(outcomeOf)).to.deep.equal(['passed', 'ERR_AUTHORITY_ADDRESS']);
  });

  for (const [first, second] of [
    ['127.0.0.2', '127.0.0.1'],
    ['::1', '127.0.0.1'],
    ['127.0.0.1', '::1'],
  ] as const) {
    it(`are tried in turn: ${first}, then ${second}`, async () => {
      const client = clientWith(resolverOf(first, second));

      expect(outcomeOf(await client.ask(questionTo(urlOf('a.example'))))).to.equal('passed');
    });
  }

  it('are tried in turn where there are three of one family', async () => {
    const client = clientWith(resolverOf('127.0.0.2', '127.0.0.3', '127.0.0.1'));

    expect(outcomeOf(await client.ask(questionTo(urlOf('a.example'))))).to.equal('passed');
  });

  it('bring no verdict if none of them listens', async () => {
    const client = clientWith(resolverOf('127.0.0.2', '::1'));

    expect(outcomeOf(await client.ask(questionTo(urlOf('a.example'))))).to.equal(
      'ERR_AUTHORITY_UNREACHABLE',
    );
  });

  if (hasIpv6) {
    it('may be IPv6 alone', async () => {
      const other = await startOther('::1');

      expect(outcomeOf(await new AuthorityClient().ask(questionTo(other.url)))).to.equal('passed');
    });

    it('of localhost reach an authority on either family', async () => {
      const other = await startOther('::1');
      const client = clientWith(resolverOf('127.0.0.1', '::1'));

      const answer = await client.ask(questionTo(`http://localhost:${other.port}/`));

      expect(outcomeOf(answer)).to.equal('passed');
    });
  }

  describe('after a minute', () => {
    it('are asked for again', async () => {
      const resolve = resolverOf('127.0.0.1');
      const client = clientWith(resolve);
      await client.ask(questionTo(urlOf('a.example')));
      await clock.advance(60_000);
      await client.ask(questionTo(urlOf('a.example')));

      expect(resolve.calls).to.have.length(2);
    });

    it('keep their connections if they are the same', async () => {
      const client = clientWith(resolverOf('127.0.0.1'), { connectionCountMax: 1 });
      const before = authority.connectionCount;
      await client.ask(questionTo(urlOf('a.example')));
      await clock.advance(60_000);
      await client.ask(questionTo(urlOf('a.example')));

      expect(authority.connectionCount - before).to.equal(1);
    });

    it('are checked again: a name that moves into our network is asked no more', async () => {
      let addresses = ['8.8.8.8'];
      const resolve: Resolve = async (hostname) => resolverOf(...addresses)(hostname);
      const options = { timeoutMs: 5_000, connectionCountMax: 1, ca: undefined };
      const pools = new Pools(options, { clock, resolve });
      const url = new URL('http://a.example/');
      const isFound = (): Promise<boolean> => pools.find(url, false).then(Boolean, () => false);
      const before = await isFound();
      addresses = ['127.0.0.1'];
      await clock.advance(60_000);

      expect([before, await isFound()]).to.deep.equal([true, false]);
    });

    it('lead to another machine if the name has moved', async () => {
      const other = await startOther('127.0.0.2');
      let addresses = ['127.0.0.1'];
      const client = clientWith(async (hostname) => resolverOf(...addresses)(hostname));
      const url = `http://a.example:${other.port}/`;
      const before = await client.ask(questionTo(url));
      addresses = ['127.0.0.2'];
      await clock.advance(60_000);
      const after = await client.ask(questionTo(url));

      expect([before, after].map(outcomeOf)).to.deep.equal(['ERR_AUTHORITY_UNREACHABLE', 'passed']);
    });

    it('are asked for again too if the clock was put back', async () => {
      const resolve = resolverOf('127.0.0.1');
      const client = clientWith(resolve);
      await client.ask(questionTo(urlOf('a.example')));
      await clock.advance(-HOUR_MS);
      await client.ask(questionTo(urlOf('a.example')));

      expect(resolve.calls).to.have.length(2);
    });
  });
});

describe('an authority behind TLS', () => {
  let authority: StandInAuthority;
  let client: AuthorityClient;
  let ca: string;

  before(async () => {
    const tls = await createSelfSigned('authority.example');
    ca = tls.cert;
    authority = new StandInAuthority({ tls });
    await authority.start();
  });
  after(() => authority.stop());
  afterEach(() => client.close());

  const askAs = (host: string, options: AuthorityClientOptions): Promise<Answer> => {
    client = new AuthorityClient(options, { resolve: resolverOf('127.0.0.1') });
    return client.ask(questionTo(`https://${host}:${authority.port}/validate-cert`));
  };

  it('is asked where its certificate names the host of the URL', async () => {
    expect(outcomeOf(await askAs('authority.example', { ca }))).to.equal('passed');
  });

  it('is not asked where its certificate names another host', async () => {
    const answer = await askAs('other.example', { ca });

    expect(answer).to.deep.equal({
      type: 'none',
      problem: {
        code: 'ERR_AUTHORITY_UNREACHABLE',
        message: 'no connection to the authority (ERR_TLS_CERT_ALTNAME_INVALID)',
      },
    });
  });

  it('is not asked where its certificate does not name the address in the URL', async () => {
    expect(outcomeOf(await askAs('127.0.0.1', { ca }))).to.equal('ERR_AUTHORITY_UNREACHABLE');
  });

  it('is not asked where nobody that is trusted vouches for it', async () => {
    expect(outcomeOf(await askAs('authority.example', {}))).to.equal('ERR_AUTHORITY_UNREACHABLE');
  });

  it('is not asked in the clear', async () => {
    client = new AuthorityClient({ ca });
    const url = authority.url.replace('https:', 'http:');
    authority.questions.length = 0;

    expect(outcomeOf(await client.ask(questionTo(url)))).to.equal('ERR_AUTHORITY_UNREACHABLE');
    expect(authority.questions).to.have.length(0);
  });
});
