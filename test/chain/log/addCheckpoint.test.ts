import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes, formatBase64, formatUtf8, parseUtf8 } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import {
  formatAddCheckpoint,
  formatCosignatures,
  formatSizeAnswer,
  parseAddCheckpoint,
  parseCosignatures,
  parseSizeAnswer,
} from '../../../chain/log/addCheckpoint.ts';
import { formatSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { ADD_CHECKPOINT_BYTES_MAX } from '../../../chain/log/limits.ts';
import { codeOf, hashOfText } from '../../support/chainValues.ts';
import { flipBit } from '../../support/logRig.ts';
import { TestLog, witnessSigner } from '../../support/witnessRig.ts';

const LOG = new TestLog();
const QUESTION = LOG.question(3, 7);
const BYTES = formatAddCheckpoint(QUESTION);
const NOTE = parseUtf8(formatSignedCheckpoint(QUESTION.checkpoint));
const HASH = formatBase64(hashOfText('a hash'));

function codeOfText(text: string): string {
  return codeOf(() => parseAddCheckpoint(formatUtf8(text)));
}

describe('a question to a witness', () => {
  it('is the old size, the proof, an empty line and the checkpoint as it stands', () => {
    const lines = parseUtf8(BYTES).split('\n');
    const { length } = QUESTION.hashes;

    expect(lines[0]).to.equal('old 3');
    expect(lines.slice(1, 1 + length)).to.deep.equal(QUESTION.hashes.map(formatBase64));
    expect(lines.slice(1 + length).join('\n')).to.equal(`\n${NOTE}`);
  });

  it('reads back, with and without a proof, and with signatures of others', () => {
    for (const question of [
      QUESTION,
      LOG.question(0, 7),
      LOG.question(0, 0),
      LOG.question(7, 7),
      LOG.question(5, 64, { extension: 'an extension\n' }),
      LOG.question(4, 8, { signers: [LOG.signer, new TestLog('other.example').signer] }),
    ]) {
      const read = parseAddCheckpoint(formatAddCheckpoint(question));
      expect(read).to.deep.equal(question);
    }
  });

  it('is read with 63 hashes and refused with 64', () => {
    const withHashes = (count: number): string => `old 3\n${`${HASH}\n`.repeat(count)}\n${NOTE}`;

    expect(parseAddCheckpoint(formatUtf8(withHashes(63))).hashes).to.have.length(63);
    expect(codeOfText(withHashes(64))).to.equal('ERR_LIMIT');
  });

  it('is refused above its limit before anything is read', () => {
    const bytes = new Uint8Array(ADD_CHECKPOINT_BYTES_MAX + 1);

    expect(codeOf(() => parseAddCheckpoint(bytes))).to.equal('ERR_LIMIT');
    expect(codeOf(() => parseAddCheckpoint(bytes.subarray(1)))).to.equal('ERR_MALFORMED');
  });

  const malformed: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['no checkpoint', 'old 3\n\n'],
    ['no empty line', `old 3\n${NOTE}`.replace('\n\n', '\n')],
    ['no old size', `\n${NOTE}`],
    ['no word', `3\n\n${NOTE}`],
    ['another word', `Old 3\n\n${NOTE}`],
    ['no space', `old3\n\n${NOTE}`],
    ['two spaces', `old  3\n\n${NOTE}`],
    ['a space behind', `old 3 \n\n${NOTE}`],
    ['a leading zero', `old 03\n\n${NOTE}`],
    ['a sign', `old +3\n\n${NOTE}`],
    ['a negative size', `old -3\n\n${NOTE}`],
    ['no number', `old \n\n${NOTE}`],
    ['a size above 2^53 - 1', `old 9007199254740992\n\n${NOTE}`],
    ['carriage returns', `old 3\r\n\r\n${NOTE}`],
    ['a hash of 31 bytes', `old 3\n${formatBase64(new Uint8Array(31))}\n\n${NOTE}`],
    ['a hash of 33 bytes', `old 3\n${formatBase64(new Uint8Array(33))}\n\n${NOTE}`],
    ['a hash without padding', `old 3\n${HASH.replace('=', '')}\n\n${NOTE}`],
    ['a hash in base64url', `old 3\n${'_'.repeat(43)}=\n\n${NOTE}`],
    ['an empty line more', `old 3\n\n\n${NOTE}`],
    ['a second old size', `old 3\nold 3\n\n${NOTE}`],
    ['a checkpoint without signatures', `old 3\n\n${NOTE.split('\u2014')[0]!}`],
    ['a line behind it', `old 3\n\n${NOTE}more\n`],
  ];
  for (const [what, text] of malformed) {
    it(`is refused with ${what}`, () => {
      expect(codeOfText(text)).to.equal('ERR_MALFORMED');
    });
  }

  it('formats back to its bytes, or is refused, whatever they are', () => {
    const check = (bytes: Uint8Array): void => {
      try {
        expect(formatAddCheckpoint(parseAddCheckpoint(bytes))).to.deep.equal(bytes);
      } catch (error) {
        if (!(error instanceof ChainError)) throw error;
        expect(error.code).to.be.oneOf(['ERR_MALFORMED', 'ERR_LIMIT']);
      }
    };
    const pieces = fc.constantFrom(
      'old ',
      '0',
      '3',
      '\n',
      '\n\n',
      ' ',
      HASH,
      NOTE,
      '\u2014 ',
      '\r',
    );

    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: BYTES.length * 8 - 1 }), (bit) => {
        check(flipBit(BYTES, bit));
      }),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        check(formatUtf8(parts.join('')));
      }),
    );
  });
});

describe('an answer with cosignatures', () => {
  const witness = witnessSigner('witness.example/w');
  const other = witnessSigner('other.example/w');
  const { checkpoint } = QUESTION;
  const line = cosign(checkpoint.note.text, 1_795_225_000, witness);
  const otherLine = cosign(checkpoint.note.text, 1_795_225_001, other);
  const parse = (bytes: Uint8Array): unknown => parseCosignatures(bytes, checkpoint, witness.key);
  const codeOfAnswer = (bytes: Uint8Array): string => codeOf(() => parse(bytes));

  it('holds that of the witness, among lines of others', () => {
    expect(parse(formatCosignatures([line]))).to.deep.equal(line);
    expect(parse(formatCosignatures([otherLine, line]))).to.deep.equal(line);
  });

  it('counts once where the witness has signed twice', () => {
    const again = cosign(checkpoint.note.text, 1_795_225_005, witness);

    expect(parse(formatCosignatures([line, again]))).to.deep.equal(line);
  });

  it('is refused without that of the witness', () => {
    expect(codeOfAnswer(formatCosignatures([otherLine]))).to.equal('ERR_UNKNOWN_SIGNER');
  });

  it('is refused where one line of the witness does not verify', () => {
    const bad = { ...line, signature: flipBit(line.signature, 100) };

    expect(codeOfAnswer(formatCosignatures([bad]))).to.equal('ERR_SIGNATURE');
    expect(codeOfAnswer(formatCosignatures([line, bad]))).to.equal('ERR_SIGNATURE');
  });

  it('is refused where it is over another checkpoint', () => {
    const elsewhere = cosign(LOG.checkpoint(8).note.text, 1_795_225_000, witness);

    expect(codeOfAnswer(formatCosignatures([elsewhere]))).to.equal('ERR_SIGNATURE');
  });

  const text = parseUtf8(formatCosignatures([line]));
  for (const [what, answer] of [
    ['nothing', ''],
    ['no line feed', text.trimEnd()],
    ['text before', `hello\n${text}`],
    ['a note of its own', `more\n\n${text}`],
    ['an empty line before', `\n${text}`],
    ['an empty line behind', `${text}\n`],
    ['a page of HTML', '<html></html>\n'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(codeOfAnswer(formatUtf8(answer))).to.equal('ERR_MALFORMED');
    });
  }

  it('is refused above its limit', () => {
    expect(codeOfAnswer(new Uint8Array(65_537))).to.equal('ERR_LIMIT');
  });

  it('is the line of the witness or refused, whatever bit is flipped', () => {
    const bytes = formatCosignatures([line]);
    const bits = fc.integer({ min: 0, max: bytes.length * 8 - 1 });

    fc.assert(
      fc.property(bits, (bit) => {
        expect(codeOfAnswer(flipBit(bytes, bit))).to.be.oneOf([
          'ERR_MALFORMED',
          'ERR_SIGNATURE',
          'ERR_UNKNOWN_SIGNER',
        ]);
      }),
    );
  });
});

describe('an answer with another size', () => {
  it('is a number and a line feed', () => {
    for (const size of [0, 1, 337, Number.MAX_SAFE_INTEGER]) {
      expect(parseSizeAnswer(formatSizeAnswer(size))).to.equal(size);
    }
    expect(parseUtf8(formatSizeAnswer(337))).to.equal('337\n');
  });

  for (const text of ['', '\n', '337', '337\n\n', '0337\n', '-1\n', ' 337\n', '337\r\n', '3e2\n']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(codeOf(() => parseSizeAnswer(formatUtf8(text)))).to.equal('ERR_MALFORMED');
    });
  }

  it('is not a size above 2^53 - 1, nor anything longer', () => {
    for (const text of ['9007199254740992\n', '11111111111111111\n', `${'1'.repeat(70_000)}\n`]) {
      expect(codeOf(() => parseSizeAnswer(formatUtf8(text)))).to.equal('ERR_MALFORMED');
    }
    const notUtf8 = concatBytes(Uint8Array.of(0xff), formatUtf8('7\n'));
    expect(codeOf(() => parseSizeAnswer(notUtf8))).to.equal('ERR_MALFORMED');
  });
});
