/**
 * Channels: the long-lived streams between two peers, and who may use which.
 *
 * Each channel is a stream of its own with a queue of its own, so that what is large on one does not wait
 * before what is urgent on another. `control` is ours: it carries the hello and the beats.
 */

/** What other parts of the node send over, the most urgent first. */
export const CHANNELS = ['votes', 'batches', 'sync'] as const;

/** A name of `CHANNELS`. */
export type Channel = (typeof CHANNELS)[number];

/** A stream between two peers. */
export type StreamName = 'control' | Channel;

/**
 * Every stream, in the order in which they are opened. The order counts: what the connection can take is
 * offered to its streams in this order, so votes come before a download.
 */
export const STREAMS: readonly StreamName[] = ['control', ...CHANNELS];

/** What a peer is to the chain: one who votes, or one who follows and serves answers. */
export type Role = 'validator' | 'observer';

/** Returns the libp2p protocol of a stream. The version is that of the framing, not of the messages. */
export function protocolOf(name: StreamName): string {
  return `/birthmark/${name}/1`;
}

/** Returns the channels between two peers: an observer reads the sync channel and sees no other. */
export function channelsBetween(ours: Role, theirs: Role): readonly Channel[] {
  if (ours === 'validator' && theirs === 'validator') return CHANNELS;
  if (ours === 'observer' && theirs === 'observer') return [];
  return ['sync'];
}
