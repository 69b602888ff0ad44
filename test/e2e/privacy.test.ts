/**
 * What an end-to-end run leaves behind for everybody to see: the chain's stored bytes, the public answers and
 * the logs. Nothing in them may tell one camera from another.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';

import { expect } from 'chai';
import { Level } from 'level';

import { concatBytes, formatBase64, formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { parseCameraCertificate } from '../../chain/certificate/certificate.ts';
import { decode, encode } from '../../chain/codec.ts';
import { entrySchema, type ImageEntry } from '../../chain/entry.ts';
import { imageRecordSchema } from '../../chain/record.ts';
import { readKeys } from '../../node/keys.ts';
import { openLevelChainStore } from '../../node/store/levelChainStore.ts';
import type { Camera } from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';
import {
  cameraOf,
  provisionText,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { bodyOf, requestOf } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { entryOf, type Json, WholeNode } from '../support/wholeNode.ts';

const SERIAL = 'SERIAL-0815-4711';
const NAMES = ['one', 'two', 'three', 'four'];
const OTHER_SERIAL = 'SERIAL-0816-4712';
const SHARED_BYTES_MIN = 8;
/** Size of the parts of a certificate that are looked for. */
const PART_BYTES = 32;
/** A client's address in X-Forwarded-For, as a proxy would name it. */
const CLIENT = '198.51.100.77';

/** A secret in every form in which it could stand in bytes or text. */
interface Secret {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Returns where a haystack holds one of the secrets: as bytes, hex, base64 or base64url. */
function findSecrets(haystack: Uint8Array, secrets: readonly Secret[]): readonly string[] {
  const buffer = Buffer.from(haystack);
  return secrets.flatMap(({ what, bytes }) => {
    const raw = Buffer.from(bytes);
    // Base64 of a part has other letters at its edges: the middle of three alignments is looked for.
    const texts = [0, 1, 2].map((skip) => raw.subarray(skip).toString('base64').slice(0, -4));
    const forms: readonly (string | Buffer)[] = [
      raw,
      raw.toString('hex'),
      raw.toString('hex').toUpperCase(),
      ...texts,
      ...texts.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ];
    return forms.some((form) => form.length >= SHARED_BYTES_MIN && buffer.includes(form))
      ? [what]
      : [];
  });
}

/** All keys and values of a LevelDB, one after another. */
async function readRaw(folder: string): Promise<readonly Uint8Array[]> {
  const database = new Level<Uint8Array, Uint8Array>(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  const rows: Uint8Array[] = [];
  for await (const [key, value] of database.iterator()) rows.push(key, value);
  await database.close();
  return rows;
}

/** Substrings of a length that both have, each once, in hex. */
function sharedParts(a: Uint8Array, b: Uint8Array): readonly string[] {
  const partsOf = (bytes: Uint8Array): ReadonlySet<string> => {
    const hex = formatHex(bytes);
    const starts = Array.from({ length: Math.max(0, bytes.length - SHARED_BYTES_MIN + 1) });
    return new Set(starts.map((_, i) => hex.slice(2 * i, 2 * (i + SHARED_BYTES_MIN))));
  };
  const others = partsOf(b);
  return [...partsOf(a)].filter((part) => others.has(part));
}

/**
 * Whether a part is all of a known text but one or two bytes at its side. Of two records, the first byte of a field of
 * random bytes is the same once in 256 times; three such bytes are once in sixteen million.
 */
function isBeside(part: string, text: string): boolean {
  return [2, 4].some(
    (digits) => text.endsWith(part.slice(0, -digits)) || text.startsWith(part.slice(digits)),
  );
}

describe('what a run with several photographs of one camera leaves behind', () => {
  const folder = temporaryFolder();
  const secrets: Secret[] = [];
  const answers: string[] = [];
  let authority: RealAuthority;
  let node: WholeNode;
  let camera: Camera;
  let rows: readonly Uint8Array[];
  let entries: readonly ImageEntry[];

  const learn = (what: string, bytes: Uint8Array | string): void => {
    secrets.push({ what, bytes: typeof bytes === 'string' ? formatUtf8(bytes) : bytes });
  };

  const collect = async (route: string): Promise<void> => {
    const { body } = await node.get(route, { 'x-forwarded-for': CLIENT });
    answers.push(JSON.stringify(body));
  };

  before(async () => {
    authority = await startRealAuthority(path.join(folder, 'authority'));
    node = await WholeNode.start(path.join(folder, 'node'), {
      authorities: [entryOf(authority.registryEntry)],
      params: ['batch_wait_ms=20', 'batch_target=2'],
      environment: { TRUSTED_PROXIES: '127.0.0.0/8' },
    });
    const text = await provisionText(authority, SERIAL);
    camera = cameraOf(text);
    const other = cameraOf(await provisionText(authority, OTHER_SERIAL));
    learnSecrets(JSON.parse(text) as Json);
    await shootAll(other);
    await collectAnswers();
    await node.stop();
    await authority.stop();
    const store = path.join(folder, 'node', 'data', 'chain');
    rows = await readRaw(store);
    entries = await readEntries(store);
  });

  function learnSecrets(provisioning: Json): void {
    const { birthmark, fingerprint } = parseCameraCertificate(camera.der);
    learn('certificate', camera.der);
    // Any part of it would tell, but for its issuer's name, which stands in the registry too.
    const registry = formatHex(concatBytes(...entryOf(authority.registryEntry).caCertificates));
    for (let i = 0; i + PART_BYTES <= camera.der.length; i += PART_BYTES / 2) {
      const part = camera.der.subarray(i, i + PART_BYTES);
      if (!registry.includes(formatHex(part))) learn(`certificate from byte ${i}`, part);
    }
    learn('fingerprint', fingerprint);
    learn('id of the certificate', createHash('sha256').update(camera.der).digest());
    learn('serial number', SERIAL);
    learn('the other serial number', OTHER_SERIAL);
    learn('device key', camera.key.point.subarray(1, 33));
    learn('device key, second half', camera.key.point.subarray(33));
    learn('private key', camera.key.secretKey);
    learn('NUC hash', Buffer.from(String(provisioning['nuc_hash']), 'hex'));
    learn('NUC hash in text', String(provisioning['nuc_hash']));
    if (birthmark.dialect === 'A') learn('encrypted NUC', birthmark.encryptedNuc);
    learn('camera address', CLIENT);
  }

  async function shootAll(other: Camera): Promise<void> {
    const chainId = node.chainId;
    const capturedAt = Math.floor(Date.now() / 1_000);
    const ids: string[] = [];
    for (const [i, name] of NAMES.entries()) {
      const form = i % 2 === 0 ? 3 : 1;
      // Each photograph has its own time, so that none is shared by chance.
      const claims = { capturedAt: capturedAt + 50 * i };
      const request = requestOf(camera, name, { form, chainId, claims });
      learn(`signature of ${name}`, request.signature);
      ids.push(await node.accept(bodyOf(request)));
    }
    const claims = { capturedAt };
    ids.push(await node.accept(bodyOf(requestOf(other, 'other', { chainId, claims }))));
    await node.submit({ ...bodyOf(requestOf(camera, 'bad', { claims })), timestamp: 5 });
    for (const id of ids) {
      const receipt = await node.ended(id);
      expect(receipt['state']).to.equal('committed');
      answers.push(JSON.stringify(receipt));
    }
  }

  async function collectAnswers(): Promise<void> {
    for (const name of NAMES) {
      const hash = formatHex(hashOfText(name));
      await collect(`/api/v1/verify/${hash}`);
      await collect(`/verify/${hash}`);
      await collect(`/api/v1/blockchain/verify/${hash}`);
    }
    const { body } = await node.get('/api/v1/blocks?from=0&limit=100');
    const blocks = body['blocks'] as readonly Json[];
    answers.push(JSON.stringify(body));
    for (const transaction of blocks.flatMap(({ transactions }) => transactions as string[])) {
      await collect(`/api/v1/transactions/${transaction}`);
    }
    for (const route of [
      'status',
      'blockchain/status',
      'validators',
      'authorities',
      'genesis',
      'state',
    ]) {
      await collect(`/api/v1/${route}`);
    }
    await collect('/metrics');
  }

  async function readEntries(store: string): Promise<readonly ImageEntry[]> {
    const chain = await openLevelChainStore(store);
    const size = chain.edge()?.frontier.treeSize ?? 0;
    const all = chain.readEntries({ start: 0, end: size }).map((each) => decode(entrySchema, each));
    await chain.close();
    const hashes = NAMES.map((name) => formatHex(hashOfText(name)));
    return all.flatMap((entry) =>
      entry.kind === 1 && hashes.includes(formatHex(entry.record.imageHash)) ? [entry] : [],
    );
  }

  it('was looked at where there is something to see', () => {
    expect(rows.length).to.be.above(50);
    expect(answers.length).to.be.above(20);
    expect(entries).to.have.length(NAMES.length);
    expect(secrets.length).to.be.above(15);
  });

  it('would show a secret that was there, in any form', () => {
    const certificate = camera.der.subarray(100, 160);
    const haystacks = [
      concatBytes(Uint8Array.of(1, 2), certificate),
      formatUtf8(`x${formatHex(certificate)}`),
      formatUtf8(`y${formatBase64(certificate)}`),
    ];

    for (const haystack of haystacks) expect(findSecrets(haystack, secrets)).to.not.deep.equal([]);
  });

  it('would show more than two bytes beside what records may share', () => {
    const known = '01030290aabbccddeeff';

    expect(isBeside('bbccddeeff112233'.slice(0, 14), known)).to.equal(true);
    expect(isBeside('ccddeeff11223344', known)).to.equal(false);
    expect(isBeside('2233010302', known)).to.equal(true);
    expect(isBeside('112233010302', known)).to.equal(false);
  });

  it('is no camera identifier in the chain’s stored bytes', () => {
    expect(findSecrets(concatBytes(...rows), secrets)).to.deep.equal([]);
  });

  it('is no camera identifier in public answers', () => {
    expect(findSecrets(formatUtf8(answers.join('\n')), secrets)).to.deep.equal([]);
  });

  it('is nothing that two photographs share but authority, aggregator, batch and time', () => {
    for (const [i, a] of entries.entries()) {
      for (const b of entries.slice(i + 1)) {
        const shared = Object.keys(a.record).filter((name) => {
          const key = name as keyof typeof a.record;
          return JSON.stringify(a.record[key]) === JSON.stringify(b.record[key]);
        });
        const usual = ['kind', 'authorityCheck', 'authorityId', 'gpsHash', 'parents', 'digests'];

        expect(usual.concat('signedForm')).to.include.members(shared);
        expect(a.record.deviceCommitment).to.not.deep.equal(b.record.deviceCommitment);
      }
    }
  });

  it('are no eight bytes in a row that two records share but the authority’s id', () => {
    // The id with what stands around it: kind, form and check, its length, the next field's type.
    const id = formatUtf8(entries[0]?.record.authorityId ?? '');
    const allowed = [1, 3].map((form) =>
      formatHex(Uint8Array.of(1, form, 2, 0xa0 + id.length, ...id, 0xc4, 0x20)),
    );
    for (const [i, a] of entries.entries()) {
      for (const b of entries.slice(i + 1)) {
        const [left, right] = [a, b].map(({ record }) => encode(imageRecordSchema, record));
        const parts = sharedParts(left ?? new Uint8Array(), right ?? new Uint8Array());

        const isAllowed = (part: string): boolean =>
          allowed.some((text) => text.includes(part) || isBeside(part, text));
        expect(parts.filter((part) => !isAllowed(part))).to.deep.equal([]);
      }
    }
  });

  it('is no secret, certificate, serial number or address in the logs', () => {
    const lines = [...node.captured.lines, ...authority.captured.lines].join('');

    expect(lines.length).to.be.above(0);
    expect(findSecrets(formatUtf8(lines), secrets)).to.deep.equal([]);
    expect(lines).to.not.match(/PRIVATE KEY|BEGIN CERTIFICATE|127\.0\.0\.1"/);
  });

  it('is no key of the node in its logs and answers', async () => {
    const keys = await readKeys(path.join(folder, 'node', 'keys'));
    const own = Object.entries(keys).map(([what, bytes]): Secret => ({ what, bytes }));
    const told = [...answers, ...node.captured.lines].join('\n');

    expect(findSecrets(formatUtf8(told), own)).to.deep.equal([]);
    expect(findSecrets(concatBytes(...rows), own)).to.deep.equal([]);
  });
});
