/**
 * Networks on loopback for tests: real libp2p nodes on free ports, and a record of what each was told.
 *
 * Tests wait for an event of the record. Where time matters they give a clock that they move themselves.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

import { ed25519PublicKey } from '#crypto';

import { systemClock } from '../../node/clock.ts';
import type { Channel } from '../../p2p/channel.ts';
import type { NetworkLimits } from '../../p2p/limits.ts';
import { createNetwork, type Network, type NetworkOptions } from '../../p2p/network.ts';
import type { PeerList } from '../../p2p/peerList.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import type { Answer, Clock, PeerName } from '../../p2p/ports.ts';
import type { PeerView } from '../../p2p/peerView.ts';
import { hashOfText } from '../support/chainValues.ts';

/** Something that a network reported. */
export type Told =
  | {
      readonly kind: 'message';
      readonly from: PeerName;
      readonly channel: Channel;
      bytes: Uint8Array;
    }
  | { readonly kind: 'peer'; readonly peer: PeerName; readonly state: 'up' | 'down' }
  | { readonly kind: 'height'; readonly peer: PeerName; readonly height: number }
  | { readonly kind: 'request'; readonly from: PeerName; readonly bytes: Uint8Array }
  | { readonly kind: 'log'; readonly level: string; readonly facts: object; readonly text: string }
  | { readonly kind: 'fault'; readonly error: unknown };

/** What a test wants otherwise for one node. */
export interface NodeSettings {
  readonly clock?: Clock;
  readonly chainId?: Uint8Array;
  readonly limits?: Partial<NetworkLimits>;
  readonly allowedIps?: readonly string[];
  readonly announce?: readonly string[];
  readonly listen?: NetworkOptions['listen'];
  readonly peers?: PeerList;
  readonly height?: () => number;
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  readonly answer?: (bytes: Uint8Array, from: PeerName) => Promise<Answer>;
  readonly onMessage?: (
    from: PeerName,
    channel: Channel,
    bytes: Uint8Array,
  ) => void | Promise<void>;
}

/** Pauses as short as a test needs them. */
const QUICK: Partial<NetworkLimits> = {
  reconnectMsMin: 2,
  reconnectMsMax: 20,
  reconnectCourtesyMs: 5,
};

/** The chain of all nodes that are not given another. */
export const CHAIN = hashOfText('p2p test chain');

/** Returns the network key of a name. */
export function keyOf(name: string): Uint8Array {
  return hashOfText(`network key of ${name}`);
}

/** Returns the peer id of a name. */
export function idOf(name: string): string {
  return peerIdOf(ed25519PublicKey(keyOf(name)));
}

/** Returns `names`, the one with the smallest peer id first. */
export function byPeerId(...names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** One network and its record. */
export class TestNode {
  readonly name: string;
  readonly peerId: string;
  readonly network: Network;
  readonly told: Told[] = [];
  readonly #waiters = new Set<() => void>();

  constructor(name: string, settings: NodeSettings) {
    this.name = name;
    this.peerId = idOf(name);
    const log = (level: string) => (facts: object, text: string) => {
      this.#tell({ kind: 'log', level, facts, text });
    };
    const options: NetworkOptions = {
      networkKey: keyOf(name),
      listen: 'listen' in settings ? settings.listen : { host: '127.0.0.1', port: 0 },
      announce: settings.announce ?? [],
      chainId: settings.chainId ?? CHAIN,
      peers: settings.peers ?? { validators: [], observers: [] },
      allowedIps: settings.allowedIps ?? [],
      limits: { ...QUICK, ...settings.limits },
    };
    this.network = createNetwork(options, {
      clock: settings.clock ?? systemClock,
      log: { warn: log('warn'), info: log('info'), debug: log('debug') },
      random: () => 0.5,
      lookup: settings.lookup ?? (() => Promise.resolve([])),
      height: settings.height ?? (() => 7),
      onMessage: (from, channel, bytes) => {
        this.#tell({ kind: 'message', from, channel, bytes });
        return settings.onMessage?.(from, channel, bytes);
      },
      onPeer: (peer, state) => {
        this.#tell({ kind: 'peer', peer, state });
      },
      onHeight: (peer, height) => {
        this.#tell({ kind: 'height', peer, height });
      },
      onRequest: (from, bytes) => {
        this.#tell({ kind: 'request', from, bytes });
        return settings.answer?.(bytes, from) ?? Promise.resolve(bytes);
      },
      onFault: (error) => {
        this.#tell({ kind: 'fault', error });
      },
    });
  }

  /** Resolves when `holds` does; it is asked again after everything that the network reports. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
    });
  }

  /** Resolves to the first report that is of this kind and matches, told before or later. */
  async hears<K extends Told['kind']>(
    kind: K,
    matches: (told: Extract<Told, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<Told, { kind: K }>> {
    await this.until(() => this.all(kind).some(matches));
    return this.all(kind).find(matches)!;
  }

  /** Returns all reports of a kind so far. */
  all<K extends Told['kind']>(kind: K): Extract<Told, { kind: K }>[] {
    return this.told.filter((each): each is Extract<Told, { kind: K }> => each.kind === kind);
  }

  /** Resolves when the peer has come up `times` times. */
  async up(name: string, times = 1): Promise<void> {
    await this.until(() => this.#count(name, 'up') >= times);
  }

  /** Resolves when the peer has gone down `times` times. */
  async down(name: string, times = 1): Promise<void> {
    await this.until(() => this.#count(name, 'down') >= times);
  }

  /** Returns how this node sees a peer. */
  view(name: string): PeerView {
    return this.network.peers().find(({ peerId }) => peerId === idOf(name))!;
  }

  /** Messages received, as their first bytes. */
  firstBytes(channel: Channel): number[] {
    return this.all('message')
      .filter((each) => each.channel === channel)
      .map(({ bytes }) => bytes[0]!);
  }

  #count(name: string, state: 'up' | 'down'): number {
    return this.all('peer').filter(
      (each) => each.peer.peerId === idOf(name) && each.state === state,
    ).length;
  }

  #tell(told: Told): void {
    this.told.push(told);
    for (const check of [...this.#waiters]) check();
  }
}

/** Nodes of one test, and their end. */
export class Rig {
  readonly #nodes: TestNode[] = [];
  readonly #ends: (() => Promise<void> | void)[] = [];

  /** Returns a node that listens; it knows nobody yet unless its settings say so. */
  async node(name: string, settings: NodeSettings = {}): Promise<TestNode> {
    const node = new TestNode(name, settings);
    this.#nodes.push(node);
    await node.network.start();
    return node;
  }

  /** Returns nodes that listen, all validators, and lets them know each other. */
  async mesh(names: readonly string[], settings: NodeSettings = {}): Promise<TestNode[]> {
    const nodes = await Promise.all(names.map((name) => this.node(name, settings)));
    introduce(nodes);
    return nodes;
  }

  /** Returns a TCP server that takes connections and says nothing. */
  async silentServer(): Promise<{
    readonly address: string;
    readonly connected: Promise<unknown>;
    readonly closed: Promise<unknown>;
  }> {
    const server = createServer();
    const connected = once(server, 'connection');
    const closed = connected.then(([socket]: Socket[]) => {
      socket!.on('error', () => undefined).resume();
      return new Promise((resolve) => socket!.on('close', resolve));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.atEnd(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return { address: `/ip4/127.0.0.1/tcp/${port}`, connected, closed };
  }

  /** Has something done when the test ends. */
  atEnd(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }

  /** Stops everything. Rejects if a network reported a fault, which no peer may cause. */
  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
    const nodes = this.#nodes.splice(0);
    await Promise.all(nodes.map(({ network }) => network.stop()));
    for (const { error } of nodes.flatMap((node) => node.all('fault'))) throw error;
  }
}

/** Returns the list in which these are the validators. */
export function listOf(
  validators: readonly TestNode[],
  observers: readonly string[] = [],
): PeerList {
  return {
    validators: validators.map(({ name, peerId, network }) => ({
      name,
      peerId,
      addresses: network.addresses(),
    })),
    observers: observers.map(idOf),
  };
}

/**
 * Gives all nodes the same validators. Of each pair only the one with the smaller peer id has the address of
 * the other: no connection is replaced by another while a test goes on.
 */
export function introduce(nodes: readonly TestNode[], observers: readonly string[] = []): void {
  for (const node of nodes) {
    const { validators } = listOf(nodes);
    node.network.setPeers({
      validators: validators.map((each) =>
        each.peerId < node.peerId ? { ...each, addresses: [] } : each,
      ),
      observers: observers.map(idOf),
    });
  }
}

/** Gives all nodes the same list, so that both of each pair dial. */
export function introduceBothWays(nodes: readonly TestNode[]): void {
  for (const { network } of nodes) network.setPeers(listOf(nodes));
}

/** Resolves when each of the nodes is connected to each other. */
export async function allUp(nodes: readonly TestNode[]): Promise<void> {
  await Promise.all(
    nodes.flatMap((node) => nodes.filter((each) => each !== node).map(({ name }) => node.up(name))),
  );
}

/** Resolves to the code with which a promise is rejected, or 'fulfilled'. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'fulfilled';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}
