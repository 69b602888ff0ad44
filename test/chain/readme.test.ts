/** chain/README.md is the authority on the formats: its examples and tables are checked here. */
import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { DOMAINS } from '../../chain/hash.ts';
import { DIGEST_BYTES } from '../../chain/record.ts';
import type { FormatVectors } from '../vectors/formats.ts';

const TEXT = readFileSync(new URL('../../chain/README.md', import.meta.url), 'utf8');
const FROZEN = JSON.parse(
  readFileSync(new URL('../vectors/formats.json', import.meta.url), 'utf8'),
) as FormatVectors;

interface Example {
  /** `format`, or `format.name` where it is not the format's bytes. */
  readonly tag: string;
  readonly hex: string;
}

/** The code blocks tagged `hex`, without remarks and white space. */
const EXAMPLES: readonly Example[] = [...TEXT.matchAll(/^```hex (\S+)\n(.*?)^```$/gms)].map(
  ([, tag = '', body = '']) => ({ tag, hex: body.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '') }),
);

/** The sections of the text that begin with one example, up to the next heading. */
const SECTIONS = TEXT.split(/^#+ /m).filter((section) => section.includes('```hex '));

/** Returns the number of rows that are numbered from 1 on. */
function countRows(section: string): number {
  let count = 0;
  while (new RegExp(`^\\| ${count + 1} +\\|`, 'm').test(section)) count += 1;
  return count;
}

describe('the examples in chain/README.md', () => {
  it('show every format', () => {
    const shown = new Set(EXAMPLES.map(({ tag }) => tag.replace(/\..*/, '')));

    expect([...shown].sort()).to.deep.equal(Object.keys(FROZEN).sort());
  });

  for (const { tag, hex } of EXAMPLES) {
    it(`are the frozen ones: ${tag}`, () => {
      const [format = '', name = 'bytes'] = tag.split('.');

      expect(hex).to.equal(FROZEN[format]?.[name]);
    });
  }
});

describe('the tables in chain/README.md', () => {
  it('have a row for each field of the array beside them', () => {
    let checked = 0;
    for (const section of SECTIONS) {
      const title = section.split('\n', 1)[0] ?? '';
      const array = /^9([0-9a-f])\s+# array of/m.exec(section)?.[1];
      if (array === undefined) continue;
      checked += 1;
      expect(countRows(section), title).to.equal(parseInt(array, 16));
    }

    expect(checked).to.be.above(15);
  });

  it('name every domain and every digest', () => {
    for (const domain of Object.values(DOMAINS)) expect(TEXT).to.include(`\`${domain}\``);
    for (const digest of Object.keys(DIGEST_BYTES)) expect(TEXT).to.include(`\`${digest}\``);
  });
});
