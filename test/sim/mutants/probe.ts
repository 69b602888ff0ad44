/** Runs seeds until one fails, and says which and why. Started by `main.ts` in a copy of the sources. */
import { runSeed } from '../simulation.ts';

const [first = 1, count = 1] = process.argv.slice(2).map(Number);
let verdict = 'passed';
for (let seed = first; seed < first + count && verdict === 'passed'; seed++) {
  const { violations } = await runSeed(seed, { isReal: false });
  if (violations[0] !== undefined) verdict = `killed ${seed} ${violations[0].check}`;
}
console.log(verdict);
