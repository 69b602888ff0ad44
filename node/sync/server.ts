/**
 * The server of sync: answers what peers ask over the sync channel, from what is stored or held here.
 *
 * What is large is read and encoded piece by piece, as the peer takes it, and not more than two such answers for
 * one peer at a time. Evidence names cameras: only validators are sent batches that are not yet committed. What is
 * held of somebody is for validators too.
 */
import { encode } from '../../chain/codec.ts';
import { encodeMessage } from '../../chain/consensus/message.ts';
import { ChainError } from '../../chain/errors.ts';
import { invariant } from '../../chain/invariant.ts';
import { validatorsAt } from '../../chain/state.ts';
import type { Answer } from '../../p2p/ports.ts';
import type { ConnectedPeer } from '../peers.ts';
import { type SentBatch, sentBatchSchema } from '../wire/batches.ts';
import { encodeBlock, SYNC_ANSWER_BYTES_MAX, type SyncedBlock } from '../wire/blocks.ts';
import { decodeRequest, historySchema, type Request, sentBatchesSchema } from '../wire/requests.ts';
import { snapshotSchema } from '../wire/snapshot.ts';
import { LARGE_ANSWERS_PER_PEER_MAX } from './limits.ts';
import type { ServedChain, SyncServer, SyncServerPorts } from './ports.ts';
import { readEntryParts, readSnapshot, servedEdge } from './servedLog.ts';

/** Returns a server; it keeps nothing but what it is answering. */
export function createSyncServer(ports: SyncServerPorts): SyncServer {
  return new RunningServer(ports);
}

type BlocksRequest = Extract<Request, { readonly type: 'blocks' }>;

class RunningServer implements SyncServer {
  readonly #ports: SyncServerPorts;
  /** Large answers that are under way, by peer. */
  readonly #underWay = new Map<string, number>();

  constructor(ports: SyncServerPorts) {
    this.#ports = ports;
  }

  async answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer> {
    const asked = decodeRequest(request);
    switch (asked.type) {
      case 'blocks':
        return this.#limited(from, this.#blocks(asked));
      case 'batches':
        return this.#answerBatches(from, asked.ids);
      case 'history':
        return this.#answerHistory(from);
      case 'snapshot':
        return this.#limited(from, this.#snapshot());
      case 'entries':
        return this.#limited(from, readEntryParts(this.#ports, asked));
      case 'checkpoint':
        return this.#ports.answerCheckpoint(from);
    }
  }

  /** Returns an answer that counts as under way until it ends. Throws ERR_LIMIT for one too many. */
  #limited({ peerId }: ConnectedPeer, parts: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const count = this.#underWay.get(peerId) ?? 0;
    if (count >= LARGE_ANSWERS_PER_PEER_MAX) {
      throw new ChainError('ERR_LIMIT', `${count} answers of this kind are under way already`);
    }
    this.#underWay.set(peerId, count + 1);
    return endedBy(parts, () => {
      const left = (this.#underWay.get(peerId) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(peerId);
      else this.#underWay.set(peerId, left);
    });
  }

  async *#blocks({ first, count }: BlocksRequest): AsyncIterable<Uint8Array> {
    const { chain } = this.#ports;
    const last = Math.min(first + count - 1, servedEdge(chain).header.height);
    let sizeLeft = SYNC_ANSWER_BYTES_MAX;
    for (let height = first; height <= last; height++) {
      const block = readBlock(chain, height);
      if (block === undefined) return;
      const part = encodeBlock(block);
      // One in any case: else a block that is larger would never reach anybody.
      if (part.length > sizeLeft && height > first) return;
      sizeLeft -= part.length;
      yield part;
      await this.#ports.pause();
    }
  }

  async *#snapshot(): AsyncIterable<Uint8Array> {
    yield encode(snapshotSchema, await readSnapshot(this.#ports));
  }

  #answerBatches({ index }: ConnectedPeer, ids: readonly Uint8Array[]): Uint8Array {
    checkValidator(index, 'evidence is');
    let sizeLeft = SYNC_ANSWER_BYTES_MAX;
    const batches: SentBatch[] = [];
    for (const id of ids) {
      const batch = this.#ports.findBatch(id);
      if (batch === undefined) continue;
      sizeLeft -= encode(sentBatchSchema, batch).length;
      if (sizeLeft < 0 && batches.length > 0) break;
      batches.push(batch);
    }
    return encode(sentBatchesSchema, batches);
  }

  #answerHistory({ index }: ConnectedPeer): Uint8Array {
    checkValidator(index, 'history is');
    const { state, header } = servedEdge(this.#ports.chain);
    const asker = validatorsAt(state, state.height + 1)[index];
    const newest = asker === undefined ? undefined : this.#ports.newestOf(asker.consensusKey);
    const certificate = this.#ports.chain.readCertificate(header.height);
    return encode(historySchema, {
      last: certificate === undefined ? undefined : { header, certificate },
      newest: newest === undefined ? undefined : encodeMessage(newest),
    });
  }
}

async function* endedBy(
  parts: AsyncIterable<Uint8Array>,
  onEnd: () => void,
): AsyncIterable<Uint8Array> {
  try {
    yield* parts;
  } finally {
    onEnd();
  }
}

function checkValidator(index: number | undefined, what: string): asserts index is number {
  if (index === undefined)
    throw new ChainError('ERR_UNKNOWN_VALIDATOR', `${what} for validators only`);
}

function readBlock(chain: ServedChain, height: number): SyncedBlock | undefined {
  // The base has a header and a certificate, but its batches are not held.
  if (height <= chain.baseHeight()) return undefined;
  const header = chain.readHeader(height);
  const certificate = chain.readCertificate(height);
  if (header === undefined || certificate === undefined) return undefined;
  const batches = header.batchIds.map((id) => {
    const signed = chain.readSignedBatch(id);
    invariant(signed !== undefined, `the batches of block ${height} are stored with it`);
    return signed;
  });
  return { header, certificate, batches };
}
