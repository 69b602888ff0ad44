/** Whether the other validators have addresses, and whether somebody answers there. */
import { quorumSize } from '../../chain/consensus/quorum.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import type { Genesis } from '../../genesis/document.ts';
import type { Config } from '../../node/config.ts';
import { createAddressRanges } from '../../p2p/addressRanges.ts';
import { findDialAddresses, parseTcpAddress } from '../../p2p/dialAddress.ts';
import { NetworkError } from '../../p2p/errors.ts';
import { type Finding, note, ok, problem } from './finding.ts';
import type { DoctorWorld, Reach } from './world.ts';

/** Who is to be reached. */
export interface PeerOptions {
  readonly config: Config;
  readonly genesis: Genesis;
  /** This node's own entry; undefined: it is an observer. */
  readonly self: Validator | undefined;
}

type PeerWorld = Pick<DoctorWorld, 'lookup' | 'connect'>;

interface PeerFinding {
  readonly finding: Finding;
  readonly isReachable: boolean;
}

const REMEDIES: Readonly<Record<Exclude<Reach, 'reachable'>, string>> = {
  refused: 'its node is stopped or listens elsewhere: ask its institution, or correct P2P_PEERS',
  'no answer': 'it is down, or a firewall is between: ask its institution, or correct P2P_PEERS',
};

/** Examines all other validators at the same time. */
export async function examinePeers(
  options: PeerOptions,
  world: PeerWorld,
): Promise<readonly Finding[]> {
  const { genesis, self } = options;
  const peers = genesis.validators.filter((each) => each !== self);
  const overrides = examineOverrides(options);
  if (peers.length === 0) {
    return [...overrides.findings, ok('peers', 'none: this network is of one validator')];
  }
  const found = await Promise.all(
    peers.map((peer) => examinePeer(peer, { ...options, ...overrides }, world)),
  );
  const reachable = found.filter(({ isReachable }) => isReachable).length;
  return [
    ...overrides.findings,
    ...found.map(({ finding }) => finding),
    ...(self === undefined
      ? judgeSources(reachable)
      : judgeQuorum(reachable + 1, genesis.validators.length)),
  ];
}

function judgeQuorum(count: number, validatorCount: number): readonly Finding[] {
  const quorum = quorumSize(validatorCount);
  if (count >= quorum) return [];
  return [
    note('peers', `${count} of ${validatorCount} validators can be reached; blocks need ${quorum}`),
  ];
}

/** What an observer needs: one who has the blocks. */
function judgeSources(count: number): readonly Finding[] {
  return count > 0 ? [] : [note('peers', 'no validator can be reached: there is nobody to follow')];
}

interface Overrides {
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly findings: readonly Finding[];
}

/** P2P_PEERS: name=multiaddr, in place of all addresses of the genesis. */
function examineOverrides({ config, genesis }: PeerOptions): Overrides {
  const addresses = new Map<string, readonly string[]>();
  const findings: Finding[] = [];
  for (const pair of config.p2pPeers) {
    const at = pair.indexOf('=');
    const [name, address] = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)];
    const what = problemOf(name, address, genesis);
    if (what === undefined) addresses.set(name, [...(addresses.get(name) ?? []), address]);
    else findings.push(problem('peers', `P2P_PEERS holds ${pair}: ${what}`, OVERRIDE_REMEDY));
  }
  return { addresses, findings };
}

const OVERRIDE_REMEDY = 'write NAME=MULTIADDR, such as v2=/dns4/node.example.org/tcp/26656';

function problemOf(name: string, address: string, { validators }: Genesis): string | undefined {
  if (!validators.some((each) => each.name === name)) {
    return `the genesis has no validator of the name "${name}"`;
  }
  try {
    parseTcpAddress(address);
    return undefined;
  } catch (error) {
    if (error instanceof NetworkError) return error.message;
    throw error;
  }
}

async function examinePeer(
  { name, peerId, addresses: published }: Validator,
  { config, addresses: overrides }: PeerOptions & Overrides,
  world: PeerWorld,
): Promise<PeerFinding> {
  const addresses = overrides.get(name) ?? published;
  const unreachable = (what: string, remedy: string): PeerFinding => ({
    finding: note('peers', `${name} ${what}`, remedy),
    isReachable: false,
  });
  if (addresses.length === 0) {
    return unreachable('has no address', `name one in P2P_PEERS, unless ${name} dials this node`);
  }
  try {
    const ranges = createAddressRanges(config.allowedIps);
    const found = await findDialAddresses({ peerId, addresses }, { ranges, lookup: world.lookup });
    const targets = found.map((each) => parseTcpAddress(each.toString()));
    const reaches = await Promise.all(
      targets.map(({ host, port }) => world.connect(host, Number(port))),
    );
    const shown = targets.map(({ host, port }) => `${host} port ${port}`).join(', ');
    if (reaches.includes('reachable')) {
      return { finding: ok('peers', `${name} is reachable (${shown})`), isReachable: true };
    }
    const reach = reaches.includes('refused') ? 'refused' : 'no answer';
    const what = reach === 'refused' ? 'refuses connections' : 'does not answer';
    return unreachable(`${what} (${shown})`, REMEDIES[reach]);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return unreachable(`cannot be dialled: ${error.message}`, 'correct its address in P2P_PEERS');
  }
}
