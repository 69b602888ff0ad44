import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes, formatBase64, formatUtf8, parseUtf8 } from '../../../chain/bytes.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import { formatSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { findQuorum, NO_QUORUM } from '../../../chain/log/policy.ts';
import { formatTlogProof, parseTlogProof, type TlogProof } from '../../../chain/log/tlogProof.ts';
import {
  checkLogSignature,
  checkQuorum,
  cosignersOf,
  trimToQuorum,
} from '../../../chain/log/trust.ts';
import { bytesOf, codeOf, hashOfText } from '../../support/chainValues.ts';
import {
  checkpointOf,
  COSIGNED_AT_S,
  cosignerOf,
  flipBit,
  IMAGE_ENTRY,
  LOG_SIGNER,
  namesOf,
  networkPolicy,
  proofOf,
} from '../../support/logRig.ts';

const PROOF = proofOf({ treeSize: 300, entry: IMAGE_ENTRY, index: 137, cosigners: namesOf(3) });
const TEXT = parseUtf8(formatTlogProof(PROOF));
const NOTE = parseUtf8(formatSignedCheckpoint(PROOF.checkpoint));
const HASH_LINE = `${formatBase64(hashOfText('a hash'))}\n`;

function codeOfText(text: string): string {
  return codeOf(() => parseTlogProof(formatUtf8(text)));
}

/** A proof's text with these lines before its checkpoint. */
function withHead(head: string): string {
  return `c2sp.org/tlog-proof@v1\n${head}\n${NOTE}`;
}

describe('an offline proof', () => {
  it('is a line for each of its parts, and the checkpoint as it stands', () => {
    const lines = TEXT.split('\n');

    expect(lines.slice(0, 3)).to.deep.equal([
      'c2sp.org/tlog-proof@v1',
      `extra ${formatBase64(PROOF.extra!)}`,
      'index 137',
    ]);
    expect(lines.slice(3, 12)).to.deep.equal(PROOF.hashes.map(formatBase64));
    expect(lines.slice(12).join('\n')).to.equal(`\n${NOTE}`);
  });

  it('has about one and a half kilobytes with its entry', () => {
    expect(TEXT).to.have.length.within(1_000, 2_000);
  });

  it('reads back', () => {
    const proofs: TlogProof[] = [
      PROOF,
      { ...PROOF, extra: undefined },
      { ...PROOF, extra: new Uint8Array() },
      { ...PROOF, extra: bytesOf(65_535, 1) },
      { ...PROOF, hashes: [] },
      { ...PROOF, hashes: new Array<Uint8Array>(63).fill(hashOfText('a hash')) },
      { ...PROOF, index: Number.MAX_SAFE_INTEGER },
    ];
    for (const [i, proof] of proofs.entries()) {
      expect(parseTlogProof(formatTlogProof(proof)), `${i}`).to.deep.equal(proof);
    }
  });

  it('keeps the extensions of its checkpoint, which are signed', () => {
    const text = TEXT.replace(PROOF.checkpoint.note.text, (all) => `${all}extension\n`);
    const proof = parseTlogProof(formatUtf8(text));

    expect(parseUtf8(formatTlogProof(proof))).to.equal(text);
    expect(proof.checkpoint.note.text).to.match(/\nextension\n$/);
  });

  const malformed: Readonly<Record<string, string>> = {
    'no bytes': '',
    'no first line': TEXT.slice(TEXT.indexOf('\n') + 1),
    'another version': TEXT.replace('@v1', '@v2'),
    'a space behind the version': TEXT.replace('@v1\n', '@v1 \n'),
    'an empty line before it': `\n${TEXT}`,
    'no index': withHead(HASH_LINE),
    'an index behind the hashes': withHead(`${HASH_LINE}index 1\n`),
    'an index without a number': withHead('index \n'),
    'an index with a leading zero': withHead('index 01\n'),
    'a negative index': withHead('index -1\n'),
    'an index of 2^53': withHead('index 9007199254740992\n'),
    'two spaces before the index': withHead('index  1\n'),
    'two indexes': withHead('index 1\nindex 1\n'),
    'what it carries behind the index': withHead('index 1\nextra AA==\n'),
    'two things that it carries': withHead('extra AA==\nextra AA==\nindex 1\n'),
    'what it carries not in base64': withHead('extra ?\nindex 1\n'),
    'what it carries without padding': withHead('extra AA\nindex 1\n'),
    'a hash of 31 bytes': withHead(`index 1\n${formatBase64(bytesOf(31, 1))}\n`),
    'a hash of 33 bytes': withHead(`index 1\n${formatBase64(bytesOf(33, 1))}\n`),
    'a hash not in base64': withHead(`index 1\n${'?'.repeat(44)}\n`),
    'a space behind a hash': withHead(`index 1\n${HASH_LINE.trim()} \n`),
    'two empty lines before the checkpoint': withHead('index 1\n\n'),
    'no empty line before the checkpoint': `c2sp.org/tlog-proof@v1\nindex 1\n${NOTE}`,
    'no checkpoint': 'c2sp.org/tlog-proof@v1\nindex 1\n\n',
    'a checkpoint without signatures': `c2sp.org/tlog-proof@v1\nindex 1\n\n${PROOF.checkpoint.note.text}`,
    'a note that is no checkpoint': 'c2sp.org/tlog-proof@v1\nindex 1\n\ntext\n\n— a AAAAAAE=\n',
    'something behind it': `${TEXT}\n`,
    'carriage returns': TEXT.replaceAll('\n', '\r\n'),
  };
  for (const [name, text] of Object.entries(malformed)) {
    it(`is refused with ${name}`, () => expect(codeOfText(text)).to.equal('ERR_MALFORMED'));
  }

  it('has up to 63 hashes, and carries up to 65,535 bytes', () => {
    const extra = (size: number): string =>
      withHead(`extra ${formatBase64(bytesOf(size, 1))}\nindex 1\n`);

    expect(codeOfText(withHead(`index 1\n${HASH_LINE.repeat(63)}`))).to.equal('accepted');
    expect(codeOfText(withHead(`index 1\n${HASH_LINE.repeat(64)}`))).to.equal('ERR_LIMIT');
    expect(codeOfText(extra(65_535))).to.equal('accepted');
    expect(codeOfText(extra(65_536))).to.equal('ERR_LIMIT');
  });

  it('has up to 360,448 bytes', () => {
    expect(codeOf(() => parseTlogProof(bytesOf(360_448, 0x0a)))).to.equal('ERR_MALFORMED');
    expect(codeOf(() => parseTlogProof(bytesOf(360_449, 0x0a)))).to.equal('ERR_LIMIT');
  });

  it('of our own that breaks a rule stops the node', () => {
    const hashes = new Array<Uint8Array>(64).fill(hashOfText('a hash'));

    expect(() => formatTlogProof({ ...PROOF, hashes })).to.throw(InvariantError);
    expect(() => formatTlogProof({ ...PROOF, extra: bytesOf(65_536, 0) })).to.throw(InvariantError);
  });

  it('formats back to its bytes, or is refused, whatever they are', () => {
    const pieces = fc.constantFrom(
      'c2sp.org/tlog-proof@v1\n',
      'extra ',
      'AA==\n',
      'index ',
      '1\n',
      HASH_LINE,
      '\n',
      NOTE,
    );
    const texts = fc.oneof(
      fc.array(pieces).map((some) => some.join('')),
      fc.array(pieces).map((some) => withHead(some.join(''))),
    );
    const flipped = fc
      .nat(formatUtf8(TEXT).length * 8 - 1)
      .map((bit) => flipBit(formatUtf8(TEXT), bit));
    fc.assert(
      fc.property(fc.oneof(texts.map(formatUtf8), flipped, fc.uint8Array()), (bytes) => {
        const code = codeOf(() =>
          expect(formatTlogProof(parseTlogProof(bytes))).to.deep.equal(bytes),
        );
        expect(code).to.be.oneOf(['accepted', 'ERR_MALFORMED', 'ERR_LIMIT']);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a checkpoint under a policy', () => {
  const policy = networkPolicy(4);
  const tree = { treeSize: 300, root: hashOfText('root') };
  const names = policy.witnesses.map(({ name }) => name);

  it('is of the log that the policy trusts, and signed by it', () => {
    const { note, origin } = checkpointOf(tree, []);
    const [line] = note.signatures;
    const unsigned = { ...note, signatures: [cosign(note.text, 1, cosignerOf('v0'))] };
    const broken = { ...note, signatures: [{ ...line!, signature: flipBit(line!.signature, 1) }] };

    expect(codeOf(() => checkLogSignature({ origin, note }, policy))).to.equal('accepted');
    expect(codeOf(() => checkLogSignature({ origin: 'other', note }, policy))).to.equal(
      'ERR_UNKNOWN_LOG',
    );
    expect(codeOf(() => checkLogSignature({ origin, note: unsigned }, policy))).to.equal(
      'ERR_UNKNOWN_SIGNER',
    );
    expect(codeOf(() => checkLogSignature({ origin, note: broken }, policy))).to.equal(
      'ERR_SIGNATURE',
    );
  });

  it('names its cosigners in the order of the policy, strangers left out', () => {
    const { note } = checkpointOf(tree, ['v3', 'stranger', 'v1']);

    expect(cosignersOf(note, policy)).to.deep.equal([
      { name: names[1], timeS: COSIGNED_AT_S + 2 },
      { name: names[3], timeS: COSIGNED_AT_S },
    ]);
  });

  it('counts a cosigner once, at the earliest of its times', () => {
    const { note } = checkpointOf(tree, ['v0']);
    const again = [5, COSIGNED_AT_S + 9].map((timeS) => cosign(note.text, timeS, cosignerOf('v0')));
    const cosigners = cosignersOf({ ...note, signatures: [...note.signatures, ...again] }, policy);

    expect(cosigners).to.deep.equal([{ name: names[0], timeS: 5 }]);
    expect(codeOf(() => checkQuorum(cosigners, policy))).to.equal('ERR_QUORUM');
  });

  it('is rejected with one broken cosignature of a witness beside a quorum', () => {
    const { note } = checkpointOf(tree, namesOf(4));
    const last = note.signatures[4]!;
    const signatures = note.signatures.with(4, { ...last, signature: flipBit(last.signature, 99) });

    expect(codeOf(() => cosignersOf({ ...note, signatures }, policy))).to.equal('ERR_SIGNATURE');
  });

  it('has its quorum at the time of the last cosigner that it takes', () => {
    const at = (times: readonly number[]): readonly { name: string; timeS: number }[] =>
      times.map((timeS, i) => ({ name: names[i]!, timeS }));

    expect(checkQuorum(at([10, 30, 20]), policy)).to.equal(30);
    expect(checkQuorum(at([10, 30, 20, 15]), policy)).to.equal(20);
    expect(checkQuorum(at([10, 30, 20, 99]), policy)).to.equal(30);
    expect(codeOf(() => checkQuorum(at([10, 30]), policy))).to.equal('ERR_QUORUM');
  });

  it('has no time where nobody has to cosign', () => {
    const free = { ...policy, quorum: NO_QUORUM };

    expect(checkQuorum([], free)).to.equal(undefined);
    expect(checkQuorum([{ name: names[0]!, timeS: 4 }], free)).to.equal(undefined);
  });

  it('is trimmed to the log and a quorum, which verify', () => {
    const signed = checkpointOf(tree, ['stranger', ...namesOf(4), 'v0']);
    const trimmed = trimToQuorum(signed, policy);

    expect(trimmed.note.signatures).to.have.length(1 + 3);
    expect(trimmed.note.signatures[0]?.name).to.equal(LOG_SIGNER.key.name);
    expect(trimmed.note.text).to.equal(signed.note.text);
    const kept = cosignersOf(trimmed.note, policy).map(({ name }) => name);
    expect(findQuorum(policy, new Set(kept))?.size).to.equal(3);
    expect(codeOf(() => checkLogSignature(trimmed, policy))).to.equal('accepted');
  });

  it('is trimmed to the log alone where nobody has to cosign', () => {
    const trimmed = trimToQuorum(checkpointOf(tree, namesOf(2)), { ...policy, quorum: NO_QUORUM });

    expect(trimmed.note.signatures.map(({ name }) => name)).to.deep.equal([LOG_SIGNER.key.name]);
  });

  it('is not trimmed where it does not hold', () => {
    const signed = checkpointOf(tree, namesOf(3));
    const unsigned = {
      ...signed,
      note: { ...signed.note, signatures: signed.note.signatures.slice(1) },
    };

    expect(codeOf(() => trimToQuorum(checkpointOf(tree, namesOf(2)), policy))).to.equal(
      'ERR_QUORUM',
    );
    expect(codeOf(() => trimToQuorum(unsigned, policy))).to.equal('ERR_UNKNOWN_SIGNER');
  });

  it('of a hundred validators is trimmed to what a note may hold', () => {
    const trimmed = trimToQuorum(checkpointOf(tree, namesOf(99)), networkPolicy(100));

    expect(trimmed.note.signatures).to.have.length(1 + 67);
    expect(
      codeOf(() =>
        parseTlogProof(
          concatBytes(
            formatUtf8('c2sp.org/tlog-proof@v1\nindex 1\n\n'),
            formatSignedCheckpoint(trimmed),
          ),
        ),
      ),
    ).to.equal('accepted');
  });
});
