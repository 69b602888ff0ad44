import { createEd25519Signer, ed25519PublicKey } from '#crypto';
import { expect } from 'chai';
import fc from 'fast-check';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import {
  checkNote,
  formatNote,
  type Note,
  type NoteSigner,
  parseNote,
  signNote,
} from '../../../chain/log/note.ts';
import { createVerifierKey, KEY_TYPE, parseVerifierKey } from '../../../chain/log/verifierKey.ts';
import { codeOf, hashOfText } from '../../support/chainValues.ts';
import { flipBit } from '../../support/logRig.ts';

/** The examples of C2SP signed-note and of golang.org/x/mod/sumdb/note. */
const KNOWN = [
  {
    key: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    text: 'This is an example message.\n',
    note: 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  },
  {
    key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    note: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
  },
] as const;

function signerOf(name: string): NoteSigner {
  const seed = hashOfText(`note key of ${name}`);
  const key = createVerifierKey(KEY_TYPE.ed25519, name, ed25519PublicKey(seed));
  return { key, sign: createEd25519Signer(seed) };
}

const [ALICE, BOB] = [signerOf('alice'), signerOf('bob')];
const TEXT = 'first line\n\nthird line, ünïcode\n';
const LINE = '— alice AAAAAAE=\n';

function noteOf(text: string, ...signers: readonly NoteSigner[]): Note {
  return { text, signatures: signers.map((signer) => signNote(text, signer)) };
}

function codeOfText(text: string): string {
  return codeOf(() => parseNote(formatUtf8(text)));
}

describe('a signed note', () => {
  for (const { key, text, note } of KNOWN) {
    it(`is read, checked and written as others do: ${key.split('+')[0] ?? ''}`, () => {
      const parsed = parseNote(formatUtf8(note));

      expect(parsed.text).to.equal(text);
      expect(codeOf(() => checkNote(parsed, [parseVerifierKey(key)]))).to.equal('accepted');
      expect(formatNote(parsed)).to.deep.equal(formatUtf8(note));
    });
  }

  it('is parted from its signatures by its last empty line', () => {
    const { text, signatures } = parseNote(formatNote(noteOf(TEXT, ALICE, BOB)));

    expect(text).to.equal(TEXT);
    expect(signatures.map(({ name }) => name)).to.deep.equal(['alice', 'bob']);
  });

  it('may consist of an empty line', () => {
    expect(parseNote(formatUtf8(`\n\n${LINE}`)).text).to.equal('\n');
  });

  it('keeps what a reader could take for a byte order mark', () => {
    const text = '\ufeffmarked\n';

    expect(parseNote(formatNote(noteOf(text, ALICE))).text).to.equal(text);
  });

  it('has up to 100 signatures', () => {
    expect(codeOfText(`text\n\n${LINE.repeat(16)}`)).to.equal('accepted');
    expect(codeOfText(`text\n\n${LINE.repeat(100)}`)).to.equal('accepted');
    expect(codeOfText(`text\n\n${LINE.repeat(101)}`)).to.equal('ERR_LIMIT');
  });

  it('has up to 262,144 bytes', () => {
    const end = `\n\n${LINE}`;
    const noteOfSize = (size: number): string => 't'.repeat(size - formatUtf8(end).length) + end;

    expect(codeOfText(noteOfSize(262_144))).to.equal('accepted');
    expect(codeOfText(noteOfSize(262_145))).to.equal('ERR_LIMIT');
  });

  const malformed: Readonly<Record<string, string>> = {
    'no bytes': '',
    'no empty line': `text\n${LINE}`,
    'no signature': 'text\n\n',
    'no line feed at the end': `text\n\n${LINE.trimEnd()}`,
    'an empty line at the end': `text\n\n${LINE}\n`,
    'only a signature': `\n${LINE}`,
    'a hyphen for the dash': `text\n\n- alice AAAAAAE=\n`,
    'an en dash for the dash': `text\n\n– alice AAAAAAE=\n`,
    'no space after the dash': `text\n\n—alice AAAAAAE=\n`,
    'two spaces after the dash': `text\n\n—  alice AAAAAAE=\n`,
    'two spaces after the name': `text\n\n— alice  AAAAAAE=\n`,
    'a space at the end': `text\n\n— alice AAAAAAE= \n`,
    'no name': `text\n\n—  AAAAAAE=\n`,
    'a plus in the name': `text\n\n— al+ice AAAAAAE=\n`,
    'a no-break space in the name': `text\n\n— al\u00a0ice AAAAAAE=\n`,
    'an em space in the name': `text\n\n— al\u2003ice AAAAAAE=\n`,
    'no base64': `text\n\n— alice\n`,
    'empty base64': `text\n\n— alice \n`,
    'a key id alone': `text\n\n— alice AAAAAA==\n`,
    'less than a key id': `text\n\n— alice AAAA\n`,
    'base64 without padding': `text\n\n— alice AAAAAAE\n`,
    'base64 whose last bits are not zero': `text\n\n— alice AAAAAAF=\n`,
    'base64 of the other alphabet': `text\n\n— alice AAAAAA_-\n`,
    'a line after the signatures': `text\n\n${LINE}text\n`,
    'a carriage return': `text\r\n\n${LINE}`,
    'a tab': `te\txt\n\n${LINE}`,
    'a NUL': `te\0xt\n\n${LINE}`,
    'an escape': `te\u001bxt\n\n${LINE}`,
  };
  for (const [name, text] of Object.entries(malformed)) {
    it(`is refused with ${name}`, () => expect(codeOfText(text)).to.equal('ERR_MALFORMED'));
  }

  it('is refused where it is not UTF-8', () => {
    const wrong = {
      'a lone byte': [0xff],
      overlong: [0xc0, 0xaf],
      surrogate: [0xed, 0xa0, 0x80],
      'cut off': [0xc3],
    };
    for (const [name, bytes] of Object.entries(wrong)) {
      const note = Uint8Array.from([...bytes, ...formatUtf8(`\n\n${LINE}`)]);
      expect(
        codeOf(() => parseNote(note)),
        name,
      ).to.equal('ERR_MALFORMED');
    }
  });

  it('may have control characters that are not of ASCII', () => {
    expect(codeOfText(`a\u007fb\u0085c\n\n${LINE}`)).to.equal('accepted');
  });

  it('formats back to its bytes, or is refused, whatever they are', () => {
    const pieces = fc.constantFrom(
      '\n',
      '\n\n',
      '— ',
      'alice ',
      'AAAAAAE=',
      LINE,
      'text',
      '\r',
      'é',
      '+',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((some) => some.join('')),
    );
    fc.assert(
      fc.property(fc.oneof(texts.map(formatUtf8), fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const code = codeOf(() => expect(formatNote(parseNote(bytes))).to.deep.equal(bytes));
        expect(code).to.be.oneOf(['accepted', 'ERR_MALFORMED']);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the signatures of a note', () => {
  const note = noteOf(TEXT, ALICE, BOB);

  it('verify for each known key', () => {
    expect(codeOf(() => checkNote(note, [ALICE.key, BOB.key]))).to.equal('accepted');
  });

  it('of unknown keys are ignored, whatever they are', () => {
    const [line, other] = note.signatures;
    const broken = { ...other!, signature: Uint8Array.of(1) };

    expect(
      codeOf(() => checkNote({ text: TEXT, signatures: [line!, broken] }, [ALICE.key])),
    ).to.equal('accepted');
  });

  it('are unknown where only the name or only the id is that of a known key', () => {
    const [line] = note.signatures;
    const renamed = { ...line!, name: 'bob' };
    const withId = { ...line!, keyId: BOB.key.keyId };
    for (const signature of [renamed, withId]) {
      const code = codeOf(() =>
        checkNote({ text: TEXT, signatures: [signature] }, [ALICE.key, BOB.key]),
      );
      expect(code).to.equal('ERR_UNKNOWN_SIGNER');
    }
  });

  it('reject the note where one of a known key does not verify, though others do', () => {
    const [line, other] = note.signatures;
    const signatures = [line!, { ...other!, signature: flipBit(other!.signature, 7) }];

    expect(codeOf(() => checkNote({ text: TEXT, signatures }, [ALICE.key, BOB.key]))).to.equal(
      'ERR_SIGNATURE',
    );
    expect(codeOf(() => checkNote({ text: TEXT, signatures }, [ALICE.key]))).to.equal('accepted');
  });

  it('reject the note where the second one of the same key does not verify', () => {
    const [line] = note.signatures;
    const signatures = [line!, { ...line!, signature: flipBit(line!.signature, 0) }];

    expect(codeOf(() => checkNote({ text: TEXT, signatures }, [ALICE.key]))).to.equal(
      'ERR_SIGNATURE',
    );
  });

  it('are of none, if none is known', () => {
    expect(codeOf(() => checkNote(note, []))).to.equal('ERR_UNKNOWN_SIGNER');
    expect(codeOf(() => checkNote(noteOf(TEXT, BOB), [ALICE.key]))).to.equal('ERR_UNKNOWN_SIGNER');
  });

  it('hold for the text alone: any flipped bit of text or signature is noticed', () => {
    const bytes = formatNote(noteOf('text\n', ALICE));
    const { text, signatures } = parseNote(bytes);
    for (let bit = 0; bit < text.length * 8; bit++) {
      const other = String.fromCharCode(...flipBit(formatUtf8(text), bit));
      expect(
        codeOf(() => checkNote({ text: other, signatures }, [ALICE.key])),
        `text ${bit}`,
      ).to.equal('ERR_SIGNATURE');
    }
    for (let bit = 0; bit < 512; bit++) {
      const [line] = signatures;
      const flipped = { ...line!, signature: flipBit(line!.signature, bit) };
      const code = codeOf(() => checkNote({ text, signatures: [flipped] }, [ALICE.key]));
      expect(code, `signature ${bit}`).to.equal('ERR_SIGNATURE');
    }
  });

  it('of a size that is not 64 do not verify', () => {
    const [line] = note.signatures;
    for (const size of [1, 63, 65]) {
      const signature = new Uint8Array(size);
      signature.set(line!.signature.subarray(0, size));
      const code = codeOf(() =>
        checkNote({ text: TEXT, signatures: [{ ...line!, signature }] }, [ALICE.key]),
      );
      expect(code, `${size}`).to.equal('ERR_SIGNATURE');
    }
  });
});

describe('a note of our own that breaks a rule', () => {
  it('stops the node', () => {
    const [line] = noteOf(TEXT, ALICE).signatures;
    const texts = ['', 'no line feed', 'a\ttab\n', 'a lone surrogate \ud800\n'];
    for (const text of texts) {
      expect(() => formatNote({ text, signatures: [line!] }), text).to.throw(InvariantError);
    }
    expect(() => formatNote({ text: TEXT, signatures: [] })).to.throw(InvariantError);
    expect(() => checkNote(noteOf(TEXT, ALICE), [ALICE.key, ALICE.key])).to.throw(InvariantError);
  });

  it('stops the node where a cosigner would sign a bare text', () => {
    const key = createVerifierKey(KEY_TYPE.cosignature, 'alice', ALICE.key.publicKey);

    expect(() => signNote(TEXT, { ...ALICE, key })).to.throw(InvariantError);
    const signatures = [{ ...noteOf(TEXT, ALICE).signatures[0]!, keyId: key.keyId }];
    expect(() => checkNote({ text: TEXT, signatures }, [key])).to.throw(InvariantError);
  });
});
