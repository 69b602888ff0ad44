/** The log of a stopped node: the files that it would serve, out of its store. */
import { equalBytes, formatUtf8 } from '../../chain/bytes.ts';
import { formatPolicy, logKeyOf, type NetworkLog, policyOf } from '../../chain/log/policy.ts';
import { encodeEntryBundle, formatTilePath, type TileName } from '../../chain/log/tilePath.ts';
import { formatVerifierKey } from '../../chain/log/verifierKey.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { validatorsAt } from '../../chain/state.ts';
import { TILE_WIDTH } from '../../chain/tile.ts';
import { DamageError } from '../../node/store/damage.ts';
import { LogError } from './errors.ts';
import type { PublicLog } from './publicLog.ts';
import type { LogStore, StoreTurns } from './storeTurns.ts';

/** Whose log it is, and where its store lies. */
export interface StoreLogOptions {
  readonly network: NetworkLog;
  /** Folder of the store, for messages. */
  readonly place: string;
}

/** Returns the log of a store. Rejects with ERR_EXPORT where there is none, or that of another network. */
export async function createStoreLog(
  { network, place }: StoreLogOptions,
  turns: Pick<StoreTurns, 'take'>,
): Promise<PublicLog> {
  const state = (await turns.take(0)).edge()?.state;
  if (state === undefined) throw new LogError('ERR_EXPORT', `${place} holds no chain yet`);
  if (!equalBytes(state.chainId, network.chainId)) {
    throw new LogError('ERR_EXPORT', `${place} holds another chain than that of the genesis`);
  }
  const validators = validatorsAt(state, state.height + 1);
  return {
    place,
    readCheckpoint: async () => {
      const checkpoint = (await turns.take(0)).readCheckpoint();
      if (checkpoint !== undefined) return checkpoint;
      const why = 'no checkpoint that a quorum has cosigned: let the node run until there is one';
      throw new LogError('ERR_NO_ANSWER', `${place} holds ${why}`);
    },
    readPolicy: async () => formatUtf8(formatPolicy(policyOf(network, validators))),
    readVerifierKey: async () => formatUtf8(`${formatVerifierKey(logKeyOf(network))}\n`),
    readTile: async (name) => {
      const store = await turns.take(name.kind === 'entries' ? name.width : 0);
      const tile = readStored(name, store);
      if (tile !== undefined) return tile;
      const what = `${place}: ${formatTilePath(name)} is missing or damaged`;
      throw new LogError('ERR_ANSWER', `${what}: see "birthmark db check"`);
    },
  };
}

function readStored(name: TileName, store: LogStore): Uint8Array | undefined {
  try {
    return name.kind === 'hashes' ? readHashes(name, store) : readBundle(name, store);
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    return undefined;
  }
}

/** The tile as it is now may have more hashes than the one that is asked for. */
function readHashes(
  { level, index, width }: TileName & { readonly kind: 'hashes' },
  store: LogStore,
): Uint8Array | undefined {
  const hashes = store.readTile({ level, index })?.subarray(0, width * HASH_BYTES);
  return hashes?.length === width * HASH_BYTES ? hashes : undefined;
}

function readBundle({ index, width }: TileName, store: LogStore): Uint8Array | undefined {
  const start = index * TILE_WIDTH;
  const entries = store.readEntries({ start, end: start + width });
  return entries.length === width ? encodeEntryBundle(entries) : undefined;
}
