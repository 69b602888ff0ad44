/**
 * A validator that turns on the others when it is told to: `attacker.ts DIR MODE`, with the keys of a folder.
 *
 * It runs the production replica, so that it costs the machine what an honest validator costs; what is wrong with it
 * stands in `lyingPeers.ts` and `badBatches.ts`. It takes no submissions.
 */
import { setImmediate } from 'node:timers/promises';

import { createRegistry, type Registry } from '../../../chain/certificate/registry.ts';
import { verifySigned, verifySignedOffThread } from '../../../chain/signature.ts';
import { valueAt } from '../../../chain/state.ts';
import { factsOf } from '../../../genesis/document.ts';
import { systemClock } from '../../../node/clock.ts';
import { readConfig } from '../../../node/config.ts';
import { readValidator } from '../../../node/identity.ts';
import { Certificates } from '../../../node/intake/certificates.ts';
import { Ledger } from '../../../node/ledger.ts';
import { createLog } from '../../../node/log.ts';
import { BatchPool } from '../../../node/mempool/batchPool.ts';
import { createEvidenceCheck } from '../../../node/mempool/evidenceCheck.ts';
import { NodeNetwork } from '../../../node/network.ts';
import { Replica } from '../../../node/replica.ts';
import { cosigningOptionsOf } from '../../../node/nodeReplica.ts';
import type { ReplicaEvents, ReplicaParts } from '../../../node/replicaPorts.ts';
import { openStores } from '../../../node/stores.ts';
import { readEnvironment } from '../../cli/commands/start.ts';
import { BadBatches } from './badBatches.ts';
import { LyingPeers } from './lyingPeers.ts';
import type { AttackMessage } from './modes.ts';

const [dir = '', mode = ''] = process.argv.slice(2);

const config = readConfig(await readEnvironment(dir), dir);
const identity = await readValidator(config);
const stores = await openStores(config.dataDir, () => undefined);
const ledger = await Ledger.open(stores.chain, factsOf(identity.genesis));
const log = createLog('info');

let current: Registry | undefined;
function registry(): Registry {
  const { state } = ledger.edge();
  const authorities = valueAt(state.registries, state.height + 1);
  if (current?.authorities !== authorities) current = createRegistry(authorities);
  return current;
}

function fail(error: unknown): void {
  log.error({ err: error }, 'the attacker must stop');
  process.exitCode = 1;
  void stop();
}

const { limits } = config;
const rate = { perS: limits.certificateRatePerS, burst: limits.certificateBurst };
const { parse } = new Certificates(registry, rate);
const network = new NodeNetwork(
  { config, identity, clock: systemClock, log },
  {
    receive: (from, channel, bytes) => replica.receive(from, channel, bytes),
    answer: (from, request) => replica.answer(from, request),
    onPeer: (peer, state) => {
      replica.onPeer(peer, state);
    },
    onHeight: () => undefined,
    height: () => ledger.edge().header.height,
    onFault: fail,
  },
);
const pool = new BatchPool(limits.mempoolBytesMax);
const peers = new LyingPeers(network, identity);
const parts: ReplicaParts = {
  ...stores,
  consensusKey: identity.validator.consensusKey,
  sign: identity.sign,
  cosigning: cosigningOptionsOf(identity),
  ledger,
  pool,
  peers,
  clock: systemClock,
  log,
  parse,
  checkEvidence: createEvidenceCheck({ parse, registry }),
  verify: verifySigned,
  verifyLater: verifySignedOffThread,
  signAtOnce: config.signAtOnce,
  random: () => Math.random(),
  pause: () => setImmediate(),
};
const events: ReplicaEvents = {
  onBlock: () => Promise.resolve(),
  onDead: () => Promise.resolve(),
  onRoom: () => undefined,
  // It keeps what it knows of itself to itself.
  onEquivocation: () => Promise.resolve(false),
  onBadBatch: () => undefined,
  onFinal: () => undefined,
  onStep: () => undefined,
  onRefused: () => undefined,
  onBuild: () => undefined,
  onFault: fail,
};
const replica = new Replica(parts, events);
const batches = new BadBatches({ network, pool, ledger, identity });

async function stop(): Promise<void> {
  batches.stop();
  await network.stop();
  await replica.stop();
  await stores.close();
  if (process.connected) process.disconnect();
}

process.on('message', ({ attack }: AttackMessage) => {
  peers.isLying = attack && mode === 'equivocation';
  if (attack && mode === 'signatures') batches.start();
  else batches.stop();
  process.send?.({ attack });
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
process.on('disconnect', () => void stop());

await network.start();
await replica.start();
process.send?.({ attack: false });
