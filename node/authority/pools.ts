/**
 * Connections to authorities, pinned to addresses that were checked.
 *
 * A name is resolved once, every address is checked, and connections go to those very addresses: resolved
 * again while connecting, the name could lead elsewhere. After a minute it is resolved and checked anew.
 * The host name stays what TLS checks the certificate against.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';

import { Pool } from 'undici';

import type { Clock } from '../clock.ts';
import { type Address, isPublicAddress } from './address.ts';
import {
  ADDRESS_COUNT_MAX,
  ADDRESSES_AGE_MS,
  ANSWER_BYTES_MAX,
  CONNECT_ATTEMPT_MS,
} from './limits.ts';

/** Resolves a host name, or an address as text, to all its addresses. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

/** Resolves as every other program of this machine does. Not abortable, on one of Node's few threads. */
export const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true });

/** A name leads to no address that may be asked. The message names neither host nor address. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/** How connections are made. */
export interface PoolsOptions {
  /** Time to resolve, and time to connect. */
  readonly timeoutMs: number;
  /** Connections at a time to one origin. */
  readonly connectionCountMax: number;
  /** PEM of the certificate authorities to trust in place of the system's; undefined: the system's. */
  readonly ca: string | undefined;
}

/** The world of the pools. */
export interface PoolsPorts {
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  readonly resolve: Resolve;
}

interface PinnedPool {
  readonly pool: Pool;
  /** The addresses in one text, sorted: to see whether they changed. */
  readonly addresses: string;
  readonly checkedAtMs: number;
}

/** One pool of keep-alive connections for each origin. */
export class Pools {
  readonly #options: PoolsOptions;
  readonly #ports: PoolsPorts;
  /** By origin and by whether private addresses may be asked. As many as the registry names. */
  readonly #pinned = new Map<string, PinnedPool>();
  readonly #underway = new Map<string, Promise<Pool>>();

  constructor(options: PoolsOptions, ports: PoolsPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Resolves to the pool of the URL's origin. Rejects with AddressError. */
  async find(url: URL, allowPrivate: boolean): Promise<Pool> {
    // Two authorities may share an origin, of which one may be asked at a private address.
    const key = `${allowPrivate ? 'any' : 'public'} ${url.origin}`;
    const pinned = this.#pinned.get(key);
    if (pinned !== undefined && this.#isFresh(pinned)) return pinned.pool;
    const underway = this.#underway.get(key) ?? this.#pin(key, url, allowPrivate);
    this.#underway.set(key, underway);
    try {
      return await underway;
    } finally {
      this.#underway.delete(key);
    }
  }

  /** Closes all connections once their questions are answered. */
  async close(): Promise<void> {
    const pools = [...this.#pinned.values()].map(({ pool }) => pool);
    this.#pinned.clear();
    await Promise.all(pools.map((pool) => pool.close()));
  }

  #isFresh({ checkedAtMs }: PinnedPool): boolean {
    const ageMs = this.#ports.clock.nowMs() - checkedAtMs;
    return ageMs >= 0 && ageMs < ADDRESSES_AGE_MS;
  }

  async #pin(key: string, url: URL, allowPrivate: boolean): Promise<Pool> {
    const checkedAtMs = this.#ports.clock.nowMs();
    const resolved = await this.#resolve(url.hostname.replace(/^\[|\]$/g, ''));
    const known = this.#pinned.get(key);
    if (!allowPrivate && !resolved.every(({ address }) => isPublicAddress(address))) {
      this.#drop(key, known);
      throw new AddressError('the name of the authority leads to an address that may not be asked');
    }
    const addresses = resolved
      .map(({ address }) => address)
      .sort()
      .join(' ');
    if (known?.addresses === addresses) {
      this.#pinned.set(key, { ...known, checkedAtMs });
      return known.pool;
    }
    this.#drop(key, known);
    const pool = this.#createPool(url.origin, resolved);
    this.#pinned.set(key, { pool, addresses, checkedAtMs });
    return pool;
  }

  /** Lets go of a pool; questions under way in it still get their answers. */
  #drop(key: string, pinned: PinnedPool | undefined): void {
    this.#pinned.delete(key);
    void pinned?.pool.close();
  }

  async #resolve(hostname: string): Promise<readonly Address[]> {
    const late = Promise.withResolvers<never>();
    const timer = this.#ports.clock.setTimer(this.#options.timeoutMs, () =>
      late.reject(new AddressError('the name of the authority does not resolve in time')),
    );
    try {
      const addresses = await Promise.race([this.#ports.resolve(hostname), late.promise]);
      if (addresses.length > 0 && addresses.length <= ADDRESS_COUNT_MAX) return addresses;
    } catch (cause) {
      if (cause instanceof AddressError) throw cause;
      throw new AddressError('the name of the authority does not resolve', { cause });
    } finally {
      timer.cancel();
    }
    throw new AddressError('the name of the authority has no address, or too many');
  }

  #createPool(origin: string, addresses: readonly Address[]): Pool {
    const { timeoutMs, connectionCountMax, ca } = this.#options;
    return new Pool(origin, {
      connections: connectionCountMax,
      maxResponseSize: ANSWER_BYTES_MAX,
      // HTTP/2 would put all questions on one connection, and its limits are others.
      allowH2: false,
      // A question has one time for all of it, which its asker keeps.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: timeoutMs,
        lookup: lookupPinned(addresses),
        // The checked addresses in turn, IPv6 and IPv4 alternating (RFC 8305).
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: Math.min(CONNECT_ATTEMPT_MS, timeoutMs),
        ...(ca === undefined ? {} : { ca }),
      },
    });
  }
}

/** Answers every look-up with the addresses that were checked, and asks nobody. */
function lookupPinned(addresses: readonly Address[]): LookupFunction {
  const all: LookupAddress[] = addresses.map(({ address }) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const [first] = all;
    if (options.all === true) callback(null, all);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
}
