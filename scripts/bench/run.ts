/** A run: the parts that were asked for, one after another, as rows of one report. */
import { join } from 'node:path';

import { measureFlow, NAMES, SHARE_MIN } from './flow.ts';
import { measureNetwork } from './network.ts';
import { type Part, SETTINGS } from './options.ts';
import type { Measurement } from './report.ts';
import { measureRounds, measurementOf, type Step } from './rounds.ts';
import { BareServer } from './rows/anchors.ts';
import { type Exported, measureExports } from './rows/export.ts';
import {
  type LargeChain,
  makeLargeChain,
  measureBytes,
  measureReads,
  measureStarts,
  untilFinal,
  writeRandomHashes,
} from './rows/ledger.ts';
import { measureMemory } from './rows/memory.ts';
import { measureProofs } from './rows/proofs.ts';
import { prepareNetwork, startNode, startNodes, type World } from './world.ts';

const VERIFY = 'verify';
const VERIFY_PATH = '/api/v1/verify/';
const PROOF = 'proof';
const PROOF_PATH = '/api/v1/proof/';
/** Less than an answer's share: the hashes of a proof stand all over the tree. */
const PROOF_SHARE_MIN = 1 / 3;
const P99_MS_MAX = 20;
const BYTES_MAX = 250;
const START_S_MAX = 2;
const RSS_MB_MAX = 400;
const EXPORT_S_MAX = 120;
const EXPORT_RSS_MB_MAX = 300;
const MEGABYTE = 1_000_000;

/** Measures the parts of `--only`, in order. */
export async function measureAll(world: World): Promise<readonly Measurement[]> {
  const { parts, validators } = world.options;
  const asked = (part: Part): boolean => parts.includes(part);
  return [
    ...(asked('anchors') || asked('submissions') ? await measureFlow(world, asked) : []),
    ...(asked('proofs') ? measureProofs(world) : []),
    ...(validators === 1 ? await measureChain(world, asked) : await measureMany(world, asked)),
  ];
}

async function measureChain(
  world: World,
  asked: (part: Part) => boolean,
): Promise<readonly Measurement[]> {
  if (!asked('ledger') && !asked('export') && !asked('memory')) return [];
  const chain = await makeLargeChain(world);
  return [
    ...(asked('ledger') ? await measureLedger(chain, world) : []),
    ...(asked('export') ? await measureExportRows(chain, world) : []),
    ...(asked('memory') ? [await measureBacklog(chain.devnet.dirs.slice(0, 1), world)] : []),
  ];
}

async function measureMany(
  world: World,
  asked: (part: Part) => boolean,
): Promise<readonly Measurement[]> {
  const rows = await measureNetwork(world, asked);
  if (!asked('memory')) return rows;
  const { validators } = world.options;
  const { dirs } = await prepareNetwork('memory', world, { validators });
  return [...rows, await measureBacklog(dirs, world)];
}

async function measureLedger(chain: LargeChain, world: World): Promise<readonly Measurement[]> {
  const starts = await measureStarts(chain, world);
  const node = await startNode(chain.devnet.dirs[0], world);
  const bare = await BareServer.start(world);
  const file = join(world.dir, 'hashes');
  await writeRandomHashes(file, chain.records, SETTINGS.absentShare);
  // Of what is absent there is no proof, and a refusal ends a measurement.
  const present = join(world.dir, 'present');
  await writeRandomHashes(present, chain.records, 0);
  await untilFinal(node);
  const p99: number[] = [];
  const steps: readonly Step[] = [
    { name: NAMES.get, measure: () => bare.get(file) },
    {
      name: VERIFY,
      measure: async () => {
        const { perSecond, result } = await measureReads(node, { path: VERIFY_PATH, file }, world);
        p99.push(result.latencyMs.p99);
        return perSecond;
      },
    },
    {
      name: PROOF,
      measure: async () =>
        (await measureReads(node, { path: PROOF_PATH, file: present }, world)).perSecond,
    },
  ];
  const samples = await measureRounds(steps, world.options.runs, (text) => world.note(text));
  await node.child.stop();
  await bare.stop();
  const get = measurementOf(NAMES.get, samples);
  const at = `${chain.records} records`;
  return [
    { ...get, name: `${NAMES.get}, beside verify` },
    {
      ...measurementOf(VERIFY, samples, {
        anchor: { measurement: get, shareMin: SHARE_MIN },
      }),
      name: `verify at ${at}`,
    },
    {
      ...measurementOf(PROOF, samples, {
        anchor: { measurement: get, shareMin: PROOF_SHARE_MIN },
      }),
      name: `proofs at ${at}`,
    },
    { name: 'verify, p99', unit: 'ms', samples: p99.slice(1), target: { max: P99_MS_MAX } },
    { name: `start at ${at}`, unit: 's', samples: starts, target: { max: START_S_MAX } },
    {
      name: 'chain data for a record',
      unit: 'bytes',
      samples: [await measureBytes(chain)],
      target: { max: BYTES_MAX },
      details: { makeSeconds: chain.makeSeconds },
    },
  ];
}

async function measureExportRows(chain: LargeChain, world: World): Promise<readonly Measurement[]> {
  const exports = await measureExports(chain, world);
  const megabytes = (of: (each: Exported) => number): readonly number[] =>
    exports.map((each) => of(each) / MEGABYTE);
  return [
    {
      name: `export of ${chain.records} records`,
      unit: 's',
      samples: exports.map(({ seconds }) => seconds),
      target: { max: EXPORT_S_MAX },
      details: exports,
    },
    { name: 'export, files', unit: 'MB', samples: megabytes(({ bytes }) => bytes) },
    {
      name: 'export, RSS',
      unit: 'MB',
      samples: megabytes(({ peakBytes }) => peakBytes),
      target: { max: EXPORT_RSS_MB_MAX },
    },
  ];
}

/** Stops the authority for good: the last part of a run. */
async function measureBacklog(dirs: readonly string[], world: World): Promise<Measurement> {
  const { pendingMax } = world.options;
  await world.authority.child.stop();
  const nodes = await startNodes(dirs, world, { settings: { PENDING_MAX: String(pendingMax) } });
  const uses = await measureMemory(nodes, world);
  for (const { child } of nodes) await child.stop();
  const most = Math.max(...uses.map(({ fullBytes }) => fullBytes));
  return {
    name: `RSS, ${pendingMax} pending${dirs.length === 1 ? '' : ' at each, the largest'}`,
    unit: 'MB',
    samples: [most / MEGABYTE],
    target: { max: RSS_MB_MAX },
    details: uses,
  };
}
