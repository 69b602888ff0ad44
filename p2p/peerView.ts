/** What operators and metrics see of a peer. */
import type { Channel } from './channel.ts';
import type { Link, LinkState } from './link.ts';
import type { NetworkLimits } from './limits.ts';
import type { ChannelCounters, Judgement, LastError, Peer } from './peer.ts';
import type { PeerName } from './ports.ts';

/** What waits to be sent. */
export interface QueueView {
  readonly messages: number;
  readonly bytes: number;
}

/** A peer at one moment. */
export interface PeerView extends PeerName {
  readonly state: LinkState;
  /** Unix milliseconds since which it can be used; undefined while it cannot. */
  readonly upSinceMs: number | undefined;
  /** Which side dialled; undefined without a connection. */
  readonly direction: 'inbound' | 'outbound' | undefined;
  /** Multiaddr of the other end; undefined without a connection. */
  readonly address: string | undefined;
  /** Multiaddrs that the peer says it is reached at; never dialled. */
  readonly announced: readonly string[];
  /** As the peer said last. */
  readonly height: number | undefined;
  /** Unix milliseconds of its last message; beats do not count. */
  readonly lastMessageMs: number | undefined;
  readonly queues: Readonly<Partial<Record<Channel, QueueView>>>;
  /** Requests that wait for its answer. */
  readonly pendingRequests: number;
  readonly counters: Readonly<Record<Channel, Readonly<ChannelCounters>>>;
  readonly judgements: Readonly<Record<Judgement, number>>;
  /** Points that are not forgiven yet. */
  readonly points: number;
  readonly isBanned: boolean;
  readonly lastError: LastError | undefined;
}

/** Returns how a peer stands. */
export function viewPeer(
  peer: Peer,
  link: Link | undefined,
  { nowMs, limits }: { readonly nowMs: number; readonly limits: NetworkLimits },
): PeerView {
  const { name, height, lastMessageMs, announced, isBanned, lastError } = peer;
  return {
    ...name,
    ...viewLink(link),
    height,
    lastMessageMs,
    announced,
    counters: structuredClone(peer.counters),
    judgements: { ...peer.judgements },
    points: peer.pointsAt(nowMs, limits),
    isBanned,
    lastError,
  };
}

function viewLink(
  link: Link | undefined,
): Pick<PeerView, 'state' | 'upSinceMs' | 'direction' | 'address' | 'queues' | 'pendingRequests'> {
  const queues = [...(link?.outboxes ?? [])].map(
    ([channel, { count, sizeBytes }]) => [channel, { messages: count, bytes: sizeBytes }] as const,
  );
  return {
    state: link?.state ?? 'down',
    upSinceMs: link?.upSinceMs,
    direction: link?.connection.direction,
    address: link?.connection.remoteAddr.toString(),
    queues: Object.fromEntries(queues),
    pendingRequests: link?.exchange.pendingCount ?? 0,
  };
}
