/**
 * The first chain of a node whose store has none: fetched whole from validators, where the operator has named a
 * block that must be in it (`FAST_START`).
 *
 * It is a phase of its own before the node is built, since everything else rests on an edge. Others see a peer at
 * height 0 that says nothing and answers nothing. Whatever ends it early leaves a store without a chain.
 */
import { setImmediate } from 'node:timers/promises';

import { formatHex } from '../chain/bytes.ts';
import { ChainError } from '../chain/errors.ts';
import { verifySignedOffThread } from '../chain/signature.ts';
import { factsOf } from '../genesis/document.ts';
import type { Config } from './config.ts';
import { NodeError } from './errors.ts';
import type { Identity } from './identity.ts';
import { NodeNetwork } from './network.ts';
import type { ChainStore } from './store/chainStore.ts';
import { fastStart, type Pin } from './sync/fastStart.ts';
import type { World } from './world.ts';

/** What a first chain is fetched for. */
export interface FirstChainParts {
  readonly config: Config;
  readonly identity: Identity;
  readonly chain: ChainStore;
}

/**
 * Resolves when the store has a chain, or need not be filled: where it has one, or no block is named.
 *
 * Rejects with ERR_PIN where the named block is not in the validators' chain, and with the signal's reason.
 */
export async function fetchFirstChain(parts: FirstChainParts, world: World): Promise<void> {
  const { fastStart: pin } = parts.config;
  if (pin === undefined) return;
  const edge = parts.chain.edge();
  const pinned = { pinned: pin.height };
  if (edge === undefined) await fetchChain(parts, pin, world);
  else {
    const { height } = edge.header;
    world.log.info({ height, ...pinned }, 'FAST_START is not needed: the chain is here');
  }
}

async function fetchChain(
  { config, identity, chain }: FirstChainParts,
  pin: Pin,
  { log, clock, signal }: World,
): Promise<void> {
  checkOthers(identity);
  const fault = new AbortController();
  const network = new NodeNetwork(
    { config, identity, clock, log },
    {
      receive: () => Promise.resolve(),
      answer: () => Promise.reject(new ChainError('ERR_HEIGHT', 'there is no chain here yet')),
      onPeer: () => undefined,
      onHeight: () => undefined,
      height: () => 0,
      onFault: (error) => {
        fault.abort(error);
      },
    },
  );
  log.info({ height: pin.height, hash: formatHex(pin.blockHash) }, 'fast start: begins');
  try {
    await network.start();
    const genesis = factsOf(identity.genesis);
    await fastStart(
      { genesis, pin, signal: AbortSignal.any([signal, fault.signal]) },
      {
        peers: network,
        clock,
        log,
        store: chain,
        verify: verifySignedOffThread,
        random: () => Math.random(),
        pause: () => setImmediate(),
      },
    );
  } finally {
    await network.stop();
  }
}

function checkOthers({ role, genesis }: Identity): void {
  if (role === 'observer' || genesis.validators.length > 1) return;
  throw new NodeError(
    'ERR_PIN',
    'FAST_START names a block, and nobody can be asked for it: this validator is the only one of its ' +
      'genesis, and its chain is lost with its folder unless there is a backup',
  );
}
