import { ed25519PublicKey } from '#crypto';
import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes, formatBase64, formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import {
  type Checkpoint,
  formatCheckpoint,
  formatSignedCheckpoint,
  originOf,
  parseCheckpoint,
  parseSignedCheckpoint,
} from '../../../chain/log/checkpoint.ts';
import { checkCosignatures, cosign, cosignatureMessage } from '../../../chain/log/cosignature.ts';
import { checkNote, type Note, type NoteSignature } from '../../../chain/log/note.ts';
import { createVerifierKey, encodeKeyId, KEY_TYPE } from '../../../chain/log/verifierKey.ts';
import { bytesOf, CHAIN_ID, codeOf, hashOfText } from '../../support/chainValues.ts';
import {
  checkpointOf,
  COSIGNED_AT_S,
  cosignerOf,
  flipBit,
  LOG,
  LOG_SIGNER,
} from '../../support/logRig.ts';

const ROOT = hashOfText('root');
const ROOT_TEXT = formatBase64(ROOT);

/** The example of C2SP tlog-checkpoint and tlog-cosignature, whose keys are not published. */
const EXAMPLE = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

describe('a checkpoint', () => {
  it('is that of the standard', () => {
    const signed = parseSignedCheckpoint(formatUtf8(EXAMPLE));

    expect(signed.origin).to.equal('example.com/behind-the-sofa');
    expect(signed.treeSize).to.equal(20_852_163);
    expect(signed.root).to.have.length(32);
    expect(signed.note.signatures.map(({ signature }) => signature.length)).to.deep.equal([64, 72]);
    expect(formatSignedCheckpoint(signed)).to.deep.equal(formatUtf8(EXAMPLE));
  });

  it('is three lines', () => {
    const checkpoint = { origin: 'example.com/log', treeSize: 300, root: ROOT };

    expect(formatCheckpoint(checkpoint)).to.equal(`example.com/log\n300\n${ROOT_TEXT}\n`);
    expect(parseCheckpoint(formatCheckpoint(checkpoint))).to.deep.equal(checkpoint);
  });

  it('is of a log with the name of its network and 16 digits of the chain id', () => {
    expect(originOf(LOG)).to.equal(`birthmark.test/${formatHex(CHAIN_ID).slice(0, 16)}`);
    expect(LOG_SIGNER.key.name).to.equal(originOf(LOG));
  });

  it('tells the size of any tree', () => {
    for (const treeSize of [0, 1, 9, 10, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
      const checkpoint = { origin: 'o', treeSize, root: ROOT };
      expect(parseCheckpoint(formatCheckpoint(checkpoint))).to.deep.equal(checkpoint);
    }
  });

  it('may have lines that are not judged', () => {
    const text = `o\n1\n${ROOT_TEXT}\nan extension\nanother\n`;

    expect(parseCheckpoint(text)).to.deep.equal({ origin: 'o', treeSize: 1, root: ROOT });
  });

  const malformed: Readonly<Record<string, string>> = {
    'no text': '',
    'two lines': 'o\n1\n',
    'no root': 'o\n1\n\n',
    'no line feed at the end': `o\n1\n${ROOT_TEXT}`,
    'no origin': `\n1\n${ROOT_TEXT}\n`,
    'an empty extension': `o\n1\n${ROOT_TEXT}\n\nx\n`,
    'an empty line at the end': `o\n1\n${ROOT_TEXT}\n\n`,
    'a size with a leading zero': `o\n01\n${ROOT_TEXT}\n`,
    'a size of two zeros': `o\n00\n${ROOT_TEXT}\n`,
    'a size with a sign': `o\n+1\n${ROOT_TEXT}\n`,
    'a negative size': `o\n-1\n${ROOT_TEXT}\n`,
    'a size with a space': `o\n1 \n${ROOT_TEXT}\n`,
    'a size in hex': `o\n0x1\n${ROOT_TEXT}\n`,
    'a size with an exponent': `o\n1e3\n${ROOT_TEXT}\n`,
    'a size in other digits': `o\n١\n${ROOT_TEXT}\n`,
    'a size of 2^53': `o\n9007199254740992\n${ROOT_TEXT}\n`,
    'a size of 2^64': `o\n18446744073709551616\n${ROOT_TEXT}\n`,
    'a root of 31 bytes': `o\n1\n${formatBase64(ROOT.subarray(1))}\n`,
    'a root of 33 bytes': `o\n1\n${formatBase64(concatBytes(ROOT, bytesOf(1, 0)))}\n`,
    'a root without padding': `o\n1\n${ROOT_TEXT.slice(0, -1)}\n`,
    'a root in hex': `o\n1\n${formatHex(ROOT)}\n`,
  };
  for (const [name, text] of Object.entries(malformed)) {
    it(`is refused with ${name}`, () =>
      expect(codeOf(() => parseCheckpoint(text))).to.equal('ERR_MALFORMED'));
  }

  it('of our own that breaks a rule stops the node', () => {
    const good: Checkpoint = { origin: 'o', treeSize: 1, root: ROOT };
    const wrong: Partial<Checkpoint>[] = [
      { origin: '' },
      { origin: 'o\n2' },
      { treeSize: -1 },
      { treeSize: 0.5 },
      { treeSize: 2 ** 53 },
      { root: ROOT.subarray(1) },
    ];
    for (const change of wrong) {
      expect(() => formatCheckpoint({ ...good, ...change })).to.throw(InvariantError);
    }
  });

  it('is refused or formats back to its bytes, whatever they are', () => {
    const pieces = fc.constantFrom(
      'o\n',
      '1\n',
      `${ROOT_TEXT}\n`,
      '\n',
      '— o AAAAAAE=\n',
      '0',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(pieces), (some) => {
        const bytes = formatUtf8(some.join(''));
        const code = codeOf(() =>
          expect(formatSignedCheckpoint(parseSignedCheckpoint(bytes))).to.deep.equal(bytes),
        );
        expect(code).to.be.oneOf(['accepted', 'ERR_MALFORMED']);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a cosignature', () => {
  const { note } = checkpointOf({ treeSize: 300, root: ROOT }, ['v0', 'v1']);
  const [v0, v1, v2] = ['v0', 'v1', 'v2'].map((name) => cosignerOf(name).key);
  const line = note.signatures[1]!;

  /** Returns the note with another line of v0. */
  const withLine = (change: Partial<NoteSignature>): Note => ({
    ...note,
    signatures: [{ ...line, ...change }],
  });
  const codeOfLine = (change: Partial<NoteSignature>): string =>
    codeOf(() => checkCosignatures(withLine(change), [v0!]));

  it('signs a header, the time and the text of the checkpoint', () => {
    const message = cosignatureMessage('example.com/behind-the-sofa\n', 1_679_315_147);

    expect(message).to.deep.equal(
      formatUtf8('cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n'),
    );
  });

  it('is 76 bytes with its key id: the time in eight, and 64 of Ed25519', () => {
    const bytes = concatBytes(encodeKeyId(line.keyId), line.signature);

    expect(bytes).to.have.length(76);
    expect(formatHex(line.signature.subarray(0, 8))).to.equal(
      COSIGNED_AT_S.toString(16).padStart(16, '0'),
    );
  });

  it('is found by name and id, with its time; those of others are ignored', () => {
    expect(checkCosignatures(note, [v1!, v2!, v0!])).to.deep.equal([
      { key: v0, timeS: COSIGNED_AT_S },
      { key: v1, timeS: COSIGNED_AT_S + 1 },
    ]);
    expect(checkCosignatures(note, [v2!])).to.deep.equal([]);
  });

  it('holds for a checkpoint with extensions, which it signs too', () => {
    const text = `${note.text}an extension\n`;
    const signatures = [cosign(text, 7, cosignerOf('v0'))];

    expect(checkCosignatures({ text, signatures }, [v0!])).to.deep.equal([{ key: v0, timeS: 7 }]);
    expect(codeOf(() => checkCosignatures({ ...note, signatures }, [v0!]))).to.equal(
      'ERR_SIGNATURE',
    );
  });

  it('reaches the last safe second and no further', () => {
    const text = note.text;
    const last = cosign(text, Number.MAX_SAFE_INTEGER, cosignerOf('v0'));

    expect(codeOf(() => checkCosignatures({ text, signatures: [last] }, [v0!]))).to.equal(
      'accepted',
    );
    const { sign } = cosignerOf('v0');
    const beyond = concatBytes(
      Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0),
      sign(formatUtf8(`cosignature/v1\ntime 9007199254740992\n${text}`)),
    );
    expect(codeOfLine({ signature: beyond }), 'signed').to.equal('ERR_SIGNATURE');
    for (const time of ['0020000000000000', '8000000000000000', 'ffffffffffffffff']) {
      const signature = Uint8Array.from([
        ...Buffer.from(time, 'hex'),
        ...line.signature.subarray(8),
      ]);
      expect(codeOfLine({ signature }), time).to.equal('ERR_SIGNATURE');
    }
  });

  it('with any flipped bit is refused', () => {
    for (let bit = 0; bit < 72 * 8; bit++) {
      expect(codeOfLine({ signature: flipBit(line.signature, bit) }), `${bit}`).to.equal(
        'ERR_SIGNATURE',
      );
    }
  });

  it('of another size is refused', () => {
    for (const size of [1, 8, 64, 71, 73]) {
      const signature = new Uint8Array(size);
      signature.set(line.signature.subarray(0, size));
      expect(codeOfLine({ signature }), `${size}`).to.equal('ERR_SIGNATURE');
    }
  });

  it('is no signature of a note, and that of a note is none', () => {
    const publicKey = ed25519PublicKey(hashOfText('cosigner key of v0'));
    const plain = createVerifierKey(KEY_TYPE.ed25519, line.name, publicKey);
    const bare = { ...withLine({ keyId: plain.keyId, signature: line.signature.subarray(8) }) };

    expect(codeOf(() => checkNote(bare, [plain]))).to.equal('ERR_SIGNATURE');
    expect(codeOfLine({ signature: note.signatures[0]!.signature })).to.equal('ERR_SIGNATURE');
  });

  it('at no time, or by a key of another type, stops the node', () => {
    const signer = cosignerOf('v0');
    for (const timeS of [-1, 0.5, 2 ** 53, NaN]) {
      expect(() => cosign(note.text, timeS, signer), `${timeS}`).to.throw(InvariantError);
    }
    expect(() => cosign(note.text, 1, LOG_SIGNER)).to.throw(InvariantError);
    expect(() => checkCosignatures(note, [LOG_SIGNER.key])).to.throw(InvariantError);
  });
});
