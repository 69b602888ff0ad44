import { expect } from 'chai';
import { createHash } from 'node:crypto';

import type { Authority } from '../../../chain/authority.ts';
import { formatBase64, formatHex } from '../../../chain/bytes.ts';
import { blindHash } from '../../../chain/evidence.ts';
import { verifyVerdict } from '../../../chain/verdict.ts';
import { AuthorityClient } from '../../../node/authority/client.ts';
import {
  type Answer,
  buildCameraQuestion,
  buildLegacyQuestion,
  type CameraContext,
} from '../../../node/authority/question.ts';
import { ed25519PublicKey } from '#crypto';
import {
  answersJson,
  passes,
  refuses,
  signs,
  StandInAuthority,
} from '../../support/standInAuthority.ts';
import { authorityOf, CHAIN_ID, IMAGE_HASH } from './fixtures.ts';

const SEED = new Uint8Array(32).fill(7);
const VERDICT_KEY = ed25519PublicKey(SEED);
const CERTIFICATE = Uint8Array.of(0x30, 3, 2, 1, 5);
const FINGERPRINT = new Uint8Array(createHash('sha256').update(CERTIFICATE).digest());
const SALT = new Uint8Array(16).fill(4);
const SIGNATURE = new Uint8Array(64).fill(5);
const TOKEN = new Uint8Array(60).fill(6);
const CLAIMS = {
  imageHash: IMAGE_HASH,
  capturedAt: 1_700_000_000,
  gpsHash: new Uint8Array(32).fill(8),
  signature: SIGNATURE,
};
const LEGACY_CLAIMS = {
  imageHash: IMAGE_HASH,
  token: TOKEN,
  tableReferences: [1, 2, 3],
  keyIndices: [4, 5, 6],
};

function contextOf(entry: Partial<Authority>): CameraContext {
  const authority = authorityOf(entry);
  return {
    authority,
    chainId: CHAIN_ID,
    certificateBytes: CERTIFICATE,
    fingerprint: FINGERPRINT,
    endpoint: authority.endpoints[0] ?? '',
    salt: SALT,
  };
}

describe('the body of a question', () => {
  it('has the certificate as it was sent, and all that the camera signed', () => {
    const { body } = buildCameraQuestion(CLAIMS, contextOf({}));

    expect(body).to.deep.equal({
      camera_cert: 'MAMCAQU=',
      image_hash: '03'.repeat(32),
      timestamp: 1_700_000_000,
      gps_hash: '08'.repeat(32),
      bundle_signature: formatBase64(SIGNATURE),
    });
  });

  it('has no gps_hash where the camera sent none', () => {
    const { body } = buildCameraQuestion({ ...CLAIMS, gpsHash: undefined }, contextOf({}));

    expect(body).not.to.have.property('gps_hash');
  });

  it('goes to exactly the endpoint of the certificate', () => {
    const { url } = buildCameraQuestion(CLAIMS, contextOf({ endpoints: ['https://a.example/x'] }));

    expect(url).to.equal('https://a.example/x');
  });

  it('has the chain id where verdicts are signed', () => {
    const { body } = buildCameraQuestion(CLAIMS, contextOf({ verdictKey: VERDICT_KEY }));

    expect(body).to.include({ chain_id: '01'.repeat(32) });
  });

  it('has nothing but the certificate and a commitment where the authority is blind', () => {
    const { body, verdict } = buildCameraQuestion(CLAIMS, contextOf({ blind: true }));

    const commitment = blindHash(IMAGE_HASH, SALT);
    expect(body).to.deep.equal({ camera_cert: 'MAMCAQU=', image_hash: formatHex(commitment) });
    expect(verdict.imageHash).to.deep.equal(commitment);
  });

  it('has the token and references in the legacy form', () => {
    const authority = authorityOf({ legacyEndpoint: 'https://a.example/validate' });
    const question = buildLegacyQuestion(LEGACY_CLAIMS, { authority, chainId: CHAIN_ID });

    expect(question?.body).to.deep.equal({
      ciphertext: '06'.repeat(60),
      table_references: [1, 2, 3],
      key_indices: [4, 5, 6],
    });
  });

  it('goes to the legacy endpoint in the legacy form', () => {
    const authority = authorityOf({ legacyEndpoint: 'https://a.example/validate' });
    const question = buildLegacyQuestion(LEGACY_CLAIMS, { authority, chainId: CHAIN_ID });

    expect(question?.url).to.equal('https://a.example/validate');
  });

  it('has image hash and chain id too in the legacy form where verdicts are signed', () => {
    const legacyEndpoint = 'https://a.example/validate';
    const authority = authorityOf({ legacyEndpoint, verdictKey: VERDICT_KEY });
    const question = buildLegacyQuestion(LEGACY_CLAIMS, { authority, chainId: CHAIN_ID });

    expect(question?.body).to.include({ image_hash: '03'.repeat(32), chain_id: '01'.repeat(32) });
  });

  it('is none in the legacy form where the authority judges none', () => {
    const context = { authority: authorityOf(), chainId: CHAIN_ID };

    expect(buildLegacyQuestion(LEGACY_CLAIMS, context)).to.equal(undefined);
  });
});

describe('a verdict that the registry wants signed', () => {
  const authority = new StandInAuthority();
  const client = new AuthorityClient();

  before(() => authority.start());
  after(() => Promise.all([client.close(), authority.stop()]));

  const ask = (entry: Partial<Authority> = {}): Promise<Answer> => {
    const signed = { endpoints: [authority.url], verdictKey: VERDICT_KEY, ...entry };
    return client.ask(buildCameraQuestion(CLAIMS, contextOf(signed)));
  };
  const codeOf = (answer: Answer): string =>
    answer.type === 'none' ? answer.problem.code : answer.type;

  it('passes with its signature, which is kept as proof', async () => {
    authority.behaviour = signs({ seed: SEED });

    const answer = await ask();

    const bound = { chainId: CHAIN_ID, subject: FINGERPRINT, imageHash: IMAGE_HASH };
    const proof = answer.type === 'passed' ? answer.proof : undefined;
    const verdict = { ...bound, valid: true, issuedAt: proof?.issuedAt ?? 0 };
    expect(await verifyVerdict(verdict, proof?.signature ?? SALT, VERDICT_KEY)).to.be.true;
  });

  it('passes for the commitment that a blind authority was sent', async () => {
    authority.behaviour = signs({ seed: SEED });

    expect(codeOf(await ask({ blind: true }))).to.equal('passed');
  });

  it('passes in the legacy form for the SHA-256 of the token', async () => {
    authority.behaviour = signs({ seed: SEED });
    const entry = authorityOf({ legacyEndpoint: authority.url, verdictKey: VERDICT_KEY });
    const question = buildLegacyQuestion(LEGACY_CLAIMS, { authority: entry, chainId: CHAIN_ID });

    const answer = question === undefined ? undefined : await client.ask(question);

    expect(answer?.type).to.equal('passed');
  });

  it('refuses with its signature', async () => {
    authority.behaviour = signs({ seed: SEED, valid: false });

    expect(await ask()).to.deep.equal({ type: 'refused', message: 'judged' });
  });

  const zero = new Uint8Array(32);
  const proof = { issued_at: 1_800_000_000, signature: formatBase64(SIGNATURE) };
  const passed = (verdict: unknown): ReturnType<typeof answersJson> =>
    answersJson({ valid: true, message: '', verdict });
  const cases = [
    ['no signature', passes],
    ['no signature on a refusal, which anybody could have made', refuses()],
    ['the signature of another key', signs({ seed: zero })],
    ['the signature of another key on a refusal', signs({ seed: zero, valid: false })],
    ['a signature for another chain', signs({ seed: SEED, wrong: { chainId: zero } })],
    ['a signature for another certificate', signs({ seed: SEED, wrong: { subject: zero } })],
    ['a signature for another photograph', signs({ seed: SEED, wrong: { imageHash: zero } })],
    ['a signature for another time', signs({ seed: SEED, wrong: { issuedAt: 5 } })],
    ['a pass that was signed as a refusal', signs({ seed: SEED, wrong: { valid: false } })],
    [
      'a refusal that was signed as a pass',
      signs({ seed: SEED, valid: false, wrong: { valid: true } }),
    ],
    ['a verdict that is text', passed('signed')],
    ['a verdict that is null', passed(null)],
    ['a verdict without a time', passed({ signature: proof.signature })],
    ['a time that is text', passed({ ...proof, issued_at: '1800000000' })],
    ['a time before 1970', passed({ ...proof, issued_at: -1 })],
    ['a time with a fraction', passed({ ...proof, issued_at: 1.5 })],
    ['a time beyond safe integers', passed({ ...proof, issued_at: 2 ** 53 })],
    ['a verdict without a signature', passed({ issued_at: proof.issued_at })],
    ['a signature that is a number', passed({ ...proof, signature: 5 })],
    ['a signature of 63 bytes', passed({ ...proof, signature: formatBase64(SIGNATURE.slice(1)) })],
    ['a signature of 66 bytes', passed({ ...proof, signature: 'A'.repeat(88) })],
    ['a signature in hex', passed({ ...proof, signature: formatHex(SIGNATURE) })],
    ['a signature of zeros', passed({ ...proof, signature: formatBase64(new Uint8Array(64)) })],
    [
      'a signature with bits behind its end',
      passed({ ...proof, signature: `${'A'.repeat(85)}B==` }),
    ],
  ] as const;

  for (const [title, behaviour] of cases) {
    it(`is none with ${title}`, async () => {
      authority.behaviour = behaviour;

      expect(codeOf(await ask())).to.equal('ERR_VERDICT_SIGNATURE');
    });
  }
});
