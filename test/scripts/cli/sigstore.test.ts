/** `birthmark sigstore`: a log made, a photograph registered, and what a node, and liars, answer about it. */
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { sha256 } from '#crypto';
import { expect } from 'chai';

import { formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import { NodeError } from '../../../node/errors.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import {
  provisionCamera,
  startRealAuthority,
  type RealAuthority,
} from '../../support/realAuthority.ts';
import { bodyOf, requestOf } from '../../support/shots.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { entryOf, WholeNode } from '../../support/wholeNode.ts';

const PHOTO = 'a photograph';
const HASH = formatHex(sha256(formatUtf8(PHOTO)));

describe('birthmark sigstore create', () => {
  const folder = temporaryFolder();

  it('makes keys and a log, and prints the setting that names them', async () => {
    const dir = path.join(folder, 'log');
    const args = ['sigstore', 'create', '--dir', dir, '--name', 'museum'];
    const { code, lines, notes } = await runCommand(...args);

    expect([code, lines]).to.deep.equal([0, [`SIGSTORE_DIR=${dir}`]]);
    expect(notes.join()).to.include('never an older log');
    for (const name of ['signer.key', 'log.key']) {
      expect(statSync(path.join(dir, name)).mode & 0o777, name).to.equal(0o600);
    }
    expect(existsSync(path.join(dir, 'certificate.pem'))).to.equal(false);
    const again = await runCommand(...args);
    expect([again.code, again.notes.join()]).to.satisfy(
      ([exit, text]: [number, string]) => exit === 1 && text.includes('cannot create'),
    );
  });

  it('makes a certificate under a name, and prints JSON', async () => {
    const dir = path.join(folder, 'certified');
    const identity = 'https://museum.example';
    const { values, notes } = await runCommand(
      ...['sigstore', 'create', '--dir', dir, '--name', 'museum', '--json'],
      ...['--identity', identity],
    );

    expect(values).to.deep.equal([{ settings: { SIGSTORE_DIR: dir } }]);
    expect(notes.join()).to.include('nobody has reason to trust');
    expect(readFileSync(path.join(dir, 'certificate.pem'), 'utf8')).to.match(/(-----BEGIN[^]*){2}/);
  });

  it('wants a name, and a URI', async () => {
    const dir = path.join(folder, 'none');
    const args = ['sigstore', 'create', '--dir', dir];

    expect((await runCommand(...args)).code).to.equal(2);
    expect((await runCommand(...args, '--name', 'museum', '--identity', 'museum')).code).to.equal(
      2,
    );
    expect(existsSync(dir)).to.equal(false);
  });
});

describe('birthmark sigstore', () => {
  const folder = temporaryFolder();
  const photo = path.join(folder, 'photo.jpg');
  const at = (name: string): string => path.join(folder, name);
  const liars: Server[] = [];
  let authority: RealAuthority;
  let node: WholeNode;
  let url = '';

  before(async () => {
    writeFileSync(photo, PHOTO);
    authority = await startRealAuthority(at('authority'));
    const stamping = await runCommand(
      ...['tsa', 'create', '--dir', at('tsa'), '--name', 'museum', '--json'],
    );
    const signing = await runCommand(
      ...['sigstore', 'create', '--dir', at('sigstore'), '--name', 'museum', '--json'],
      ...['--tsa-ca', at('tsa/ca.pem')],
    );
    const [first, second] = [stamping, signing].map(
      ({ values }) => (values as readonly [{ settings: Record<string, string> }])[0].settings,
    );
    node = await WholeNode.start(at('node'), {
      environment: { ...first, ...second },
      authorities: [entryOf(authority.registryEntry)],
      params: ['batch_wait_ms=20'],
    });
    url = node.running.apiUrl;
    const camera = await provisionCamera(authority, 'SIGSTORE-1');
    const claims = {
      capturedAt: Math.floor(Date.now() / 1_000),
      imageHash: sha256(formatUtf8(PHOTO)),
    };
    const request = requestOf(camera, PHOTO, { chainId: node.chainId, claims });
    await node.ended(await node.accept(bodyOf(request)));
  });
  after(async () => {
    await node.stop();
    await authority.stop();
    for (const liar of liars) liar.close();
  });

  const startLiar = async (body: string, status = 200): Promise<string> => {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    liars.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const fetchBundle = (...args: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand('sigstore', 'bundle', ...args);

  it('fetches what @sigstore/verify checks the photograph with', async () => {
    const bundle = await fetchBundle(photo, '--node', url);
    const root = await runCommand(
      ...['sigstore', 'trusted-root', '--node', url, '-o', at('root.json')],
    );
    const key = await runCommand('sigstore', 'key', '--node', url, '-o', at('key.pem'));
    const json = (name: string): unknown => JSON.parse(readFileSync(name, 'utf8'));
    const material = toTrustMaterial(TrustedRoot.fromJSON(json(at('root.json'))), () => ({
      publicKey: createPublicKey(readFileSync(at('key.pem'))),
      validFor: () => true,
    }));
    const entity = bundleFromJSON(json(`${photo}.sigstore.json`));

    expect([bundle.code, root.code, key.code]).to.deep.equal([0, 0, 0]);
    expect(bundle.lines[0]).to.equal(`entry 0  ${HASH}`);
    expect(bundle.notes.join()).to.include('cosign verify-blob --bundle');
    expect(root.notes.join()).to.include('compare it with what the institution publishes');
    new Verifier(material).verify(toSignedEntity(entity, readFileSync(photo)));
    expect(() =>
      new Verifier(material).verify(toSignedEntity(entity, Buffer.from('another'))),
    ).to.throw('signature verification failed');
  });

  it('takes a hash and the name of a file, and prints JSON', async () => {
    const file = at('by-hash.json');
    const { values } = await fetchBundle(
      ...[HASH.toUpperCase(), '--node', url, '-o', file, '--json'],
    );

    expect(values).to.deep.equal([{ image_hash: HASH, log_index: '0', file }]);
    expect(existsSync(file)).to.equal(true);
  });

  it('says what the node says, and writes nothing', async () => {
    const file = at('none.json');
    const { code, notes } = await fetchBundle('ab'.repeat(32), '--node', url, '-o', file);

    expect(code).to.equal(1);
    expect(notes.join()).to.include('the node answered 404: the photograph is not registered');
    expect(existsSync(file)).to.equal(false);
  });

  it('writes no bundle about another photograph', async () => {
    const liar = await startLiar(readFileSync(at('by-hash.json'), 'utf8'));
    const file = at('other.json');
    const { code, notes } = await fetchBundle('ab'.repeat(32), '--node', liar, '-o', file);

    expect([code, existsSync(file)]).to.deep.equal([1, false]);
    expect(notes.join()).to.include('about another photograph');
  });

  it('writes no bundle of which a part is about another photograph', async () => {
    const text = readFileSync(at('by-hash.json'), 'utf8');
    const digest = Buffer.from(HASH, 'hex').toString('base64');
    const other = Buffer.alloc(32).toString('base64');
    const { canonicalizedBody: body } = (
      JSON.parse(text) as {
        verificationMaterial: { tlogEntries: [{ canonicalizedBody: string }] };
      }
    ).verificationMaterial.tlogEntries[0];
    const otherBody = Buffer.from(
      Buffer.from(body, 'base64').toString().replace(digest, other),
    ).toString('base64');

    for (const changed of [
      text.replace(`"digest":"${digest}"`, `"digest":"${other}"`),
      text.replace(body, otherBody),
    ]) {
      expect(changed).not.to.equal(text);
      const { code, notes } = await fetchBundle(
        ...[HASH, '--node', await startLiar(changed), '-o', at('changed.json')],
      );
      expect(code).to.equal(1);
      expect(notes.join()).to.include('about another photograph');
    }
  });

  for (const body of ['', '[]', '{}', '{"messageSignature":{"messageDigest":{"digest":"!"}}}']) {
    it(`writes nothing that is no bundle: ${body}`, async () => {
      const { code, notes } = await fetchBundle(
        ...[HASH, '--node', await startLiar(body), '-o', at('none.json')],
      );

      expect(code).to.equal(1);
      expect(notes.join()).to.include('the answer is no Sigstore bundle');
    });
  }

  it('ends with 3 where nobody answers, or without end', async () => {
    const long = await startLiar('x'.repeat(4 * 1_048_576 + 1));

    expect((await fetchBundle(HASH, '--node', 'http://127.0.0.1:1')).code).to.equal(3);
    expect((await fetchBundle(HASH, '--node', long)).code).to.equal(3);
    expect((await fetchBundle(HASH, '--node', 'nowhere')).code).to.equal(2);
    expect((await fetchBundle(at('absent.jpg'))).code).to.equal(2);
  });

  it('finds the log as it was after a restart', async () => {
    const before = await node.get(`/api/v1/sigstore/${HASH}`);
    await node.restart();

    expect((await node.get(`/api/v1/sigstore/${HASH}`)).body).to.deep.equal(before.body);
  });

  it('needs its log: a node does not begin a second one of the same key', async () => {
    await node.stop();
    rmSync(at('sigstore/log'), { recursive: true });
    const error: unknown = await node.start().catch((thrown: unknown) => thrown);

    expect(error).to.be.instanceOf(NodeError).with.property('code', 'ERR_SIGSTORE');
    expect((error as Error).message).to.match(/holds no log: a second one of the same key/);
    expect(existsSync(at('sigstore/log'))).to.equal(false);
  });
});
