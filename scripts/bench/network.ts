/** Rows that only a network of several validators has. */
import { SHARE_MIN } from './flow.ts';
import type { Part } from './options.ts';
import type { Measurement } from './report.ts';
import { measureRounds, measurementOf } from './rounds.ts';
import { startBesieged } from './rows/attack.ts';
import { measureCatchUps } from './rows/catchUp.ts';
import { measureCrashes } from './rows/crash.ts';
import type { World } from './world.ts';

const CRASH_S_MAX = 3;
const CATCH_UP_TIMES_MIN = 5;

const NAMES = {
  peace: 'fault-free, lists, one takes none',
  equivocation: 'under attack: two values for each slot',
  signatures: 'under attack: wrong camera signatures',
} as const;

/** Measures what is asked for, in order. */
export async function measureNetwork(
  world: World,
  asked: (part: Part) => boolean,
): Promise<readonly Measurement[]> {
  return [
    ...(asked('crash') ? [await crashRow(world)] : []),
    ...(asked('catch-up') ? await catchUpRows(world) : []),
    ...(asked('attack') ? await attackRows(world) : []),
  ];
}

async function crashRow(world: World): Promise<Measurement> {
  return {
    name: 'kill -9 of the proposer to a block of another',
    unit: 's',
    samples: await measureCrashes(world),
    target: { max: CRASH_S_MAX },
  };
}

async function catchUpRows(world: World): Promise<readonly Measurement[]> {
  const seen = await measureCatchUps(world);
  const chain: Measurement = {
    name: 'lists, one away',
    unit: '/s',
    samples: seen.map(({ chainPerSecond }) => chainPerSecond),
  };
  return [
    chain,
    {
      name: 'catch-up, its start included',
      unit: '/s',
      samples: seen.map(({ perSecond }) => perSecond),
      anchor: { measurement: chain, shareMin: CATCH_UP_TIMES_MIN },
      details: seen,
    },
  ];
}

async function attackRows(world: World): Promise<readonly Measurement[]> {
  const networks = [
    await startBesieged(NAMES.peace, undefined, world),
    await startBesieged(NAMES.equivocation, 'equivocation', world),
    await startBesieged(NAMES.signatures, 'signatures', world),
  ];
  const steps = networks.map(({ step }) => step);
  const samples = await measureRounds(steps, world.options.runs, (text) => world.note(text));
  for (const network of networks) await network.stop();
  const peace = measurementOf(NAMES.peace, samples);
  const anchor = { measurement: peace, shareMin: SHARE_MIN };
  return [
    peace,
    measurementOf(NAMES.equivocation, samples, { anchor }),
    measurementOf(NAMES.signatures, samples, { anchor }),
  ];
}
