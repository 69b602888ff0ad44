/** How a validator opens its Sigstore log: with its own key, once at a time, and with what it rested on before. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import type { Config } from '../../node/config.ts';
import { readConfig } from '../../node/config.ts';
import { NodeError } from '../../node/errors.ts';
import { openConfiguredSigstore, type OpenSigstore } from '../../node/nodeSigstore.ts';
import { authoritiesOf, remember } from '../../node/sigstore/authorities.ts';
import type { TimestampKey } from '../../node/timestamp/timestampKey.ts';
import { readTimestampKey } from '../../node/timestamp/tsaFiles.ts';
import { createLog } from '../../scripts/sigstore/newLog.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { issueTsa, STAMP_MS, writeTsa } from '../support/testTsa.ts';

describe('the opening of a Sigstore log', () => {
  const folder = temporaryFolder();
  const opened: OpenSigstore[] = [];
  let count = 0;
  let dir = '';
  let config: Config;
  let timestampKey: TimestampKey;

  beforeEach(async () => {
    dir = path.join(folder, `log-${count++}`);
    await stampAnew();
    const tsaCa = readFileSync(path.join(dir, 'tsa', 'ca.pem'), 'utf8');
    const identity = 'https://museum.example';
    await createLog(dir, { name: 'museum', identity, tsaCa, nowMs: STAMP_MS });
  });
  afterEach(async () => {
    for (const { store } of opened.splice(0)) await store.close();
  });

  /** Another time-stamping authority for the node. */
  const stampAnew = async (): Promise<void> => {
    const tsa = writeTsa(path.join(dir, 'tsa'), await issueTsa());
    timestampKey = await readTimestampKey(tsa, STAMP_MS);
    const stamping = { TSA_CERT: tsa.certPath, TSA_KEY: tsa.keyPath, TSA_POLICY: tsa.policy };
    config = readConfig({ ...stamping, SIGSTORE_DIR: dir });
  };
  const open = async (): Promise<OpenSigstore> => {
    const clock = new FakeClock(STAMP_MS);
    const found = await openConfiguredSigstore(config, { timestampKey, clock });
    if (found === undefined) throw new Error('there is none');
    opened.push(found);
    return found;
  };
  /** The sentence of a refusal. */
  const refusal = async (asked: Promise<unknown>): Promise<string> => {
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(NodeError).with.property('code', 'ERR_SIGSTORE');
    return (error as Error).message;
  };

  it('is none where the settings name none', async () => {
    const clock = new FakeClock(STAMP_MS);

    expect(await openConfiguredSigstore(readConfig({}), { timestampKey, clock })).to.equal(
      undefined,
    );
  });

  it('remembers on what entries rest, once', async () => {
    const kinds = ({ store }: OpenSigstore): readonly string[] =>
      store.authorities.map(({ kind }) => kind);
    const first = await open();
    expect(kinds(first)).to.deep.equal(['certificate', 'timestamp']);
    await first.store.close();

    expect(kinds(await open())).to.deep.equal(['certificate', 'timestamp']);
  });

  it('remembers the time-stamping authority of before beside a new one', async () => {
    const first = await open();
    const before = first.store.authorities;
    await first.store.close();
    await stampAnew();
    copyFileSync(path.join(dir, 'tsa', 'ca.pem'), path.join(dir, 'tsa-ca.pem'));
    const { store } = await open();

    expect(store.authorities.slice(0, 2)).to.deep.equal(before);
    expect(store.authorities.map(({ kind }) => kind).slice(2)).to.deep.equal(['timestamp']);
  });

  it('is refused beyond 256 authorities', async () => {
    const { store, keys } = await open();
    const [, stamps] = authoritiesOf(keys);
    const many = Array.from({ length: 255 }, (_, i) => ({
      ...stamps!,
      certificates: [Uint8Array.of(i)],
    }));

    expect(await refusal(remember(many, store, dir))).to.match(/rests on 256 authorities already/);
    expect(store.authorities).to.have.length(256);
    await remember(many.slice(0, 254), store, dir);
  });

  it('is refused while another process has it', async () => {
    await open();

    expect(await refusal(open())).to.match(/another process has it open/);
  });

  it('is refused with the key of another log, which stays closed to nobody', async () => {
    const own = readFileSync(path.join(dir, 'log.key'));
    const other = path.join(folder, `other-${count}`);
    await createLog(other, { name: 'm', identity: undefined, tsaCa: undefined, nowMs: STAMP_MS });
    copyFileSync(path.join(other, 'log.key'), path.join(dir, 'log.key'));
    expect(await refusal(open())).to.match(/is that of another key than log\.key/);

    writeFileSync(path.join(dir, 'log.key'), own);
    await open();
  });

  it('is refused without the log, and begins none', async () => {
    rmSync(path.join(dir, 'log'), { recursive: true });

    expect(await refusal(open())).to.match(/holds no log/);
    expect(await refusal(open())).to.match(/holds no log/);
  });

  it('is refused with a log that is damaged', async () => {
    writeFileSync(path.join(dir, 'log', 'CURRENT'), 'MANIFEST-999999\n');

    expect(await refusal(open())).to.match(/cannot open the log in/);
  });
});
