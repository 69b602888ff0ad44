/**
 * How much one client may ask. It keeps a client that runs wild from taking the whole node; limits for each
 * camera certificate are the intake's.
 */
import ipaddr from 'ipaddr.js';
import { TokenBucket } from 'limiter';
import { LRUCache } from 'lru-cache';

import { CLIENT_COUNT_MAX } from './limits.ts';

/** Takes `count` from a client's rate; false if it has not so much left. */
export type RateLimit = (address: string, count: number) => boolean;

/**
 * Returns a limit of requests a second for each client, with a burst of one second.
 *
 * Clients of one IPv6 network of 64 bits count as one. A count above the burst is taken as the burst.
 */
export function createRateLimit(perSecond: number): RateLimit {
  const buckets = new LRUCache<string, TokenBucket>({ max: CLIENT_COUNT_MAX });
  return (address, count) => {
    const client = clientOf(address);
    let bucket = buckets.get(client);
    if (bucket === undefined) {
      bucket = new TokenBucket({
        bucketSize: perSecond,
        tokensPerInterval: perSecond,
        interval: 'second',
      });
      bucket.content = perSecond;
      buckets.set(client, bucket);
    }
    return bucket.tryRemoveTokens(Math.min(count, perSecond));
  };
}

/** Returns whom an address stands for: itself, or its IPv6 network of 64 bits. */
export function clientOf(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address;
  return ipaddr.IPv6.parse(address).parts.slice(0, 4).join(':');
}
