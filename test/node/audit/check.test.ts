import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import { formatHex } from '../../../chain/bytes.ts';
import { checkAudit } from '../../../node/audit/check.ts';
import { hashLine, NO_HASH, parseLine } from '../../../node/audit/line.ts';
import { formatLine, formatSeal } from '../../../node/audit/line.ts';
import { LINE_BYTES_MAX } from '../../../node/audit/limits.ts';
import { signerOf, validatorOf } from '../../support/chainValues.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { checkFolder, copyFolder, KEY, linesOf, pathsOf, writeRun } from './rig.ts';

/** Six runs: three files, of which each begins with a line of its own. */
const HEIGHTS = [[1, 2], [3], [4, 5, 6], [7], [8, 9], [10]] as const;
const FILE_BYTES_MAX = 1_500;

describe('a check of an audit', () => {
  const folder = temporaryFolder();
  const sound = path.join(folder, 'sound');
  const dir = path.join(folder, 'changed');
  let paths: readonly string[] = [];
  /** All lines, and in which file each stands. */
  let lines: readonly string[] = [];
  let fileOf: readonly number[] = [];

  before(async () => {
    for (const heights of HEIGHTS) {
      await writeRun(sound, heights, { fileBytesMax: FILE_BYTES_MAX });
    }
    copyFolder(sound, dir);
    paths = await pathsOf(dir);
    const texts = paths.map((each) => readFileSync(each, 'latin1').split('\n').slice(0, -1));
    lines = texts.flat();
    fileOf = texts.flatMap((each, i) => each.map(() => i));
  });
  beforeEach(() => copyFolder(sound, dir));

  /** Puts lines in place of the sound ones; each stays in its file. */
  const rewrite = (changed: readonly (readonly [string, number])[]): void => {
    for (const [i, each] of paths.entries()) {
      const own = changed.filter(([, file]) => file === i).map(([line]) => `${line}\n`);
      writeFileSync(each, own.join(''), 'latin1');
    }
  };
  const placed = (): [string, number][] => lines.map((line, i) => [line, fileOf[i] ?? 0]);
  const kindOf = async (): Promise<string> => (await checkFolder(dir)).problem?.kind ?? 'sound';

  it('finds nothing in a sound one, and counts it', async () => {
    const report = await checkFolder(dir);

    expect(paths).to.have.length(3);
    expect(report.problem).to.equal(undefined);
    expect(report).to.deep.include({ lineCount: lines.length, key: formatHex(KEY) });
    expect(report.sealCount).to.equal(HEIGHTS.length);
    expect(report.torn).to.deep.equal({ lines: 0, bytes: 0 });
    expect(report.end.seq).to.equal(lines.length);
  });

  it('finds any bit of any byte that is flipped', async () => {
    const files = paths.map((each) => readFileSync(each));
    const place = fc
      .nat(2)
      .chain((file) => fc.tuple(fc.constant(file), fc.nat(files[file]!.length - 1)));
    await fc.assert(
      fc.asyncProperty(place, fc.nat(7), async ([file, at], bit) => {
        const changed = Buffer.from(files[file]!);
        changed[at] = changed[at]! ^ (1 << bit);
        writeFileSync(paths[file]!, changed);
        const kind = await kindOf();
        writeFileSync(paths[file]!, files[file]!);
        expect(kind).to.not.equal('sound');
      }),
      { numRuns: 400 },
    );
  });

  it('names the line of which any character of a fact was changed', async () => {
    for (const [i, line] of lines.entries()) {
      const at = line.indexOf('"facts":{"') + '"facts":{"'.length;
      const changed = placed();
      changed[i] = [`${line.slice(0, at)}X${line.slice(at + 1)}`, fileOf[i]!];
      rewrite(changed);
      const { problem } = await checkFolder(dir);
      const place = [paths[fileOf[i]!], i - fileOf.indexOf(fileOf[i]!) + 1];

      if (!line.includes('"event":"file"')) {
        expect([problem?.file, problem?.line, problem?.kind], line).to.deep.equal([
          ...place,
          'changed',
        ]);
      } else expect(problem, line).to.not.equal(undefined);
    }
  });

  it('finds any line that is removed', async () => {
    for (const i of lines.keys()) {
      rewrite(placed().filter((_each, j) => j !== i));
      const last = i === lines.length - 1;

      expect(await kindOf(), `line ${i}`).to.equal(last ? 'cut' : 'removed');
    }
  });

  it('says which lines are missing where several are removed', async () => {
    rewrite(placed().filter((_each, j) => j < 4 || j > 6));
    const { problem } = await checkFolder(dir);

    expect(problem?.what).to.match(/has sequence 8 where 5 should be: lines 5 to 7 were removed/);
  });

  it('finds any two lines that change places', async () => {
    for (let i = 0; i < lines.length; i++) {
      for (let j = i + 1; j < lines.length; j++) {
        const changed = placed();
        changed[i] = [lines[j]!, fileOf[i]!];
        changed[j] = [lines[i]!, fileOf[j]!];
        rewrite(changed);
        expect(await kindOf(), `${i} and ${j}`).to.equal('reordered');
      }
    }
  });

  it('finds a line that is moved to any place', async () => {
    const place = fc.nat(lines.length - 1);
    await fc.assert(
      fc.asyncProperty(place, place, async (from, to) => {
        fc.pre(from !== to);
        const changed = placed();
        const [moved] = changed.splice(from, 1);
        changed.splice(to, 0, [moved![0], fileOf[to]!]);
        rewrite(changed);
        expect(await kindOf()).to.equal('reordered');
      }),
      { numRuns: 100 },
    );
  });

  it('finds a copy of any line that is inserted at any place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(lines.length - 1), fc.nat(lines.length), async (from, to) => {
        const changed = placed();
        changed.splice(to, 0, [lines[from]!, fileOf[Math.min(to, lines.length - 1)]!]);
        rewrite(changed);
        expect(await kindOf()).to.equal('inserted');
      }),
      { numRuns: 150 },
    );
  });

  it('finds a line that is written over by a copy of any other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(lines.length - 1), fc.nat(lines.length - 1), async (from, to) => {
        fc.pre(from !== to);
        const changed = placed();
        changed[to] = [lines[from]!, fileOf[to]!];
        rewrite(changed);
        expect(await kindOf()).to.not.equal('sound');
      }),
      { numRuns: 100 },
    );
  });

  it('finds the last file cut at any byte', async () => {
    const last = paths.at(-1)!;
    const whole = readFileSync(last);
    for (let size = 0; size < whole.length; size += 7) {
      writeFileSync(last, whole.subarray(0, size));
      expect(await kindOf(), `cut at ${size}`).to.equal('cut');
    }
  });

  it('finds the last line without its line feed', async () => {
    const last = paths.at(-1)!;
    writeFileSync(last, readFileSync(last).subarray(0, -1));

    expect(await kindOf()).to.equal('cut');
  });

  it('finds a file in the middle cut at any byte', async () => {
    const whole = readFileSync(paths[1]!);
    for (let size = 0; size < whole.length; size += 7) {
      writeFileSync(paths[1]!, whole.subarray(0, size));
      expect(await kindOf(), `cut at ${size}`).to.be.oneOf(['removed', 'changed']);
    }
  });

  it('finds bytes added behind a file in the middle', async () => {
    writeFileSync(paths[1]!, `${readFileSync(paths[1]!, 'latin1')}half`);
    const { problem } = await checkFolder(dir);

    expect(problem).to.include({ kind: 'changed', file: paths[1] });
    expect(problem?.what).to.match(/has no end/);
  });

  it('finds the files put in place of an older copy', async () => {
    const older = path.join(folder, 'older');
    const newer = path.join(folder, 'newer');
    await writeRun(newer, [1, 2]);
    copyFolder(newer, older);
    await writeRun(newer, [3]);
    writeFileSync((await pathsOf(newer))[0]!, readFileSync((await pathsOf(older))[0]!));

    expect((await checkFolder(newer)).problem?.kind).to.equal('cut');
  });

  it('finds a history that its own key signed anew', async () => {
    const other = path.join(folder, 'other');
    const mine = path.join(folder, 'mine');
    await writeRun(mine, [1, 2]);
    await writeRun(other, [1, 3]);
    writeFileSync((await pathsOf(mine))[0]!, readFileSync((await pathsOf(other))[0]!));
    const { problem } = await checkFolder(mine);

    expect(problem?.kind).to.equal('changed');
    expect(problem?.what).to.match(/the head names another line/);
  });

  it('finds lines that were changed and linked anew without the key', async () => {
    const changed = placed();
    let prev = NO_HASH;
    for (const [i, [line, file]] of changed.entries()) {
      const linked = line
        .replace(/"prev":"\w*"/, `"prev":"${prev}"`)
        .replace('"height":3', '"height":33');
      changed[i] = [linked, file];
      prev = hashLine(linked);
    }
    rewrite(changed);
    const { problem } = await checkFolder(dir);

    expect(problem?.kind).to.equal('changed');
    expect(problem?.what).to.match(/signature that does not verify/);
  });

  it('does not take a line in another form of the same JSON', async () => {
    for (const form of [
      (line: string) => line.replace('"seq":2', '"seq": 2'),
      (line: string) => line.replace('"seq":2', '"seq":2,"seq":2'),
      (line: string) => line.replace('"event":"commit"', '"event":"commi\\u0074"'),
      (line: string) => line.replace(/\}$/, ',"more":1}'),
      (line: string) => `${line}\r`,
      (line: string) => line.replace('"v1"', '"v\xe9"'),
      (line: string) => line.replace(/"time":"20/, '"time":"21'),
      (line: string) => line.replace('"seq":2', '"seq":-2'),
    ]) {
      expect(parseLine(form(lines[1]!)), form(lines[1]!)).to.equal(undefined);
    }
    expect(parseLine(lines[1]!)).to.not.equal(undefined);
  });

  it('takes lines behind the last seal for torn, whole or not', async () => {
    const last = paths.at(-1)!;
    const place = { seq: lines.length + 1, prev: hashLine(lines.at(-1)!), ms: 1 };
    const added = `${formatLine({ ...place, event: 'stop', facts: '{}' })}\nhalf`;
    writeFileSync(last, readFileSync(last, 'latin1') + added);
    const { problem, torn } = await checkFolder(dir);

    expect(problem).to.equal(undefined);
    expect(torn).to.deep.equal({ lines: 1, bytes: added.length });
  });

  it('does not take a seal of another key', async () => {
    const last = paths.at(-1)!;
    const place = { seq: lines.length + 1, prev: hashLine(lines.at(-1)!), ms: 1 };
    const seal = formatSeal({ ...place, event: 'seal', facts: '{}' }, signerOf('v1'));
    writeFileSync(last, `${readFileSync(last, 'latin1')}${seal}\n`);

    expect(await kindOf()).to.equal('changed');
  });

  it('names the audit of another node, and of another chain', async () => {
    const common = { paths, isBeginning: true, head: undefined };
    const keys = [formatHex(validatorOf('v1').consensusKey)];
    const node = await checkAudit({ ...common, keys, chainId: undefined });
    const chain = await checkAudit({ ...common, keys: undefined, chainId: NO_HASH });

    expect([node.problem?.kind, chain.problem?.kind]).to.deep.equal(['other-key', 'other-key']);
    expect(node.problem?.what).to.include(formatHex(KEY));
  });

  it('checks a later file by itself, and wants its first line', async () => {
    const one = [paths[1]!];
    const options = {
      paths: one,
      isBeginning: false,
      head: undefined,
      keys: undefined,
      chainId: undefined,
    };
    const sole = await checkAudit(options);
    writeFileSync(one[0]!, readFileSync(one[0]!, 'latin1').replace(/^.*\n/, ''));
    const headless = await checkAudit(options);

    expect(sole.problem).to.equal(undefined);
    expect(headless.problem?.kind).to.equal('removed');
  });

  it('finds the first file missing', async () => {
    const head = undefined;
    const rest = { paths: paths.slice(1), isBeginning: true, head, keys: undefined };
    const { problem } = await checkAudit({ ...rest, chainId: undefined });

    expect(problem?.kind).to.equal('removed');
  });

  it('reads a line of any length in bounded memory, and refuses it', async () => {
    const last = paths.at(-1)!;
    writeFileSync(last, Buffer.concat([readFileSync(last), Buffer.alloc(3 * LINE_BYTES_MAX, 'x')]));
    const torn = await checkFolder(dir);
    writeFileSync(last, `${readFileSync(last, 'latin1')}\n`);
    const ended = await checkFolder(dir);

    expect([torn.problem, torn.torn.bytes]).to.deep.equal([undefined, 3 * LINE_BYTES_MAX]);
    expect(ended.problem?.kind).to.equal('changed');
  });

  it('finds everything gone', async () => {
    for (const each of paths) writeFileSync(each, '');

    expect(await kindOf()).to.equal('cut');
  });

  it('numbers lines without a gap', async () => {
    expect((await linesOf(sound)).map(({ seq }) => seq)).to.deep.equal(
      lines.map((_each, i) => i + 1),
    );
  });
});
