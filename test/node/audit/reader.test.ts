import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { LINE_BYTES_MAX } from '../../../node/audit/limits.ts';
import { type RawLine, readLines } from '../../../node/audit/reader.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('reading an audit', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'file');

  const read = async (text: string): Promise<readonly RawLine[]> => {
    writeFileSync(file, text, 'latin1');
    const lines: RawLine[] = [];
    for await (const group of readLines(file)) lines.push(...group);
    return lines;
  };

  it('yields no line of an empty file', async () => {
    expect(await read('')).to.deep.equal([]);
  });

  it('yields lines with their numbers, and says whether the last one ends', async () => {
    expect(await read('one\n\nthree')).to.deep.equal([
      { number: 1, text: 'one', sizeBytes: 3, isWhole: true },
      { number: 2, text: '', sizeBytes: 0, isWhole: true },
      { number: 3, text: 'three', sizeBytes: 5, isWhole: false },
    ]);
  });

  it('keeps a line that spans reads, and every byte of it', async () => {
    const long = '\x00\xff'.repeat(LINE_BYTES_MAX / 2);
    const lines = await read(`${'x'.repeat(1_000)}\n${long}\nend\n`);

    expect(lines.map(({ text }) => text.length)).to.deep.equal([1_000, LINE_BYTES_MAX, 3]);
    expect(lines[1]?.text).to.equal(long);
  });

  it('does not keep a line that is longer than a line may be', async () => {
    const lines = await read(`${'x'.repeat(5 * LINE_BYTES_MAX)}\nend\n`);

    expect(lines).to.deep.equal([
      { number: 1, text: '', sizeBytes: 5 * LINE_BYTES_MAX, isWhole: true },
      { number: 2, text: 'end', sizeBytes: 3, isWhole: true },
    ]);
  });
});
