import { runSeed } from './simulation.ts';

const seed = Number(process.argv[2] ?? 1);
const count = Number(process.argv[3] ?? 1);
const isTraced = process.argv.includes('--trace');
for (let each = seed; each < seed + count; each++) {
  const start = performance.now();
  const outcome = await runSeed(each, { isReal: false, ...(isTraced ? { onLine: (line: string) => console.log(line) } : {}) });
  const { violations, plan, height, simulatedMs, eventCount, digest, recoveryMs } = outcome;
  console.log(`seed ${each} n ${plan.validatorCount} ${plan.conducts.filter((c) => c !== 'honest').join(',')} height ${height} sim ${(simulatedMs / 1000).toFixed(0)} s events ${eventCount} real ${(performance.now() - start).toFixed(0)} ms digest ${digest.toString(16)} recovery ${recoveryMs}`);
  for (const { check, what, atMs } of violations.slice(0, 3)) console.log(`  ${check} at ${(atMs / 1000).toFixed(3)}: ${what}`);
}
