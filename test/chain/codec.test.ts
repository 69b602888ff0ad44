import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes, formatHex, formatUtf8, parseHex } from '../../chain/bytes.ts';
import {
  bin,
  bool,
  decode,
  encode,
  encodedOnce,
  type Infer,
  list,
  literal,
  optional,
  type Schema,
  str,
  tuple,
  uint,
  union,
} from '../../chain/codec.ts';
import { InvariantError } from '../../chain/invariant.ts';
import { bytesOf, codeOf } from '../support/chainValues.ts';
import { PLAIN } from '../support/plainSchema.ts';

/** Expects `text`, hex, to be refused as `schema`. */
function expectRefused(schema: Schema<unknown>, text: string, name = text): void {
  expect(
    codeOf(() => decode(schema, parseHex(text))),
    name,
  ).to.equal('ERR_MALFORMED');
}

/** Expects the value to have this encoding, and the encoding this value. */
function expectEncoding<T>(schema: Schema<T>, value: T, text: string): void {
  expect(formatHex(encode(schema, value))).to.equal(text);
  expect(decode(schema, parseHex(text))).to.deep.equal(value);
}

/** Every kind of value, as large as it may be, by the kind's name. */
const KINDS: Readonly<Record<string, Schema<unknown>>> = {
  integer: uint(),
  bytes: bin(70_000, 0),
  text: str(70_000),
  boolean: bool(),
  nothing: optional(literal(0)),
  list: list(list(uint(), 70_000), 70_000),
  tuple: tuple<{ a: number }>({ a: uint() }),
  union: union<{ kind: 1 }>({ 1: tuple<{ kind: 1 }>({ kind: literal(1) }) }),
};

/** Expects `text`, hex, to be refused as a value of every kind. */
function expectRefusedByAll(text: string): void {
  for (const [kind, schema] of Object.entries(KINDS))
    expectRefused(schema, text, `${text}: ${kind}`);
}

describe('an integer', () => {
  const cases: readonly [number, string][] = [
    [0, '00'],
    [0x7f, '7f'],
    [0x80, 'cc80'],
    [0xff, 'ccff'],
    [0x100, 'cd0100'],
    [0xffff, 'cdffff'],
    [0x10000, 'ce00010000'],
    [2 ** 31, 'ce80000000'],
    [2 ** 32 - 1, 'ceffffffff'],
    [2 ** 32, 'd30000000100000000'],
    [2 ** 32 + 1, 'd30000000100000001'],
    [2 ** 53 - 1, 'd3001fffffffffffff'],
  ];
  for (const [value, text] of cases) {
    it(`${value} is ${text}`, () => expectEncoding(uint(), value, text));
  }

  it('is refused in a longer form', () => {
    const longer = [
      'cc00',
      'cc7f',
      'cd00ff',
      'ce0000ffff',
      'd300000000ffffffff',
      'd30000000000000000',
    ];
    for (const text of longer) expectRefused(uint(), text);
  });

  it('is refused as uint64, signed or floating', () => {
    const forms = {
      uint64: 'cf0000000100000000',
      'negative fixint': 'ff',
      'the lowest negative fixint': 'e0',
      int8: 'd0ff',
      'positive int8': 'd001',
      int16: 'd1ffff',
      int32: 'd2ffffffff',
      'negative int64': 'd3ffffffffffffffff',
      float32: 'ca3f800000',
      float64: 'cb3ff0000000000000',
      'float64 of 2^32': 'cb41f0000000000000',
    };
    for (const [name, text] of Object.entries(forms)) expectRefused(uint(), text, name);
  });

  it('is refused from 2^53 on', () => {
    expectRefused(uint(), 'd30020000000000000', '2^53');
    expectRefused(uint(), 'd30020000000000001', '2^53 + 1');
    expectRefused(uint(), 'd37fffffffffffffff', '2^63 - 1');
  });

  it('is refused outside its bounds, both inclusive', () => {
    const schema = uint(9, 3);

    for (const value of ['03', '09']) expect(decode(schema, parseHex(value))).to.be.within(3, 9);
    for (const value of ['02', '0a']) expectRefused(schema, value);
  });

  it('of ours that breaks its bounds stops the node', () => {
    for (const value of [-1, 1.5, NaN, 2 ** 53, Infinity]) {
      expect(() => encode(uint(), value), `${value}`).to.throw(InvariantError);
    }
  });
});

describe('a length', () => {
  /** Form byte and length, then the content. */
  const heads: readonly [Schema<unknown>, number, string][] = [
    [bin(70_000, 0), 0, 'c400'],
    [bin(70_000, 0), 0xff, 'c4ff'],
    [bin(70_000, 0), 0x100, 'c50100'],
    [bin(70_000, 0), 0xffff, 'c5ffff'],
    [bin(70_000, 0), 0x10000, 'c600010000'],
    [str(70_000), 0, 'a0'],
    [str(70_000), 31, 'bf'],
    [str(70_000), 32, 'd920'],
    [str(70_000), 0xff, 'd9ff'],
    [str(70_000), 0x100, 'da0100'],
    [str(70_000), 0xffff, 'daffff'],
    [str(70_000), 0x10000, 'db00010000'],
    [list(uint(), 70_000), 0, '90'],
    [list(uint(), 70_000), 15, '9f'],
    [list(uint(), 70_000), 16, 'dc0010'],
    [list(uint(), 70_000), 0xffff, 'dcffff'],
    [list(uint(), 70_000), 0x10000, 'dd00010000'],
  ];

  it('takes its shortest form on both sides of every boundary', () => {
    for (const [schema, length, head] of heads) {
      const bytes = concatBytes(parseHex(head), bytesOf(length, 0x61));
      expect(formatHex(encode(schema, decode(schema, bytes))).slice(0, head.length), head).to.equal(
        head,
      );
    }
  });

  it('is refused in a longer form', () => {
    const longer: readonly [Schema<unknown>, string, number][] = [
      [bin(70_000, 0), 'c500ff', 0xff],
      [bin(70_000, 0), 'c60000ffff', 0xffff],
      [str(70_000), 'd91f', 31],
      [str(70_000), 'da00ff', 0xff],
      [str(70_000), 'db0000ffff', 0xffff],
      [list(uint(), 70_000), 'dc000f', 15],
      [list(uint(), 70_000), 'dd0000ffff', 0xffff],
    ];
    for (const [schema, head, length] of longer) {
      expectRefused(schema, head + '61'.repeat(length), head);
    }
  });

  it('that announces more than there is allocates nothing', () => {
    const before = process.memoryUsage();
    for (let i = 0; i < 1_000; i++) {
      for (const text of ['ddffffffff00', 'c6ffffffff00', 'dbffffffff00', 'dcffff90']) {
        expectRefusedByAll(text);
      }
    }
    const after = process.memoryUsage();

    // 4,000 announcements of up to 4 GiB each.
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).to.be.below(
      2 ** 28,
    );
  });
});

describe('bytes of any form', () => {
  it('that are maps, extensions or unused are refused', () => {
    const forms = [0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xde, 0xdf];
    for (let form = 0x80; form <= 0x8f; form++) forms.push(form);
    for (const form of forms) expectRefusedByAll(formatHex(Uint8Array.of(form)) + '00'.repeat(20));
  });

  it('are refused when nothing is there, and with anything behind', () => {
    expectRefusedByAll('');
    for (const text of ['0000', 'c0c0', '9000', 'a0a0', 'c40000', '910101', 'c3c3']) {
      expectRefusedByAll(text);
    }
  });

  it('are refused when cut off anywhere', () => {
    const schema = tuple<{ a: number; b: number; c: string; d: Uint8Array; e: readonly boolean[] }>(
      {
        a: uint(),
        b: uint(),
        c: str(300),
        d: bin(70_000, 0),
        e: list(bool(), 20),
      },
    );
    const value = { a: 70_000, b: 2 ** 40, c: 'text', d: bytesOf(300, 1), e: [true, false] };
    const bytes = encode(schema, value);
    for (let size = 0; size < bytes.length; size++) {
      expectRefused(schema, formatHex(bytes.subarray(0, size)), `${size} bytes`);
    }
  });

  it('of one and of two bytes are accepted only if they encode to themselves', () => {
    const accepted: Record<string, number> = {};
    const check = (bytes: Uint8Array): void => {
      for (const [kind, schema] of Object.entries(KINDS)) {
        if (codeOf(() => decode(schema, bytes)) !== 'accepted') continue;
        accepted[kind] = (accepted[kind] ?? 0) + 1;
        expect(encode(schema, decode(schema, bytes))).to.deep.equal(bytes);
      }
    };
    for (let a = 0; a < 256; a++) {
      check(Uint8Array.of(a));
      for (let b = 0; b < 256; b++) check(Uint8Array.of(a, b));
    }

    expect(accepted).to.deep.equal({
      integer: 128 + 128, // 00 to 7f, cc80 to ccff
      bytes: 1, // c400
      text: 1 + 128, // a0, a1 and one ASCII letter
      boolean: 2,
      nothing: 2, // c0, 00
      list: 1 + 1, // 90, 9190
      tuple: 128, // 9100 to 917f
      union: 1, // 9101
    });
  });

  it('that are accepted encode to themselves, and are never written to', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(bytes, fc.constantFrom(...Object.values(KINDS)), (input, schema) => {
        const copy = Uint8Array.from(input);
        const result = codeOf(() => decode(schema, input));
        expect(result).to.be.oneOf(['accepted', 'ERR_MALFORMED']);
        if (result === 'accepted')
          expect(encode(schema, decode(schema, input))).to.deep.equal(copy);
        expect(input).to.deep.equal(copy);
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it('are refused with the place of what is wrong', () => {
    const nested = list(tuple<{ at: readonly number[] }>({ at: list(uint(9), 5) }), 5);
    const messageOf = (text: string): string => {
      try {
        decode(nested, parseHex(text));
        return 'accepted';
      } catch (error) {
        return (error as Error).message;
      }
    };

    expect(messageOf('9191920909')).to.equal('accepted');
    expect(messageOf('92919109919209c0')).to.equal('value[1].at[1] is not an integer');
    expect(messageOf('919192090a')).to.equal('value[0].at[1] is not in 0..9');
    expect(messageOf('91c0')).to.equal('value[0] is not an array');
    expect(messageOf('919209c0')).to.equal('value[0] is not an array of 1');
  });
});

describe('text', () => {
  it('that is not UTF-8 is refused', () => {
    for (const text of ['a180', 'a2c0af', 'a3eda080', 'a4f4908080', 'a1ff', 'a2c3']) {
      expectRefused(str(64), text);
    }
  });

  it('may open with a byte order mark, whatever its length', () => {
    for (const size of [0, 1, 10, 28, 29, 61, 62, 63, 200, 300]) {
      const text = `\u{feff}${'x'.repeat(size)}`;
      expect(decode(str(1_000), encode(str(1_000), text)), `${size}`).to.equal(text);
    }
  });

  it('is measured in bytes', () => {
    expect(codeOf(() => decode(str(3), parseHex('a3e282ac')))).to.equal('accepted');
    expectRefused(str(2), 'a3e282ac');
    expect(() => encode(str(2), '€')).to.throw(InvariantError);
  });

  it('of ours with half a surrogate pair stops the node', () => {
    expect(() => encode(str(64), '\ud800')).to.throw(InvariantError);
  });
});

interface Sample {
  readonly version: 1;
  readonly count: number;
  readonly hash: Uint8Array;
  readonly name: string;
  readonly note: string | undefined;
  readonly on: boolean;
  readonly parts: readonly { readonly kind: 1 | 2; readonly at: number }[];
}

const partSchema = union<{ kind: 1; at: number } | { kind: 2; at: number }>({
  1: tuple<{ kind: 1; at: number }>({ kind: literal(1), at: uint() }),
  2: tuple<{ kind: 2; at: number }>({ kind: literal(2), at: uint(9) }),
});
const sampleSchema: Schema<Sample> = tuple<Sample>({
  version: literal(1),
  count: uint(),
  hash: bin(32),
  name: str(300),
  note: optional(str(10)),
  on: bool(),
  parts: list(partSchema, 20),
});

const SAMPLE: Sample = {
  version: 1,
  count: 7,
  hash: bytesOf(32, 0xee),
  name: 'a',
  note: undefined,
  on: true,
  parts: [{ kind: 2, at: 3 }],
};
const SAMPLE_HEX = `970107c420${'ee'.repeat(32)}a161c0c391920203`;

describe('a tuple', () => {
  it('is an array of its fields in the order of the schema', () => {
    expectEncoding(sampleSchema, SAMPLE, SAMPLE_HEX);
  });

  it('of another length is refused', () => {
    const pair = tuple<{ a: number; b: number | undefined }>({ a: uint(), b: optional(uint()) });

    expect(decode(pair, parseHex('9201c0'))).to.deep.equal({ a: 1, b: undefined });
    for (const text of ['9101', '9301c0c0', '90', 'c0', '01', 'a161', 'c40101']) {
      expectRefused(pair, text);
    }
  });

  it('with a field of another type is refused', () => {
    const fields: readonly [string, string][] = [
      ['9701', '9702'],
      ['0107c4', '01c0c4'],
      ['c420', 'c41f'],
      ['a161', '9061'],
      ['c0c3', '01c3'],
      ['c391', 'c091'],
      ['920203', '920303'],
      ['920203', '92020a'],
      ['91920203', 'c0920203'],
      ['91920203', '9102'],
    ];
    for (const [part, other] of fields) {
      const text = SAMPLE_HEX.replace(part, other);
      expect(text, part).not.to.equal(SAMPLE_HEX);
      expectRefused(sampleSchema, text, `${other} for ${part}`);
    }
  });

  it('is refused after any flipped bit, or is another value with that encoding', () => {
    const bytes = parseHex(SAMPLE_HEX);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (codeOf(() => decode(sampleSchema, flipped)) !== 'accepted') continue;
      expect(encode(sampleSchema, decode(sampleSchema, flipped)), `bit ${bit}`).to.deep.equal(
        flipped,
      );
    }
  });

  it('reads back as it was written', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 70 });
    const sample: fc.Arbitrary<Infer<typeof sampleSchema>> = fc.record({
      version: fc.constant(1 as const),
      count: fc.oneof(fc.maxSafeNat(), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1)),
      hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      name: text.filter((value) => formatUtf8(value).length <= 300),
      note: fc.option(fc.string({ maxLength: 10, unit: 'grapheme-ascii' }), { nil: undefined }),
      on: fc.boolean(),
      parts: fc.array(fc.record({ kind: fc.constantFrom(1 as const, 2 as const), at: fc.nat(9) }), {
        maxLength: 20,
      }),
    });
    fc.assert(
      fc.property(sample, (value) => {
        expect(decode(sampleSchema, encode(sampleSchema, value))).to.deep.equal(value);
      }),
      { numRuns: 2_000, seed: 2 },
    );
  });

  it('is written as msgpackr writes it', () => {
    const value = { ...SAMPLE, count: 2 ** 45 + 3, name: 'ä'.repeat(100), note: '\u{feff}x' };
    const values = [
      SAMPLE,
      value,
      { ...value, parts: Array<Sample['parts'][0]>(20).fill({ kind: 1, at: 2 ** 31 }) },
    ];
    for (const each of values) {
      const { version, count, hash, name, note = null, on, parts } = each;
      const plain = [version, count, hash, name, note, on, parts.map(({ kind, at }) => [kind, at])];
      expect(encode(sampleSchema, each)).to.deep.equal(encode(PLAIN, plain));
    }
  });

  it('shares no memory with the bytes that it was read from', () => {
    const bytes = parseHex(SAMPLE_HEX);
    const value = decode(sampleSchema, bytes);
    bytes.fill(0);

    expect(value.hash).to.deep.equal(bytesOf(32, 0xee));
    expect(value.hash.constructor).to.equal(Uint8Array);
  });
});

describe('the count of a list', () => {
  it('is within its bounds, both inclusive', () => {
    const schema = list(uint(), 2, 1);

    for (const text of ['9100', '920000']) expect(decode(schema, parseHex(text))).not.to.be.empty;
    for (const text of ['90', '93000000', 'c0']) expectRefused(schema, text);
    expect(() => encode(schema, [])).to.throw(InvariantError);
  });
});

describe('a value of ours that breaks its schema', () => {
  it('stops the node', () => {
    expect(() => encode(sampleSchema, { ...SAMPLE, hash: bytesOf(31, 0) })).to.throw(
      InvariantError,
    );
    expect(() => encode(sampleSchema, { ...SAMPLE, version: 2 as 1 })).to.throw(InvariantError);
    const parts = [{ kind: 3 as 1, at: 0 }];
    expect(() => encode(sampleSchema, { ...SAMPLE, parts })).to.throw(InvariantError);
  });
});

describe('a value that is encoded once', () => {
  it('has the bytes of its schema, wherever it is written, and reads back', () => {
    const once = encodedOnce(sampleSchema);
    const pair = list(once, 2);

    for (const value of [SAMPLE, { ...SAMPLE, count: 8 }]) {
      for (let time = 0; time < 3; time++) {
        expect(encode(once, value)).to.deep.equal(encode(sampleSchema, value));
      }
      expect(encode(pair, [value, value])).to.deep.equal(
        encode(list(sampleSchema, 2), [value, value]),
      );
      expect(decode(once, encode(once, value))).to.deep.equal(value);
    }
  });

  it('is encoded a single time', () => {
    let count = 0;
    const counting: Schema<Sample> = {
      write(value, writer) {
        count += 1;
        sampleSchema.write(value, writer);
      },
      read: (reader) => sampleSchema.read(reader),
    };
    const once = encodedOnce(counting);
    for (let time = 0; time < 3; time++) encode(once, SAMPLE);

    expect(count).to.equal(1);
  });

  it('is not encoded again after it was read, also from among others', () => {
    let count = 0;
    const once = encodedOnce<Sample>({
      write(value, writer) {
        count += 1;
        sampleSchema.write(value, writer);
      },
      read: (reader) => sampleSchema.read(reader),
    });
    const other = { ...SAMPLE, count: 8 };
    const bytes = encode(list(sampleSchema, 2), [SAMPLE, other]);
    const read = decode(list(once, 2), bytes);
    bytes.fill(0);

    expect(read.map((value) => encode(once, value))).to.deep.equal([
      encode(sampleSchema, SAMPLE),
      encode(sampleSchema, other),
    ]);
    expect(count).to.equal(0);
  });
});

describe('an encoding that failed', () => {
  it('leaves nothing behind in the next one', () => {
    const broken = { ...SAMPLE, parts: [{ kind: 2 as const, at: 10 }] };
    expect(() => encode(sampleSchema, broken)).to.throw(InvariantError);

    expectEncoding(sampleSchema, SAMPLE, SAMPLE_HEX);
  });
});

describe('encoded bytes', () => {
  it('are a plain array whose content stays', () => {
    const first = encode(uint(), 300);
    for (let i = 0; i < 10_000; i++) encode(uint(), i);

    expect(first.constructor).to.equal(Uint8Array);
    expect(formatHex(first)).to.equal('cd012c');
  });
});
