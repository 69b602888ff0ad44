/**
 * Limits of the network layer, in one place. What a peer can make this node keep or do is bounded by them.
 *
 * They are local: two nodes may differ, except that a message longer than the other's limit ends the
 * connection. Tests replace single values.
 */
import type { Channel } from './channel.ts';

/** What one channel to one peer may hold and take. */
export interface ChannelLimits {
  /** One message. A longer one is refused here before it is sent, and breaks the framing there. */
  readonly messageBytesMax: number;
  /** Messages that wait to be sent. */
  readonly queueMessagesMax: number;
  /** Bytes that wait to be sent; one message of the largest size fits in any case. */
  readonly queueBytesMax: number;
  /** Messages that are taken from a peer in a second; more are left in its own queue. */
  readonly inboundMessagesPerS: number;
  /** Bytes that are taken from a peer in a second; more are left in its own queue. */
  readonly inboundBytesPerS: number;
}

/** All limits. */
export interface NetworkLimits {
  readonly channels: Readonly<Record<Channel, ChannelLimits>>;

  /** A hello or a beat. */
  readonly controlMessageBytesMax: number;
  /** Addresses that a hello tells. */
  readonly announcedAddressCountMax: number;

  /** Inbound connections that have not proved a peer id yet, from everywhere. */
  readonly pendingInboundCountMax: number;
  /** Those from one address. All validators of a development network share one. */
  readonly pendingPerAddressCountMax: number;
  /** Inbound connections of one address in a second. */
  readonly inboundPerAddressPerS: number;
  /** Inbound connections altogether. */
  readonly inboundCountMax: number;
  /** Connections of one peer, the one that is kept and those that are being closed. */
  readonly connectionsPerPeerCountMax: number;
  /** Time in which an inbound connection must prove its peer id. */
  readonly upgradeTimeoutMs: number;
  /** Time from an open connection to a peer that can be used. */
  readonly helloTimeoutMs: number;
  /** Time for a dial over all addresses of a peer. */
  readonly dialTimeoutMs: number;
  /** Time for one of them. */
  readonly dialAddressTimeoutMs: number;
  /** Time for what is still to be sent when a connection is closed in peace. */
  readonly closeTimeoutMs: number;

  /** Time between two beats. */
  readonly beatIntervalMs: number;
  /** Intervals in a row without a byte from a peer, after which its connection is given up. */
  readonly silentBeatsMax: number;

  /** First pause before a dial is repeated. It doubles, up to the next. */
  readonly reconnectMsMin: number;
  /** Longest pause: short enough that a network is whole again soon after any outage. */
  readonly reconnectMsMax: number;
  /** By how much the peer with the greater id waits longer, so that two seldom dial at once. */
  readonly reconnectCourtesyMs: number;
  /** Pause before a peer of another chain or version is tried again. */
  readonly refusedRetryMs: number;

  /** Points at which a peer is disconnected for a while. */
  readonly scorePointsMax: number;
  /** Time in which one point is forgiven. */
  readonly scoreForgiveMs: number;
  /** How long a peer stays disconnected. */
  readonly banMs: number;

  /** Requests that wait for an answer from one peer. */
  readonly requestCountMax: number;
  /** Requests that are answered for one peer at a time. */
  readonly servingCountMax: number;
  /** Requests that are taken from one peer in a second. */
  readonly requestsPerS: number;
  /** One answer, all chunks together. */
  readonly responseBytesMax: number;
  /** Time without a chunk after which an answer is given up. */
  readonly requestIdleMs: number;
  /** Time for a whole answer. */
  readonly requestTotalMs: number;

  /** Bytes handed to a stream at a time: how long a vote waits behind a download. */
  readonly sliceBytesMax: number;
  /** Bytes of a stream that may be on their way and unread. */
  readonly windowBytesMax: number;
  /** Bytes that were read before the peer is told that it may send so many more. */
  readonly grantBytesMin: number;
  /** Bytes that a stream keeps unread before it is reset; above the window. */
  readonly readBufferBytesMax: number;
  /** Bytes that a stream or a connection keeps unsent before it is reset. */
  readonly writeBufferBytesMax: number;
  /** Streams that a peer may have open on a connection; the fifth and more only while they are refused. */
  readonly streamCountMax: number;
  /** Multiplexer frames of a connection in a second, of any kind. */
  readonly muxFramesPerS: number;
}

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** The limits that a node runs with. */
export const LIMITS: NetworkLimits = {
  channels: {
    votes: {
      // A NEW-VIEW carries a quorum of view changes, each of which may carry a whole header.
      messageBytesMax: 4 * MIB,
      queueMessagesMax: 4_096,
      queueBytesMax: 8 * MIB,
      inboundMessagesPerS: 2_000,
      inboundBytesPerS: 16 * MIB,
    },
    batches: {
      // 1,000 items with the largest certificates.
      messageBytesMax: 16 * MIB,
      queueMessagesMax: 1_024,
      queueBytesMax: 32 * MIB,
      inboundMessagesPerS: 1_000,
      inboundBytesPerS: 64 * MIB,
    },
    sync: {
      messageBytesMax: MIB,
      queueMessagesMax: 256,
      queueBytesMax: 2 * MIB,
      // Chunks of answers count too: 4,000 of 64 KiB are more than a connection carries.
      inboundMessagesPerS: 4_000,
      inboundBytesPerS: 256 * MIB,
    },
  },

  controlMessageBytesMax: 4 * KIB,
  announcedAddressCountMax: 8,

  pendingInboundCountMax: 64,
  pendingPerAddressCountMax: 32,
  inboundPerAddressPerS: 64,
  inboundCountMax: 512,
  connectionsPerPeerCountMax: 4,
  upgradeTimeoutMs: 3_000,
  helloTimeoutMs: 5_000,
  dialTimeoutMs: 6_000,
  dialAddressTimeoutMs: 3_000,
  closeTimeoutMs: 1_000,

  beatIntervalMs: 2_000,
  silentBeatsMax: 3,

  reconnectMsMin: 100,
  reconnectMsMax: 3_000,
  reconnectCourtesyMs: 250,
  refusedRetryMs: 60_000,

  scorePointsMax: 10,
  scoreForgiveMs: 30_000,
  banMs: 60_000,

  requestCountMax: 8,
  servingCountMax: 8,
  requestsPerS: 200,
  responseBytesMax: 64 * MIB,
  requestIdleMs: 10_000,
  requestTotalMs: 120_000,

  sliceBytesMax: 64 * KIB,
  windowBytesMax: MIB,
  // A quarter of the window with which yamux begins: the peer always has the rest.
  grantBytesMin: 64 * KIB,
  readBufferBytesMax: 2 * MIB,
  writeBufferBytesMax: MIB,
  streamCountMax: 8,
  muxFramesPerS: 40_000,
};
