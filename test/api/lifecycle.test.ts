import { once } from 'node:events';
import { request } from 'node:https';
import { createServer } from 'node:net';

import * as asn1js from 'asn1js';
import { expect } from 'chai';
import { AttributeTypeAndValue, Certificate, CryptoEngine } from 'pkijs';

import { createApi } from '../../api/server.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { exchangeRaw, jsonOf, startApi, stopAll, submissionWith } from './client.ts';

const SUBMIT = '/api/v1/submit-cert';

describe('starting', () => {
  afterEach(stopAll);

  it('on port 0 says which port was free', async () => {
    const { port } = await startApi();

    expect(port).to.be.above(0);
  });

  it('on a busy port rejects with EADDRINUSE', async () => {
    const { port } = await startApi();
    const second = createApi({ host: '127.0.0.1', port }, createMemoryPorts());

    const code = await second.start().then(
      () => 'started',
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );

    expect(code).to.equal('EADDRINUSE');
    await second.stop();
  });

  it('refuses proxies that are no addresses', () => {
    const options = { host: '127.0.0.1', port: 0, trustedProxies: ['10.0.0.0/40'] };

    expect(() => createApi(options, createMemoryPorts())).to.throw(RangeError);
  });

  it('speaks TLS with a certificate and its key', async () => {
    const tls = await selfSigned();
    const { port } = await startApi({ options: { tls } });
    const asked = request({
      port,
      host: '127.0.0.1',
      path: '/health',
      ca: Buffer.from(tls.cert),
      servername: 'localhost',
    });
    asked.end();

    const [response] = (await once(asked, 'response')) as [
      NodeJS.ReadableStream & { statusCode: number },
    ];

    expect(response.statusCode).to.equal(200);
    response.resume();
    asked.destroy();
  });
});

describe('stopping', () => {
  afterEach(stopAll);

  it('lets a request in flight finish, and closes its connection', async () => {
    const { ports, post, stop } = await startApi();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<undefined>();
    ports.intake.hold = promise;
    ports.intake.onSubmit = () => arrive(undefined);
    const asked = post(SUBMIT, submissionWith());
    await arrived;

    const stopped = stop();
    resolve(undefined);

    expect(await jsonOf(await asked)).to.include({ status: 'pending_validation' });
    await stopped;
  });

  it('closes idle connections at once', async () => {
    const { port, stop } = await startApi();
    const answer = exchangeRaw(port, 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
    const { promise, resolve } = Promise.withResolvers<undefined>();
    void answer.then(() => resolve(undefined));
    await (await fetch(`http://127.0.0.1:${port}/health`)).text();

    await stop();

    await promise;
    expect(await answer).to.include('200 OK');
  });

  it('gives up on what does not finish in time', async () => {
    const { ports, post, stop } = await startApi({ options: { stopTimeoutMs: 20 } });
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<undefined>();
    const { promise: never } = Promise.withResolvers<undefined>();
    ports.intake.hold = never;
    ports.intake.onSubmit = () => arrive(undefined);
    const asked = post(SUBMIT, submissionWith()).then(
      () => 'answered',
      () => 'cut',
    );
    await arrived;

    await stop();

    expect(await asked).to.equal('cut');
  });

  it('may be asked for twice, and before a start', async () => {
    const { port, stop } = await startApi();
    const other = createApi({ host: '127.0.0.1', port: 0 }, createMemoryPorts());

    await Promise.all([stop(), stop(), other.stop()]);

    const free = createServer().listen(port, '127.0.0.1');
    await once(free, 'listening');
    expect(free.listening).to.equal(true);
    free.close();
  });
});

/** Returns a certificate for localhost and its key, both PEM, good for an hour. */
async function selfSigned(): Promise<{ readonly cert: Uint8Array; readonly key: Uint8Array }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new asn1js.Integer({ value: 1 });
  const name = (): AttributeTypeAndValue =>
    new AttributeTypeAndValue({
      type: '2.5.4.3',
      value: new asn1js.Utf8String({ value: 'localhost' }),
    });
  certificate.issuer.typesAndValues.push(name());
  certificate.subject.typesAndValues.push(name());
  certificate.notBefore.value = new Date(Date.now() - 1_000);
  certificate.notAfter.value = new Date(Date.now() + 3_600_000);
  const engine = new CryptoEngine({ name: 'node', crypto: crypto });
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  await certificate.sign(keys.privateKey, 'SHA-256', engine);
  const pem = (label: string, der: ArrayBuffer): Uint8Array => {
    const lines =
      Buffer.from(der)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return Buffer.from(`-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`);
  };
  return {
    cert: pem('CERTIFICATE', certificate.toSchema(true).toBER()),
    key: pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
  };
}
