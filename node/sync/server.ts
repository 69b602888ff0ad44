/**
 * The server of sync: answers what peers ask over the sync channel, from what is stored or held here.
 *
 * Blocks are read and encoded one at a time, as the peer takes them, and not more than two answers of them for
 * one peer at a time. Evidence names cameras: only validators are sent batches that are not yet committed. What is
 * held of somebody is for validators too: an observer asks for blocks and nothing else.
 */
import { encode } from '../../chain/codec.ts';
import { encodeMessage } from '../../chain/consensus/message.ts';
import { ChainError } from '../../chain/errors.ts';
import { invariant } from '../../chain/invariant.ts';
import { type Edge, validatorsAt } from '../../chain/state.ts';
import type { Answer } from '../../p2p/ports.ts';
import type { ConnectedPeer } from '../peers.ts';
import { type SentBatch, sentBatchSchema } from '../wire/batches.ts';
import { encodeBlock, SYNC_ANSWER_BYTES_MAX, type SyncedBlock } from '../wire/blocks.ts';
import { decodeRequest, historySchema, type Request, sentBatchesSchema } from '../wire/requests.ts';
import { BLOCK_ANSWERS_PER_PEER_MAX } from './limits.ts';
import type { ServedChain, SyncServer, SyncServerPorts } from './ports.ts';

/** Returns a server; it keeps nothing but what it is answering. */
export function createSyncServer(ports: SyncServerPorts): SyncServer {
  return new RunningServer(ports);
}

type BlocksRequest = Extract<Request, { readonly type: 'blocks' }>;

class RunningServer implements SyncServer {
  readonly #ports: SyncServerPorts;
  /** Answers with blocks that are under way, by peer. */
  readonly #blockAnswers = new Map<string, number>();

  constructor(ports: SyncServerPorts) {
    this.#ports = ports;
  }

  async answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer> {
    const asked = decodeRequest(request);
    switch (asked.type) {
      case 'blocks':
        return this.#answerBlocks(from.peerId, asked);
      case 'batches':
        return this.#answerBatches(from, asked.ids);
      case 'history':
        return this.#answerHistory(from);
    }
  }

  #answerBlocks(peerId: string, asked: BlocksRequest): AsyncIterable<Uint8Array> {
    const count = this.#blockAnswers.get(peerId) ?? 0;
    if (count >= BLOCK_ANSWERS_PER_PEER_MAX) {
      throw new ChainError('ERR_LIMIT', `${count} answers with blocks are under way already`);
    }
    this.#blockAnswers.set(peerId, count + 1);
    return this.#blocks(asked, () => {
      const left = (this.#blockAnswers.get(peerId) ?? 1) - 1;
      if (left === 0) this.#blockAnswers.delete(peerId);
      else this.#blockAnswers.set(peerId, left);
    });
  }

  async *#blocks({ first, count }: BlocksRequest, onEnd: () => void): AsyncIterable<Uint8Array> {
    try {
      let sizeLeft = SYNC_ANSWER_BYTES_MAX;
      const last = Math.min(first + count - 1, this.#edge().header.height);
      for (let height = first; height <= last; height++) {
        const block = readBlock(this.#ports.chain, height);
        if (block === undefined) return;
        const part = encodeBlock(block);
        // One in any case: else a block that is larger would never reach anybody.
        if (part.length > sizeLeft && height > first) return;
        sizeLeft -= part.length;
        yield part;
        await this.#ports.pause();
      }
    } finally {
      onEnd();
    }
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
    const { state, header } = this.#edge();
    const asker = validatorsAt(state, state.height + 1)[index];
    const newest = asker === undefined ? undefined : this.#ports.newestOf(asker.consensusKey);
    const certificate = this.#ports.chain.readCertificate(header.height);
    return encode(historySchema, {
      last: certificate === undefined ? undefined : { header, certificate },
      newest: newest === undefined ? undefined : encodeMessage(newest),
    });
  }

  #edge(): Edge {
    const edge = this.#ports.chain.edge();
    invariant(edge !== undefined, 'an open ledger has a genesis');
    return edge;
  }
}

function checkValidator(index: number | undefined, what: string): asserts index is number {
  if (index === undefined)
    throw new ChainError('ERR_UNKNOWN_VALIDATOR', `${what} for validators only`);
}

function readBlock(chain: ServedChain, height: number): SyncedBlock | undefined {
  const header = chain.readHeader(height);
  const certificate = chain.readCertificate(height);
  // Genesis has no certificate; everybody derives it.
  if (header === undefined || certificate === undefined) return undefined;
  const batches = header.batchIds.map((id) => {
    const signed = chain.readSignedBatch(id);
    invariant(signed !== undefined, `the batches of block ${height} are stored with it`);
    return signed;
  });
  return { header, certificate, batches };
}
