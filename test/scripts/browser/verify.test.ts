/** The offline check for pages: what it takes, how it reads files, and what it does with anything else. */
import { expect } from 'chai';

import { sha256 } from '#crypto';

import { formatHex, formatUtf8, parseUtf8 } from '../../../chain/bytes.ts';
import { hashFile, type Question, verify } from '../../../scripts/browser/verify.ts';
import { policyOfGenesis } from '../../../scripts/cli/trust.ts';
import { GENESIS } from '../../support/genesisValues.ts';
import { PHOTOGRAPH, PROOF_BYTES } from '../../support/provenPhotograph.ts';

const POLICY = policyOfGenesis(GENESIS);
const QUESTION: Question = { file: PHOTOGRAPH, proof: PROOF_BYTES, policy: POLICY };
const HASH = formatHex(sha256(PHOTOGRAPH));

/** The verdict, or its code where it is no. */
async function judge(question: Partial<Question>): Promise<string> {
  const verdict = await verify({ ...QUESTION, ...question });
  return verdict.verdict === 'not_verified' ? verdict.code : verdict.verdict;
}

const blobOf = (bytes: Uint8Array): Blob => new Blob([new Uint8Array(bytes)]);

/** A file whose pieces a test gives; it counts how many were taken. */
class PiecedFile extends Blob {
  taken = 0;
  cancelled = false;
  readonly #pieces: readonly Uint8Array<ArrayBuffer>[];

  constructor(pieces: readonly Uint8Array<ArrayBuffer>[]) {
    super([]);
    this.#pieces = pieces;
  }

  override stream(): ReturnType<Blob['stream']> {
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: (controller) => {
          const piece = this.#pieces[this.taken];
          this.taken += 1;
          if (piece === undefined) controller.close();
          else controller.enqueue(piece);
        },
        cancel: () => {
          this.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
  }
}

describe('the offline check in a page', () => {
  const photographs: readonly (readonly [string, Question['file']])[] = [
    ['a file', blobOf(PHOTOGRAPH)],
    ['bytes', PHOTOGRAPH],
    ['a hash', HASH],
    ['a hash in upper case', HASH.toUpperCase()],
    ['none', undefined],
  ];
  for (const [what, file] of photographs) {
    it(`takes a photograph as ${what}`, async () => {
      expect(await judge({ file })).to.equal('registered_original');
    });
  }

  it('takes proof and policy as files, bytes and texts', async () => {
    for (const take of [blobOf, (bytes: Uint8Array) => bytes, parseUtf8]) {
      const question = { proof: take(PROOF_BYTES), policy: take(POLICY) };
      expect(await judge(question), take.name).to.equal('registered_original');
    }
  });

  it('says of a file that it was hashed, and of a hash that it was given', async () => {
    const [ofFile, ofHash] = await Promise.all([
      verify({ ...QUESTION, file: blobOf(PHOTOGRAPH) }),
      verify({ ...QUESTION, file: HASH }),
    ]);

    expect(ofFile.steps[0]?.detail).to.equal(`SHA-256 of the file is ${HASH}`);
    expect(ofHash.steps[0]?.detail).to.equal(`the hash is ${HASH}`);
  });

  it('says no to another file, and to what is no proof or no policy', async () => {
    expect(await judge({ file: blobOf(formatUtf8('another')) })).to.equal('ERR_IMAGE_HASH');
    expect(await judge({ file: blobOf(new Uint8Array()) })).to.equal('ERR_IMAGE_HASH');
    expect(await judge({ proof: '' })).to.equal('ERR_MALFORMED');
    expect(await judge({ policy: 'trust me\n' })).to.equal('ERR_POLICY');
  });

  it('takes a proof and a policy of no more than they may have, however they come', async () => {
    const long = new Uint8Array(4_000_000).fill(0x61);
    for (const take of [blobOf, (bytes: Uint8Array) => bytes, parseUtf8]) {
      expect(await judge({ proof: take(long) }), `proof, ${take.name}`).to.equal('ERR_LIMIT');
      expect(await judge({ policy: take(long) }), `policy, ${take.name}`).to.equal('ERR_LIMIT');
    }
  });

  it('rejects arguments of other types with what would be right', async () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ ...QUESTION, file: 'photo.jpg' }, /file is none of a Blob, a Uint8Array and 64 hex/],
      [{ ...QUESTION, file: new ArrayBuffer(3) }, /file is none of/],
      [{ ...QUESTION, file: null }, /file is none of/],
      [{ ...QUESTION, proof: 42 }, /proof is none of a Blob, a Uint8Array and a text/],
      [{ ...QUESTION, policy: undefined }, /policy is none of/],
    ];
    for (const [question, sentence] of wrong) {
      const error: unknown = await verify(question as Question).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(TypeError);
      expect(String(error)).to.match(sentence);
    }
  });
});

describe('the hash of a file in a page', () => {
  it('is the same however the file is cut into pieces', async () => {
    const bytes = Uint8Array.from({ length: 1_000 }, (_, i) => i & 0xff);
    for (const size of [1, 63, 64, 65, 999, 1_000, 1_001]) {
      const count = Math.ceil(bytes.length / size);
      const pieces = Array.from({ length: count }, (_, i) => bytes.slice(i * size, (i + 1) * size));
      expect(await hashFile(new PiecedFile(pieces)), `${size}`).to.deep.equal(sha256(bytes));
    }
  });

  it('is read piece by piece, and no more once its reader has given up', async () => {
    const aborted = new AbortController();
    const file = new PiecedFile(Array.from({ length: 1_000 }, () => new Uint8Array(10)));
    const reading = hashFile(file, aborted.signal);
    aborted.abort(new Error('enough'));
    const error: unknown = await reading.catch((reason: unknown) => reason);

    expect(String(error)).to.include('enough');
    expect(file.taken).to.be.below(5);
    expect(file.cancelled).to.equal(true);
  });

  it('is none where the file cannot be read', async () => {
    const file = new PiecedFile([]);
    file.stream = (): never => {
      throw new Error('gone');
    };
    const error: unknown = await hashFile(file).catch((reason: unknown) => reason);

    expect(String(error)).to.include('gone');
  });
});
