/**
 * Bundles of ours as they are served, judged by @sigstore/verify: the code with which npm checks where packages come
 * from. It is used as it is published, with the trusted root that the node serves.
 */
import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { bundleFromJSON, type SerializedBundle } from '@sigstore/bundle';
import {
  type PublicKey,
  PublicKeyDetails,
  TransparencyLogEntry,
  TrustedRoot,
} from '@sigstore/protobuf-specs';
import { CreateEntryRequest, Entry } from '@sigstore/protobuf-specs/rekor/v2';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import canonicalize from 'canonicalize';
import { expect } from 'chai';

import { formatSignerKey, formatTrustedRoot } from '../../api/views/sigstore.ts';
import { formatHex } from '../../chain/bytes.ts';
import { signDigest } from '../../chain/sigstore/digestSignature.ts';
import { startApi, stopAll } from '../api/client.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { openSigstoreRig, type SigstoreRig } from '../support/sigstoreRig.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { issueTsa, privateKeyOf, STAMP_MS } from '../support/testTsa.ts';

const OPENSSL = 'openssl';
const PHOTO = 'the bytes of a photograph';
const IDENTITY = 'https://museum.example/photographs';

/** What a node serves. */
interface Served {
  readonly bundle: SerializedBundle;
  readonly root: unknown;
  readonly pem: string;
}

/** Judges a bundle as a client does that trusts a root and a key. */
function judge({ bundle, root, pem }: Served, photo: string): string {
  const key = createPublicKey(pem).export({ format: 'der', type: 'spki' });
  const hint = createHash('sha256').update(key).digest('base64');
  const keys = { [hint]: { rawBytes: key } as PublicKey };
  const material = toTrustMaterial(TrustedRoot.fromJSON(root), keys);
  // The institution's CA is in no certificate transparency log.
  const verifier = new Verifier(material, { ctlogThreshold: 0 });
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(bundle), Buffer.from(photo)), {
      ...('certificate' in bundle.verificationMaterial
        ? { subjectAlternativeName: `^${IDENTITY}$` }
        : {}),
    });
    return 'verified';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

describe('@sigstore/verify', () => {
  const folder = temporaryFolder();
  let count = 0;

  afterEach(stopAll);

  const open = (options: Parameters<typeof openSigstoreRig>[1] = {}): Promise<SigstoreRig> =>
    openSigstoreRig(path.join(folder, `log-${count++}`), options);
  const serve = async ({ log }: SigstoreRig, imageHash: Uint8Array): Promise<Served> => {
    const { get } = await startApi({ ports: { ...createMemoryPorts(), sigstore: log } });
    const read = async (name: string): Promise<Response> => {
      const response = await get(`/api/v1/sigstore/${name}`);
      expect(response.status, await response.clone().text()).to.equal(200);
      return response;
    };
    return {
      bundle: (await (await read(formatHex(imageHash))).json()) as SerializedBundle,
      root: await (await read('trusted_root.json')).json(),
      pem: await (await read('key.pem')).text(),
    };
  };

  for (const [mode, options] of [
    ['key', {}],
    ['certificate', { identity: IDENTITY }],
  ] as const) {
    describe(`on bundles in ${mode} mode`, () => {
      let rig: SigstoreRig;
      let served: Served;

      before(async () => {
        rig = await open(options);
        const imageHash = rig.register(PHOTO);
        for (const text of ['before', 'other', 'third']) await rig.log.sign(rig.register(text));
        served = await serve(rig, imageHash);
      });

      it('accepts the photograph', () => {
        expect(judge(served, PHOTO)).to.equal('verified');
      });

      it('accepts it in a log that has grown', async () => {
        const imageHash = createHash('sha256').update(PHOTO).digest();
        for (let i = 0; i < 9; i++) {
          await rig.log.sign(rig.register(`photograph ${i}`));
          expect(judge(await serve(rig, imageHash), PHOTO), `${i}`).to.equal('verified');
        }
      });

      it('refuses another photograph', () => {
        expect(judge(served, 'the bytes of another')).to.equal('SIGNATURE_ERROR');
      });

      it('refuses the bundle of another photograph, and one of which parts are another’s', async () => {
        const other = await serve(rig, rig.register('the bytes of another'));
        const { bundle } = other;
        const mixed = { ...served, bundle: { ...bundle } };
        mixed.bundle.messageSignature = served.bundle.messageSignature!;

        expect(judge(other, 'the bytes of another')).to.equal('verified');
        expect(judge(other, PHOTO)).to.equal('SIGNATURE_ERROR');
        expect(judge(mixed, PHOTO)).to.equal('TIMESTAMP_ERROR');
        const { tlogEntries } = served.bundle.verificationMaterial;
        mixed.bundle.verificationMaterial = { ...bundle.verificationMaterial, tlogEntries };
        expect(judge(mixed, PHOTO)).to.equal('TIMESTAMP_ERROR');
      });

      it('refuses a path with a flipped bit, without a hash, and from another place', () => {
        const changed = (change: (proof: Proof) => Proof): string => {
          const bundle = structuredClone(served.bundle);
          const [entry] = bundle.verificationMaterial.tlogEntries;
          entry!.inclusionProof = change(entry!.inclusionProof!);
          return judge({ ...served, bundle }, PHOTO);
        };

        for (const change of [
          (proof: Proof) => ({ ...proof, hashes: proof.hashes.map(flip) }),
          (proof: Proof) => ({ ...proof, hashes: proof.hashes.slice(1) }),
          (proof: Proof) => ({ ...proof, logIndex: '1' }),
        ]) {
          expect(changed(change)).to.equal('TLOG_INCLUSION_PROOF_ERROR');
        }
      });

      it('refuses an entry that is changed', () => {
        const bundle = structuredClone(served.bundle);
        const [entry] = bundle.verificationMaterial.tlogEntries;
        entry!.canonicalizedBody = Buffer.from(
          Buffer.from(entry!.canonicalizedBody, 'base64').toString().replace('}}}}}}', '}}}}}} '),
        ).toString('base64');

        expect(judge({ ...served, bundle }, PHOTO)).to.equal('TLOG_INCLUSION_PROOF_ERROR');
      });

      it('refuses a checkpoint by another key', async () => {
        const { tlogs } = await rootOfAnother();

        expect(judge({ ...served, root: { ...(served.root as Root), tlogs } }, PHOTO)).to.equal(
          'TLOG_INCLUSION_PROOF_ERROR',
        );
      });

      it('refuses a checkpoint that is changed', () => {
        const bundle = structuredClone(served.bundle);
        const { checkpoint } = bundle.verificationMaterial.tlogEntries[0]!.inclusionProof!;
        checkpoint.envelope = checkpoint.envelope.replace('\n4\n', '\n5\n');

        expect(judge({ ...served, bundle }, PHOTO)).to.equal('TLOG_INCLUSION_PROOF_ERROR');
      });

      it('refuses a token by another authority, and a bundle without one', async () => {
        const { timestampAuthorities } = await rootOfAnother();
        const bundle = structuredClone(served.bundle);
        bundle.verificationMaterial.timestampVerificationData!.rfc3161Timestamps = [];

        expect(
          judge({ ...served, root: { ...(served.root as Root), timestampAuthorities } }, PHOTO),
        ).to.equal('TIMESTAMP_ERROR');
        expect(judge({ ...served, bundle }, PHOTO)).to.equal('TIMESTAMP_ERROR');
      });

      it('refuses one under another CA, or by another key', async () => {
        const { certificateAuthorities } = await rootOfAnother();
        const root = { ...(served.root as Root), certificateAuthorities };
        const pem = createPublicKey(privateKeyOf('P-256')).export({ format: 'pem', type: 'spki' });
        const judged = judge({ ...served, root, pem: pem.toString() }, PHOTO);

        expect(judged).to.equal(mode === 'key' ? 'PUBLIC_KEY_ERROR' : 'CERTIFICATE_ERROR');
      });

      /** What another institution serves, whose log has the same name. */
      async function rootOfAnother(): Promise<Root> {
        const other = await open(options);
        return (await serve(other, other.register(PHOTO))).root as Root;
      }
    });
  }

  it('accepts a bundle of before and one of after a renewal of the time-stamping certificate', async () => {
    const before = await open();
    const first = before.register(PHOTO);
    await before.log.sign(first);
    const { store, keys, ledger } = before;
    const after = await open({ store, keys, ledger, tsa: await issueTsa() });
    const second = after.register('taken later');
    const bundles = [await serve(after, first), await serve(after, second)];

    expect(judge(bundles[0]!, PHOTO)).to.equal('verified');
    expect(judge(bundles[1]!, 'taken later')).to.equal('verified');
    expect((bundles[0]!.root as Root).timestampAuthorities).to.have.length(2);
  });

  for (const kind of ['P-384', 'RSA'] as const) {
    it(`accepts time stamps of an ${kind} key`, async () => {
      const rig = await open({ tsa: await issueTsa({ privateKey: privateKeyOf(kind) }) });

      expect(judge(await serve(rig, rig.register(PHOTO)), PHOTO)).to.equal('verified');
    });
  }

  it('accepts a time stamp whatever the fraction of its second', async () => {
    for (const ms of [0, 1, 10, 100, 120, 999]) {
      const rig = await open({ clock: new FakeClock(STAMP_MS - (STAMP_MS % 1_000) + ms) });

      expect(judge(await serve(rig, rig.register(PHOTO)), PHOTO), `${ms} ms`).to.equal('verified');
    }
  });
});

describe('@sigstore/protobuf-specs', () => {
  const folder = temporaryFolder();

  afterEach(stopAll);

  it('makes requests that are taken, and reads the answers and the leaves', async () => {
    const { log, keys, register } = await openSigstoreRig(path.join(folder, 'log'));
    const imageHash = register(PHOTO);
    const { post } = await startApi({ ports: { ...createMemoryPorts(), sigstore: log } });
    const { secret, publicKey } = keys.signer;
    const content = Buffer.from(signDigest(secret, imageHash));
    const digest = Buffer.from(imageHash);
    const signature = {
      content,
      verifier: {
        verifier: { $case: 'publicKey', publicKey: { rawBytes: Buffer.from(publicKey) } },
        keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
      },
    } as const;
    const request = CreateEntryRequest.toJSON({
      spec: { $case: 'hashedRekordRequestV002', hashedRekordRequestV002: { digest, signature } },
    });
    const response = await post('/api/v2/log/entries', request);
    const answer: unknown = await response.json();
    const entry = TransparencyLogEntry.fromJSON(answer);
    const leaf = JSON.parse(entry.canonicalizedBody.toString()) as unknown;

    expect(response.status, JSON.stringify(answer)).to.equal(201);
    expect(TransparencyLogEntry.toJSON(entry)).to.deep.equal(withoutDefaults(answer));
    expect(Entry.toJSON(Entry.fromJSON(leaf))).to.deep.equal(leaf);
    expect(canonicalize(leaf)).to.equal(entry.canonicalizedBody.toString());
  });

  it('reads the trusted root, and leaves nothing out', async () => {
    const { log } = await openSigstoreRig(path.join(folder, 'other'), { identity: IDENTITY });
    const root = formatTrustedRoot(log.trust());

    expect(TrustedRoot.toJSON(TrustedRoot.fromJSON(root))).to.deep.equal(withoutDefaults(root));
  });
});

describe('openssl', () => {
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder, name);
  const openssl = (...args: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(OPENSSL, args, { encoding: 'utf8' });
    return stdout + stderr;
  };

  before(async () => {
    const { log, register } = await openSigstoreRig(file('log'));
    const imageHash = register(PHOTO);
    const { record, stamp } = await log.sign(imageHash);
    writeFileSync(file('photo'), PHOTO);
    writeFileSync(file('other'), 'the bytes of another');
    writeFileSync(file('digest'), imageHash);
    writeFileSync(file('signature'), record.signature);
    writeFileSync(file('stamp'), stamp);
    writeFileSync(file('key.pem'), formatSignerKey(log.trust()));
  });

  it('verifies the signature by the file, and by its digest alone', () => {
    const key = ['-signature', file('signature')];
    const verified = (name: string): string =>
      openssl('dgst', '-sha256', '-verify', file('key.pem'), ...key, file(name));
    const byDigest = ['-pubin', '-inkey', file('key.pem'), '-sigfile', file('signature')];

    expect(verified('photo')).to.include('Verified OK');
    expect(verified('other')).not.to.include('Verified OK');
    expect(openssl('pkeyutl', '-verify', ...byDigest, '-in', file('digest'))).to.include(
      'Signature Verified Successfully',
    );
  });

  it('verifies the time stamp over the signature, and over nothing else', () => {
    const stamped = (name: string): string =>
      openssl(
        ...['ts', '-verify', '-data', file(name), '-in', file('stamp')],
        ...['-CAfile', file('log/tsa/ca.pem'), '-attime', String(Math.floor(STAMP_MS / 1_000))],
      );

    expect(stamped('signature')).to.include('Verification: OK');
    expect(stamped('photo')).not.to.include('Verification: OK');
  });
});

interface Root {
  readonly tlogs: readonly unknown[];
  readonly timestampAuthorities: readonly unknown[];
  readonly certificateAuthorities: readonly unknown[];
}

type Proof = NonNullable<
  SerializedBundle['verificationMaterial']['tlogEntries'][number]['inclusionProof']
>;

/** A message as Protobuf writes it: zeros and empty lists are left out. */
function withoutDefaults(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutDefaults);
  if (typeof json !== 'object' || json === null) return json;
  const isDefault = (value: unknown): boolean =>
    value === '0' || (Array.isArray(value) && value.length === 0);
  const kept = Object.entries(json).filter(([, value]) => !isDefault(value));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutDefaults(value)]));
}

function flip(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[0]! ^= 1;
  return bytes.toString('base64');
}
