/**
 * Examines a node that is not running, in the order in which its start would fail.
 *
 * Each check is the code that the node itself runs; where that would change something, it runs on a stand-in.
 */
import type { Config } from '../../node/config.ts';
import type { Environment } from '../../node/settingReader.ts';
import { examineAuthorities } from './authorities.ts';
import { examineClock } from './clock.ts';
import { examineDataFolder } from './dataFolder.ts';
import type { Finding } from './finding.ts';
import { examineIdentity, type KnownIdentity } from './identity.ts';
import { examinePeers } from './peers.ts';
import { examinePorts } from './ports.ts';
import {
  examineNodeVersion,
  examineSettings,
  examineSigstore,
  examineTimestamps,
  examineTls,
} from './settings.ts';
import { examineWitnesses } from './witnesses.ts';
import type { DoctorWorld } from './world.ts';

/** The node to examine. */
export interface Patient {
  readonly environment: Environment;
  /** What relative paths are relative to. */
  readonly baseDir: string;
}

/** Examines a node; the findings stand in the order of its start. Without settings the rest is unknown. */
export async function examine(
  { environment, baseDir }: Patient,
  world: DoctorWorld,
): Promise<readonly Finding[]> {
  const version = examineNodeVersion(world.nodeVersion);
  const { config, findings } = examineSettings(environment, baseDir);
  const before = [version, ...findings];
  if (config === undefined) return before;
  const identity = await examineIdentity(config, world.nowMs());
  const data = await examineDataFolder({ ...config, ...identity }, world.nowMs());
  const authorities = await examineAuthorities(identity.genesis?.authorities ?? []);
  return [
    ...before,
    ...(await examineTls(config)),
    ...identity.findings,
    ...(await examineTimestamps(config, world.nowMs())),
    ...(await examineSigstore(config, world.nowMs())),
    ...(await examineWitnesses(config, identity.genesis)),
    ...data.findings,
    ...(await examinePorts(config, data)),
    ...(await examineKnownPeers(config, identity, world)),
    ...authorities.findings,
    examineClock({ ...data, ...authorities }, world.nowMs()),
  ];
}

async function examineKnownPeers(
  config: Config,
  { genesis, validator: self, isObserver }: KnownIdentity,
  world: DoctorWorld,
): Promise<readonly Finding[]> {
  if (genesis === undefined || (self === undefined && !isObserver)) return [];
  return examinePeers({ config, genesis, self }, world);
}
