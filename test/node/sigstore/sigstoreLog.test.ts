/** An institution's Sigstore log; that clients take what it makes, `test/conformance` says. */
import { generateKeyPairSync, sign, verify, createPublicKey } from 'node:crypto';
import path from 'node:path';

import { sha256 } from '#crypto';
import { expect } from 'chai';

import { ApiError } from '../../../api/errors.ts';
import type { SigstoreEntry } from '../../../api/ports.ts';
import { concatBytes, formatUtf8 } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import { parseSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { checkNote } from '../../../chain/log/note.ts';
import { decodeEntryBundle } from '../../../chain/log/tilePath.ts';
import { createVerifierKey, KEY_TYPE, type VerifierKey } from '../../../chain/log/verifierKey.ts';
import { checkInclusion, leafHash } from '../../../chain/merkle.ts';
import { RECORD_KIND } from '../../../chain/record.ts';
import { signDigest } from '../../../chain/sigstore/digestSignature.ts';
import type { HashedRekord } from '../../../chain/sigstore/hashedRekord.ts';
import { beginLog, RowLogStore } from '../../../node/sigstore/rowLogStore.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import type { RowChange } from '../../../node/store/rows.ts';
import { decodeReply } from '../../../node/timestamp/reply.ts';
import { digestOf } from '../../../node/timestamp/tstInfo.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { openSigstoreRig, type SigstoreRig } from '../../support/sigstoreRig.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { STAMP_MS } from '../../support/testTsa.ts';

const PHOTO = 'a photograph';
const DAY_MS = 86_400_000;
/** The order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

describe('a Sigstore log', () => {
  const folder = temporaryFolder();
  let count = 0;
  let rig: SigstoreRig;

  const open = (options: Parameters<typeof openSigstoreRig>[1] = {}): Promise<SigstoreRig> =>
    openSigstoreRig(path.join(folder, `log-${count++}`), options);
  beforeEach(async () => {
    rig = await open();
  });

  /** What an entry claims, checked: that the log holds it, and who says so. */
  const check = (entry: SigstoreEntry, { log }: SigstoreRig = rig): void => {
    const { logIndex: index, treeSize, root, hashes, leaf } = entry;
    checkInclusion({ index, treeSize, root, leafHash: leafHash(leaf) }, hashes);
    const checkpoint = parseSignedCheckpoint(entry.checkpoint);
    checkNote(checkpoint.note, [keyOf(log.trust())]);
    expect(checkpoint).to.deep.include({ origin: log.trust().origin, treeSize, root });
  };
  /** `taken`, or the code of the refusal. */
  const outcome = async (asked: Promise<unknown>): Promise<string> => {
    try {
      await asked;
      return 'taken';
    } catch (error) {
      if (error instanceof ApiError || error instanceof ChainError) return error.code;
      throw error;
    }
  };
  const recordOf = (digest: Uint8Array, change: Partial<HashedRekord> = {}): HashedRekord => {
    const { secret, verifier } = rig.keys.signer;
    return { digest, signature: signDigest(secret, digest), verifier, ...change };
  };

  describe('that is asked for a photograph', () => {
    it('signs it, with a time and a place in its tree', async () => {
      const imageHash = rig.register(PHOTO);
      expect(rig.log.find(imageHash)).to.equal(undefined);
      const entry = await rig.log.sign(imageHash);
      const { publicKey, verifier } = rig.keys.signer;
      const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });

      expect(entry.record).to.deep.include({ digest: imageHash, verifier });
      expect(verify('sha256', formatUtf8(PHOTO), key, entry.record.signature)).to.equal(true);
      expect([entry.logIndex, entry.treeSize]).to.deep.equal([0, 1]);
      check(entry);
      expect(rig.log.find(imageHash)).to.deep.equal(entry);
    });

    it('stamps the signature’s bytes with the last whole second', async () => {
      const { record, stamp } = await rig.log.sign(rig.register(PHOTO));
      const reply = decodeReply(stamp);
      if (reply.status !== 'granted') throw new Error('no token');

      expect(digestOf(reply.info.imprint)).to.deep.equal(sha256(record.signature));
      expect(reply.info.timeMs).to.equal(STAMP_MS - 250);
    });

    it('makes one entry, however often and by however many it is asked', async () => {
      const imageHash = rig.register(PHOTO);
      const entries = await Promise.all([1, 2, 3].map(() => rig.log.sign(imageHash)));

      for (const entry of entries) expect(entry).to.deep.equal(entries[0]);
      expect(rig.store.frontier().treeSize).to.equal(1);
    });

    it('gives an old entry the proof of the newest tree', async () => {
      const hashes = Array.from({ length: 9 }, (_, i) => rig.register(`photograph ${i}`));
      for (const hash of hashes) await rig.log.sign(hash);

      for (const [i, hash] of hashes.entries()) {
        const entry = rig.log.find(hash)!;
        expect([entry.logIndex, entry.treeSize]).to.deep.equal([i, 9]);
        check(entry);
      }
    });

    it('refuses what is not registered, and an edit', async () => {
      const edit = rig.register('an edit', { kind: RECORD_KIND.edit });

      expect(await outcome(rig.log.sign(sha256(formatUtf8(PHOTO))))).to.equal('ERR_NOT_FOUND');
      expect(await outcome(rig.log.sign(edit))).to.equal('ERR_NOT_ORIGINAL');
      expect(rig.store.frontier().treeSize).to.equal(0);
    });

    it('goes by the first registration, which is the chain’s answer', async () => {
      const imageHash = rig.register(PHOTO, { kind: RECORD_KIND.edit });
      rig.ledger.commit(
        [{ ...rig.ledger.findRegistrations(imageHash)[0]!.entry.record, kind: 1 }],
        1,
      );

      expect(await outcome(rig.log.sign(imageHash))).to.equal('ERR_NOT_ORIGINAL');
    });

    it('signs one of an early camera, which is an original too', async () => {
      const imageHash = rig.register(PHOTO, { kind: RECORD_KIND.legacy });

      expect(await outcome(rig.log.sign(imageHash))).to.equal('taken');
    });

    it('refuses for the moment where 64 wait', async () => {
      const hashes = Array.from({ length: 65 }, (_, i) => rig.register(`photograph ${i}`));
      const outcomes = await Promise.all(hashes.map((hash) => outcome(rig.log.sign(hash))));

      expect(outcomes.filter((each) => each === 'ERR_NOT_READY')).to.deep.equal(['ERR_NOT_READY']);
      expect(outcomes.at(-1)).to.equal('ERR_NOT_READY');
      expect(await outcome(rig.log.sign(hashes[64]!))).to.equal('taken');
    });

    it('writes nothing where no time stamp can be made, and goes on when one can', async () => {
      // The time-stamping certificate begins a day later.
      const clock = new FakeClock(STAMP_MS - 2 * DAY_MS);
      rig = await open({ clock });
      const imageHash = rig.register(PHOTO);

      expect(await outcome(rig.log.sign(imageHash))).to.equal('ERR_NOT_READY');
      expect(rig.store.frontier().treeSize).to.equal(0);
      expect(rig.faults).to.deep.equal([]);
      await clock.advance(2 * DAY_MS);
      expect(await outcome(rig.log.sign(imageHash))).to.equal('taken');
    });

    it('has the node stop where the log cannot be written', async () => {
      const rows = new FillingRows();
      await beginLog(rows, rig.keys.logKey);
      rig = await open({ store: RowLogStore.open(rows)!, keys: rig.keys });
      rows.isFull = true;
      const error: unknown = await rig.log
        .sign(rig.register(PHOTO))
        .catch((thrown: unknown) => thrown);

      expect(error).to.be.instanceOf(Error).with.property('message', 'the disk is full');
      expect(rig.faults).to.deep.equal([error]);
    });
  });

  describe('that is sent a signature', () => {
    it('takes one by the institution’s key, and gives the same entry for it again', async () => {
      const record = recordOf(rig.register(PHOTO));
      const entry = await rig.log.append(record);

      check(entry);
      expect(entry.record).to.deep.equal(record);
      expect(await rig.log.append(record)).to.deep.equal(entry);
      expect(await rig.log.sign(record.digest)).to.deep.equal(entry);
    });

    it('refuses another signature over the same photograph, also the other half of one', async () => {
      const record = recordOf(rig.register(PHOTO));
      await rig.log.sign(record.digest);
      const other = otherHalf(record.signature);

      expect(await outcome(rig.log.append({ ...record, signature: other }))).to.equal('ERR_LOGGED');
      expect(rig.store.frontier().treeSize).to.equal(1);
    });

    it('refuses a stranger’s, whose signature is right', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const digest = rig.register(PHOTO);
      const signature = new Uint8Array(sign('sha256', formatUtf8(PHOTO), privateKey));
      const rawBytes = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
      const verifier = { kind: 'publicKey', rawBytes } as const;

      expect(await outcome(rig.log.append({ digest, signature, verifier }))).to.equal(
        'ERR_UNKNOWN_SIGNER',
      );
    });

    it('refuses the institution’s key under another kind of name', async () => {
      const { rawBytes } = rig.keys.signer.verifier;
      const verifier = { kind: 'x509Certificate', rawBytes } as const;
      const record = recordOf(rig.register(PHOTO), { verifier });

      expect(await outcome(rig.log.append(record))).to.equal('ERR_UNKNOWN_SIGNER');
    });

    it('refuses one over another digest, and one that is broken', async () => {
      const digest = rig.register(PHOTO);
      const other = signDigest(rig.keys.signer.secret, rig.register('another'));

      for (const signature of [other, new Uint8Array(70), other.subarray(1)]) {
        expect(await outcome(rig.log.append(recordOf(digest, { signature })))).to.equal(
          'ERR_SIGNATURE',
        );
      }
    });

    it('refuses one over what is not registered, and over an edit', async () => {
      const edit = rig.register('an edit', { kind: RECORD_KIND.edit });
      const unknown = sha256(formatUtf8('unknown'));

      expect(await outcome(rig.log.append(recordOf(unknown)))).to.equal('ERR_NOT_FOUND');
      expect(await outcome(rig.log.append(recordOf(edit)))).to.equal('ERR_NOT_ORIGINAL');
    });
  });

  describe('with a certificate', () => {
    const identity = 'https://museum.example';

    it('names it in entries, and its CA as what is to be trusted', async () => {
      rig = await open({ identity });
      const entry = await rig.log.sign(rig.register(PHOTO));
      const [own, ...issuers] = rig.keys.signer.chain!.certificates;

      expect(entry.record.verifier).to.deep.equal({ kind: 'x509Certificate', rawBytes: own });
      const { certificateAuthorities } = rig.log.trust();
      expect(certificateAuthorities.map(({ certificates }) => certificates)).to.deep.equal([
        issuers,
      ]);
    });

    it('makes a new entry for a photograph that was signed under the key alone', async () => {
      const imageHash = rig.register(PHOTO);
      await rig.log.sign(imageHash);
      const { store, ledger } = rig;
      const { keys: certified } = await open({ identity });
      const { logKey, signLog } = rig.keys;
      const after = await open({ store, ledger, keys: { ...certified, logKey, signLog } });

      expect(after.log.find(imageHash)).to.equal(undefined);
      const entry = await after.log.sign(imageHash);
      expect(entry.logIndex).to.equal(1);
      check(entry, after);
      expect(rig.log.find(imageHash)?.logIndex).to.equal(0);
    });

    it('signs nothing once that has ended', async () => {
      const clock = new FakeClock(STAMP_MS);
      rig = await open({ identity, clock });
      const { signer } = rig.keys;
      const chain = { ...signer.chain!, notAfterMs: STAMP_MS - 1 };
      rig = await open({ clock, keys: { ...rig.keys, signer: { ...signer, chain } } });

      expect(await outcome(rig.log.sign(rig.register(PHOTO)))).to.equal('ERR_NOT_READY');
    });
  });

  describe('that is read', () => {
    it('has a signed head before its first entry', () => {
      const checkpoint = parseSignedCheckpoint(rig.log.checkpoint());

      checkNote(checkpoint.note, [keyOf(rig.log.trust())]);
      expect(checkpoint.treeSize).to.equal(0);
      expect(checkpoint.root).to.deep.equal(sha256(new Uint8Array()));
    });

    it('serves tiles and entries up to its size, and no others', async () => {
      const entries: SigstoreEntry[] = [];
      for (let i = 0; i < 3; i++) entries.push(await rig.log.sign(rig.register(`${i}`)));
      const leaves = entries.map(({ leaf }) => leaf);
      const readTile = rig.log.readTile.bind(rig.log);
      const bundle = readTile({ kind: 'entries', index: 0, width: 3 });

      expect(decodeEntryBundle(bundle!, 3)).to.deep.equal(leaves);
      expect(readTile({ kind: 'hashes', level: 0, index: 0, width: 3 })).to.deep.equal(
        concatBytes(...leaves.map(leafHash)),
      );
      expect(readTile({ kind: 'hashes', level: 0, index: 0, width: 2 })).to.have.length(64);
      expect(readTile({ kind: 'entries', index: 0, width: 4 })).to.equal(undefined);
      expect(readTile({ kind: 'hashes', level: 1, index: 0, width: 1 })).to.equal(undefined);
      expect(readTile({ kind: 'hashes', level: 0, index: 1, width: 1 })).to.equal(undefined);
    });

    it('has the name of the institution in its network, and begins when the chain began', () => {
      const { origin, institution, validFromMs } = rig.log.trust();

      expect(origin).to.match(/^museum\.[0-9a-f]{16}\.birthmark\.test$/);
      expect(institution).to.equal('museum');
      expect(validFromMs).to.equal(1_760_000_000_000);
    });
  });

  it('is never signed with another key than its own', async () => {
    const { keys } = await open();
    const { store } = rig;

    expect(
      await open({ store, keys }).catch((error: unknown) => (error as Error).message),
    ).to.match(/a log is signed with its own key/);
  });
});

/** Rows on a disk that is full when a test says so. */
class FillingRows extends MemoryRows {
  isFull = false;

  override async write(changes: readonly RowChange[]): Promise<void> {
    if (this.isFull) throw new Error('the disk is full');
    await super.write(changes);
  }
}

function keyOf({ origin, logKey }: ReturnType<SigstoreRig['log']['trust']>): VerifierKey {
  return createVerifierKey(KEY_TYPE.ed25519, origin, logKey);
}

/** The signature with n - s in place of s, which verifies as well. */
function otherHalf(der: Uint8Array): Uint8Array {
  const sStart = 4 + (der[3] ?? 0);
  const r = der.subarray(2, sStart);
  const s = BigInt(`0x${Buffer.from(der.subarray(sStart + 2)).toString('hex')}`);
  const digits = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex');
  const zeros = digits.findIndex((byte) => byte !== 0);
  const shortest = digits.subarray(zeros);
  const integer = (shortest[0] ?? 0) > 0x7f ? Uint8Array.of(0, ...shortest) : shortest;
  const body = concatBytes(r, Uint8Array.of(0x02, integer.length), integer);
  return concatBytes(Uint8Array.of(0x30, body.length), body);
}
