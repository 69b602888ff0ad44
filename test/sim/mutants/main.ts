/**
 * `npm run sim:mutants`: plants bugs, one at a time, in a copy of the sources, and runs seeds until a check fails.
 *
 * The seed that killed a mutant when the list was last made is tried first, then others; with `--known` no others. A
 * mutant that none kills is a failure, and so is a seed that kills one and that the sources themselves do not pass.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { type Mutant, MUTANTS } from './mutants.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
/** What a run reads. */
const FOLDERS = ['chain', 'genesis', 'p2p', 'api', 'node', 'test/sim', 'test/support'];
const MORE = ['test/chain/consensus/support', 'package.json'];
/** Seeds within which each mutant must be killed. */
const SEED_COUNT_MAX = 300;

interface Verdict {
  readonly seed: number;
  readonly check: string;
}

/** Runs seeds of a tree until one fails; returns which and why. */
function runSeeds(tree: string, first: number, count: number): Verdict | undefined {
  const args = [path.join(tree, 'test/sim/mutants/probe.ts'), `${first}`, `${count}`];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 1_800_000 });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const found = /^killed (\d+) (.*)$/.exec(last);
  if (found !== null) return { seed: Number(found[1]), check: found[2] ?? '' };
  // A run that does not come to its end has been killed too.
  return last === 'passed' ? undefined : { seed: first, check: 'the run ends by itself' };
}

/** Runs the seed that is known, and then others. */
function findKiller(
  tree: string,
  { seed }: Mutant,
  { first, count }: { readonly first: number; readonly count: number },
): Verdict | undefined {
  const known = seed === undefined ? undefined : runSeeds(tree, seed, 1);
  return known ?? (count === 0 ? undefined : runSeeds(tree, first, count));
}

function copyTree(tree: string): void {
  for (const folder of [...FOLDERS, ...MORE]) {
    cpSync(path.join(ROOT, folder), path.join(tree, folder), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
}

/** Plants a bug; returns what takes it away again. Throws where the text is not there exactly once. */
function plant(tree: string, { name, file, from, to }: Mutant): () => void {
  const target = path.join(tree, file);
  const source = readFileSync(target, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${name}: the text is not once in ${file}`);
  writeFileSync(
    target,
    source.replace(from, () => to),
  );
  return () => {
    writeFileSync(target, source);
  };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      known: { type: 'boolean', default: false },
    },
  });
  const isWanted = ({ name, seed }: Mutant): boolean =>
    name.includes(values.only) && (seed !== undefined || !values.known);
  const chosen = MUTANTS.filter(isWanted);
  if (chosen.length === 0) throw new Error(`no mutant has "${values.only}" in its name`);
  const [first, count] = [Number(values.seed), values.known ? 0 : SEED_COUNT_MAX];
  const tree = mkdtempSync(path.join(tmpdir(), 'birthmark-mutants-'));
  let survivorCount = 0;
  const killers = new Set<number>();
  try {
    copyTree(tree);
    for (const mutant of chosen) {
      const startMs = performance.now();
      const restore = plant(tree, mutant);
      const verdict = findKiller(tree, mutant, { first, count });
      restore();
      if (verdict === undefined) survivorCount += 1;
      else killers.add(verdict.seed);
      const fate = verdict === undefined ? 'SURVIVES' : `seed ${verdict.seed}: ${verdict.check}`;
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
      console.log(`${mutant.rule.padEnd(9)} ${mutant.name.padEnd(52)} ${fate} (${seconds} s)`);
    }
    const guilty = [...killers].filter((seed) => runSeeds(tree, seed, 1) !== undefined);
    console.log(
      `\n${chosen.length - survivorCount} of ${chosen.length} mutants are killed; the sources themselves fail ` +
        `${guilty.length} of those ${killers.size} seeds`,
    );
    process.exitCode = survivorCount + guilty.length > 0 ? 1 : 0;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

main();
