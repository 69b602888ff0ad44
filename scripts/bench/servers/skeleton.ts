/**
 * The pipeline skeleton: what a node cannot do without, and nothing else.
 *
 * Koa, JSON, one P-256 verification for each validator, one synced LevelDB write for each group of submissions, 202, and one
 * question to the authority for each submission. No certificate check, no receipt, no batch, no chain. Half
 * of its rate is what the node is held to.
 */
import { type KeyObject, verify, X509Certificate } from 'node:crypto';

import Koa from 'koa';
import { Level } from 'level';
import getRawBody from 'raw-body';
import { Pool } from 'undici';

import { GroupCommit } from '../../../node/store/groupCommit.ts';
import type { SubmissionBody } from '../../camera/sign.ts';
import { serve } from './listen.ts';

const QUESTIONS_AT_A_TIME = 64;

const [folder = '', authorityUrl = '', chainId = '', validators = '1'] = process.argv.slice(2);
const database = new Level<string, string>(folder);
await database.open();
const commit = new GroupCommit<SubmissionBody>(async (bodies, { durable }) => {
  const puts = bodies.map((body) => ({
    type: 'put' as const,
    key: body.image_hash,
    value: JSON.stringify(body),
  }));
  await database.batch(puts, { sync: durable });
});
const { origin } = new URL(authorityUrl);
const authority = new Pool(origin, { connections: QUESTIONS_AT_A_TIME });
const keys = new Map<string, KeyObject>();

let expected = 0;
let answered = 0;

process.on('message', (message: { readonly expect: number }) => {
  expected = message.expect;
  answered = 0;
});

function keyOf(certificate: string): KeyObject {
  const known = keys.get(certificate);
  if (known !== undefined) return known;
  const key = new X509Certificate(Buffer.from(certificate, 'base64')).publicKey;
  keys.set(certificate, key);
  return key;
}

function isSigned(body: SubmissionBody): Promise<boolean> {
  const message = Buffer.from(`${body.image_hash}${body.timestamp}`);
  const signature = Buffer.from(body.bundle_signature, 'base64');
  return new Promise((resolve, reject) => {
    verify('sha256', message, keyOf(body.camera_cert), signature, (error, valid) => {
      if (error === null) resolve(valid);
      else reject(error);
    });
  });
}

async function ask(body: SubmissionBody): Promise<void> {
  const question = {
    camera_cert: body.camera_cert,
    image_hash: body.image_hash,
    timestamp: body.timestamp,
    bundle_signature: body.bundle_signature,
    chain_id: chainId,
  };
  const answer = await authority.request({
    method: 'POST',
    path: '/validate-cert',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  const { valid } = (await answer.body.json()) as { readonly valid: boolean };
  if (!valid) throw new Error('the authority refused a camera');
  answered += 1;
  if (answered === expected) process.send?.({ atMs: Date.now() });
}

async function take(body: SubmissionBody): Promise<object> {
  const checks = Array.from({ length: Number(validators) }, () => isSigned(body));
  if ((await Promise.all(checks)).includes(false)) return { code: 'ERR_CAMERA_SIGNATURE' };
  await commit.submit([body], { durable: true });
  // Whoever waits for the answers counts them: one that never comes is missed there.
  ask(body).catch((error: unknown) => console.error(error));
  return { image_hash: body.image_hash, status: 'pending' };
}

const app = new Koa();
app.use(async (ctx) => {
  const body = JSON.parse(await getRawBody(ctx.req, { encoding: true })) as
    SubmissionBody | readonly SubmissionBody[];
  ctx.status = 202;
  ctx.body = 'image_hash' in body ? await take(body) : await Promise.all(body.map(take));
});
const respond = app.callback();
await serve((request, response) => void respond(request, response));
process.on('disconnect', () => {
  void authority.destroy();
  void commit.close().then(() => database.close());
});
