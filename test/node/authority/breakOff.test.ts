import { once } from 'node:events';

import { expect } from 'chai';

import { AuthorityClient } from '../../../node/authority/client.ts';
import { isSilent, passes, StandInAuthority } from '../../support/standInAuthority.ts';
import { codeOf, questionTo } from './fixtures.ts';

describe('a question that is broken off', () => {
  const authority = new StandInAuthority();
  let client: AuthorityClient;

  before(() => authority.start());
  after(() => authority.stop());
  beforeEach(() => {
    client = new AuthorityClient();
    authority.behaviour = passes;
    authority.questions.length = 0;
  });
  afterEach(() => client.close());

  it('ends with all others, and their connections', async () => {
    const closed = new Set<Promise<unknown>>();
    authority.behaviour = (_question, response) => closed.add(once(response, 'close'));
    const answers = [1, 2, 3, 4].map(() => client.ask(questionTo(authority.url)));
    await authority.waitForQuestions(4);

    client.breakOff();

    expect((await Promise.all(answers)).map(codeOf)).to.deep.equal(
      Array(4).fill('ERR_AUTHORITY_TIMEOUT'),
    );
    expect(client.isBrokenOff).to.equal(true);
    await Promise.all(closed);
  });

  it('ends while it waits for a connection', async () => {
    const narrow = new AuthorityClient({ connectionCountMax: 1 });
    authority.behaviour = isSilent;
    const answers = [1, 2, 3].map(() => narrow.ask(questionTo(authority.url)));
    await authority.waitForQuestions(1);

    narrow.breakOff();

    expect((await Promise.all(answers)).map(codeOf)).to.deep.equal(
      Array(3).fill('ERR_AUTHORITY_TIMEOUT'),
    );
    await narrow.close();
    expect(authority.questions).to.have.length(1);
  });

  it('while its name is resolved is never sent', async () => {
    const resolved = Promise.withResolvers<{ address: string; family: number }[]>();
    const late = new AuthorityClient({}, { resolve: () => resolved.promise });
    const answer = late.ask(questionTo(authority.url));

    late.breakOff();
    resolved.resolve([{ address: '127.0.0.1', family: 4 }]);

    expect(codeOf(await answer)).to.equal('ERR_AUTHORITY_TIMEOUT');
    await late.close();
    expect(authority.questions).to.have.length(0);
  });

  it('before it comes is never sent', async () => {
    client.breakOff();

    expect(codeOf(await client.ask(questionTo(authority.url)))).to.equal('ERR_AUTHORITY_TIMEOUT');
    expect(authority.questions).to.have.length(0);
  });
});
