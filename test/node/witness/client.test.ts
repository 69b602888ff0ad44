/** Questions to witnesses over real HTTP: where they may go, and what may come back. */
import { expect } from 'chai';

import { formatUtf8 } from '../../../chain/bytes.ts';
import {
  formatAddCheckpoint,
  formatCosignatures,
  parseAddCheckpoint,
} from '../../../chain/log/addCheckpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { type Resolve, resolveBySystem } from '../../../node/authority/pools.ts';
import { WitnessClient } from '../../../node/witness/client.ts';
import type { AskedPlace } from '../../../node/witness/files.ts';
import type { Reply } from '../../../node/witness/reply.ts';
import { StandInWitness } from '../../support/standInWitness.ts';
import { TestLog, witnessSigner } from '../../support/witnessRig.ts';

const LOG = new TestLog();
const SIGNER = witnessSigner('witness.example/w');
const QUESTION = LOG.question(3, 7);
const LINE = cosign(QUESTION.checkpoint.note.text, 1_795_225_000, SIGNER);
const COSIGNED = { status: 200, body: formatCosignatures([LINE]) };
const NEVER = new AbortController().signal;

/** The type of a reply, or its failure. */
function meaningOf(reply: Reply): string {
  return reply.type === 'failed' ? reply.failure : reply.type;
}

describe('a question to a witness over HTTP', () => {
  const witness = new StandInWitness();
  const clients: WitnessClient[] = [];

  before(() => witness.start());
  after(() => witness.stop());
  beforeEach(() => {
    witness.asked.length = 0;
    witness.answer = () => COSIGNED;
  });
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

  const clientWith = (
    options: { readonly allowPrivate?: boolean; readonly timeoutMs?: number } = {},
    resolve: Resolve = resolveBySystem,
  ): WitnessClient => {
    const client = new WitnessClient({ allowPrivate: true, ...options }, { resolve });
    clients.push(client);
    return client;
  };
  const placeAt = (origin: string, path = '/prefix/add-checkpoint'): AskedPlace => ({
    name: 'w',
    key: SIGNER.key,
    url: origin,
    target: new URL(path, origin),
  });
  const here = (): AskedPlace => placeAt(`http://127.0.0.1:${witness.port}`);

  it('is posted as it is, and its answer read', async () => {
    const reply = await clientWith().ask(here(), QUESTION, NEVER);

    expect(reply).to.deep.equal({ type: 'cosigned', line: LINE });
    expect(witness.asked).to.have.length(1);
    const [{ method, path, body }] = witness.asked as [(typeof witness.asked)[number]];
    expect([method, path]).to.deep.equal(['POST', '/prefix/add-checkpoint']);
    expect(body).to.deep.equal(formatAddCheckpoint(QUESTION));
    expect(parseAddCheckpoint(body)).to.deep.equal(QUESTION);
  });

  it('is answered with a size', async () => {
    witness.answer = () => ({ status: 409, contentType: 'text/x.tlog.size', body: '5\n' });

    expect(await clientWith().ask(here(), QUESTION, NEVER)).to.deep.equal({
      type: 'otherSize',
      treeSize: 5,
    });
  });

  it('does not follow a redirect', async () => {
    const location = `http://127.0.0.1:${witness.port}/elsewhere`;
    witness.answer = ({ path }) =>
      path === '/elsewhere' ? COSIGNED : { status: 307, headers: { location } };

    expect(meaningOf(await clientWith().ask(here(), QUESTION, NEVER))).to.equal('refused');
    expect(witness.asked).to.have.length(1);
  });

  it('goes to no private address, unless that is allowed', async () => {
    const strict = clientWith({ allowPrivate: false });

    const reply = await strict.ask(here(), QUESTION, NEVER);
    expect(meaningOf(reply)).to.equal('unavailable');
    expect(witness.asked).to.deep.equal([]);
  });

  it('goes to no name that leads to a private address beside public ones', async () => {
    const resolve: Resolve = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const strict = clientWith({ allowPrivate: false }, resolve);
    const place = placeAt(`http://witness.example:${witness.port}`);

    const reply = await strict.ask(place, QUESTION, NEVER);
    expect(meaningOf(reply)).to.equal('unavailable');
    expect(JSON.stringify(reply)).to.include('no address').and.not.include('127.0.0.1');
    expect(witness.asked).to.deep.equal([]);
  });

  it('has a limit of time', async () => {
    witness.answer = () => undefined;

    const reply = await clientWith({ timeoutMs: 50 }).ask(here(), QUESTION, NEVER);
    expect(reply).to.deep.include({ type: 'failed', failure: 'unavailable' });
    expect(JSON.stringify(reply)).to.include('in time');
  });

  it('has a limit on the size of its answer', async () => {
    witness.answer = () => ({ status: 200, body: new Uint8Array(70_000) });

    expect(meaningOf(await clientWith().ask(here(), QUESTION, NEVER))).to.equal('unavailable');
  });

  it('ends when the node stops', async () => {
    const stopping = new AbortController();
    witness.answer = () => {
      stopping.abort();
      return undefined;
    };

    expect(
      meaningOf(await clientWith({ timeoutMs: 60_000 }).ask(here(), QUESTION, stopping.signal)),
    ).to.equal('unavailable');
  });

  it('fails where nobody listens, and where the name is none', async () => {
    const nobody = new StandInWitness();
    await nobody.start();
    const { port } = nobody;
    await nobody.stop();
    const noName: Resolve = () => Promise.reject(new Error('ENOTFOUND secret.example'));

    const refused = await clientWith().ask(placeAt(`http://127.0.0.1:${port}`), QUESTION, NEVER);
    const unknown = await clientWith({}, noName).ask(
      placeAt('http://secret.example'),
      QUESTION,
      NEVER,
    );
    expect([refused, unknown].map(meaningOf)).to.deep.equal(['unavailable', 'unavailable']);
    expect(JSON.stringify(refused)).to.include('ECONNREFUSED');
    expect(JSON.stringify(unknown)).to.not.include('secret');
  });

  it('does not quote what comes back', async () => {
    for (const status of [200, 400, 404, 409, 422, 500]) {
      witness.answer = () => ({ status, body: formatUtf8('secret words\n') });
      const reply = await clientWith().ask(here(), QUESTION, NEVER);
      expect(JSON.stringify(reply), `${status}`).to.not.include('secret');
    }
  });
});
