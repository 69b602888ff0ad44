/** Whether the node's addresses are free to listen on. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

import type { Config } from '../../node/config.ts';
import type { ListenAddress } from '../../node/settingReader.ts';
import { type Finding, note, ok, problem, reasonOf } from './finding.ts';
import { findPortOwner, formatOwner, type Owner } from './processes.ts';

/** A node of this data folder that runs. */
export interface RunningNode {
  readonly user: Owner | undefined;
  readonly isInUse: boolean;
}

interface Target extends ListenAddress {
  readonly setting: string;
}

/** Examines the addresses, each while those before are taken: two settings may not share one. */
export async function examinePorts(
  config: Config,
  running: RunningNode,
): Promise<readonly Finding[]> {
  const targets: readonly Target[] = [
    { setting: 'API_LISTEN', ...config.apiListen },
    { setting: 'ADMIN_LISTEN', ...config.adminListen },
    // Nobody dials an observer.
    ...(config.observer ? [] : [{ setting: 'P2P_LISTEN', ...config.p2pListen }]),
  ];
  const servers: Server[] = [];
  const findings: Finding[] = [];
  for (const target of targets) {
    const server = createServer();
    const failure = await listen(server, target);
    if (failure === undefined) servers.push(server);
    const before = targets.slice(0, targets.indexOf(target));
    const twin = before.find(({ port }) => port === target.port && port !== 0);
    findings.push(await judge(target, failure, { twin, running }));
  }
  for (const server of servers) server.close();
  return findings;
}

async function listen(server: Server, { host, port }: Target): Promise<Error | undefined> {
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error;
    throw error;
  }
}

interface Surroundings {
  /** A setting before this one that has the same port. */
  readonly twin: Target | undefined;
  readonly running: RunningNode;
}

async function judge(
  { setting, host, port }: Target,
  failure: Error | undefined,
  { twin, running }: Surroundings,
): Promise<Finding> {
  const address = `${setting}=${host}:${port}`;
  if (failure === undefined)
    return ok('ports', port === 0 ? `${address}: any` : `${address} is free`);
  if (!('code' in failure) || failure.code !== 'EADDRINUSE') {
    const remedy = `set ${setting} to an address of this machine, with a port that this user may use`;
    return problem('ports', `${address} cannot be listened on: ${reasonOf(failure)}`, remedy);
  }
  if (twin !== undefined) {
    return problem(
      'ports',
      `${address} has the port of ${twin.setting}`,
      `give ${setting} another`,
    );
  }
  const owner = await findPortOwner(port);
  const what = `${address} is in use by ${formatOwner(owner)}`;
  const isOwn = running.isInUse && owner?.pid === running.user?.pid;
  return isOwn
    ? note('ports', `${what}: the node that runs`)
    : problem('ports', what, `stop that process, or set ${setting} to another port`);
}
