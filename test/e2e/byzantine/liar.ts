/**
 * A validator that lies: it has real keys, speaks the real protocol, and says whatever a test wants.
 *
 * It follows the chain like anybody, so that what it says is about the right height; beyond that it does nothing
 * by itself. Whoever asks it for batches gets what it was told to hold, valid or not.
 */
import { parseEnv } from 'node:util';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { type Batch, hashBatch, signBatch } from '../../../chain/batch.ts';
import { type Header, hashHeader } from '../../../chain/block.ts';
import { formatHex } from '../../../chain/bytes.ts';
import { encode } from '../../../chain/codec.ts';
import { heightOf, type Message } from '../../../chain/consensus/message.ts';
import { lostProposers, proposerIndex } from '../../../chain/consensus/proposer.ts';
import type { Voter } from '../../../chain/consensus/statement.ts';
import type { Evidence } from '../../../chain/evidence.ts';
import { lastSequence, type State, validatorsAt } from '../../../chain/state.ts';
import { hashValidatorSet } from '../../../chain/validatorSet.ts';
import { factsOf } from '../../../genesis/document.ts';
import { systemClock } from '../../../node/clock.ts';
import { encodeAnswer } from '../../../node/cosigning/checkpointAnswer.ts';
import { readConfig } from '../../../node/config.ts';
import { type ValidatorIdentity, readValidator } from '../../../node/identity.ts';
import { Ledger } from '../../../node/ledger.ts';
import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import { decodeBatchFrame, encodeBatchFrame, type SentBatch } from '../../../node/wire/batches.ts';
import { decodeBlock } from '../../../node/wire/blocks.ts';
import { splitParts } from '../../../node/wire/parts.ts';
import {
  decodeRequest,
  encodeRequest,
  historySchema,
  sentBatchesSchema,
} from '../../../node/wire/requests.ts';
import { decodeVoteFrame, encodeVoteFrame } from '../../../node/wire/votes.ts';
import type { Channel } from '../../../p2p/channel.ts';
import { LIMITS } from '../../../p2p/limits.ts';
import { createNetwork, type Network, type SendResult } from '../../../p2p/network.ts';
import { NetworkError } from '../../../p2p/errors.ts';
import { validatorPeersOf } from '../../../p2p/peerList.ts';

const BLOCK_COUNT = 64;
const MIB = 1_048_576;

/** The liar's own limits let it send what the others' do not take. */
const LOOSE = {
  ...LIMITS.channels,
  votes: { ...LIMITS.channels.votes, messageBytesMax: 8 * MIB, queueBytesMax: 16 * MIB },
};

const SILENT = { warn: () => undefined, info: () => undefined, debug: () => undefined };

/** What a block is made of, beside its place. */
export interface Draft {
  readonly batches: readonly SentBatch[];
  readonly timestampMs: number;
}

/** A validator that lies. */
export class Liar {
  readonly identity: ValidatorIdentity;
  /** Its place in the validator set. */
  readonly index: number;
  readonly #network: Network;
  readonly #ledger: Ledger;
  /** Batches that it heard of or made, by the hex of their ids. */
  readonly #batches = new Map<string, SentBatch>();
  /** Messages of others about heights that are not decided here. */
  #heard: readonly Message[] = [];
  #following: Promise<void> | undefined;
  #isStopped = false;
  #changed = Promise.withResolvers<undefined>();

  private constructor(identity: ValidatorIdentity, ledger: Ledger) {
    this.identity = identity;
    this.#ledger = ledger;
    const { genesis, networkKey, chainId } = identity;
    this.index = genesis.validators.findIndex(({ name }) => name === identity.validator.name);
    const options = {
      networkKey,
      listen: undefined,
      announce: [],
      chainId,
      peers: { validators: validatorPeersOf(genesis.validators), observers: [] },
      allowedIps: [],
      limits: { channels: LOOSE },
    };
    this.#network = createNetwork(options, {
      clock: systemClock,
      log: SILENT,
      random: () => Math.random(),
      lookup: (host) => Promise.resolve([host]),
      height: () => this.height,
      onMessage: (_from, channel, bytes) => {
        this.#hear(channel, bytes);
        this.#tell();
      },
      onPeer: () => {
        this.#tell();
      },
      onHeight: () => undefined,
      onRequest: (_from, bytes) => Promise.resolve(this.#answer(bytes)),
      onFault: (error) => {
        throw error;
      },
    });
  }

  /** Starts in the place of the validator whose folder this is. */
  static async start(dir: string): Promise<Liar> {
    const settings = parseEnv(readFileSync(path.join(dir, 'node.env'), 'utf8'));
    const identity = await readValidator(readConfig(settings, dir));
    const ledger = await Ledger.open(createMemoryChainStore(), factsOf(identity.genesis));
    const liar = new Liar(identity, ledger);
    await liar.#network.start();
    return liar;
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#tell();
    await this.#following;
    await this.#network.stop();
  }

  /** Places of the validators to which it is connected. */
  connected(): readonly number[] {
    return this.#network
      .peers()
      .flatMap(({ state, index }) => (state === 'up' && index !== undefined ? [index] : []));
  }

  /** Height of the last block that it knows. */
  get height(): number {
    return this.state.height;
  }

  /** State after it. */
  get state(): State {
    return this.#ledger.edge().state;
  }

  /** Signs with the real key. */
  get voter(): Voter {
    const { chainId, sign } = this.identity;
    return { chainId, sign };
  }

  /** What others said about the heights that are not decided. */
  get heard(): readonly Message[] {
    return this.#heard;
  }

  /** Sends a message to validators, by their places; to all that are connected by default. */
  say(message: Message, to: readonly number[] = this.connected()): void {
    const bytes = encodeVoteFrame({ type: 'message', message });
    for (const index of to) this.send(index, 'votes', bytes);
  }

  /** Sends bytes that may mean anything. */
  send(index: number, channel: Channel, bytes: Uint8Array): SendResult {
    return this.#network.send(index, channel, bytes);
  }

  /** Asks a validator; resolves to undefined where there is no answer. */
  async ask(index: number, request: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.#network.request(index, request);
    } catch (error) {
      if (error instanceof NetworkError) return undefined;
      throw error;
    }
  }

  /** Holds a batch, for who asks for it. */
  hold(batch: SentBatch): void {
    this.#batches.set(formatHex(hashBatch(batch.signed.batch)), batch);
  }

  /** Sends a batch to all that are connected. */
  spread(batch: SentBatch): void {
    const bytes = encodeBatchFrame({ type: 'batch', batch });
    for (const index of this.connected()) this.send(index, 'batches', bytes);
  }

  /** Returns a batch with the liar's own signature, whoever it says it is of. */
  makeBatch(
    content: Partial<Batch> & Pick<Batch, 'items' | 'evidenceRoot'>,
    evidence: Evidence,
  ): SentBatch {
    const { chainId, validator, sign } = this.identity;
    const batch: Batch = {
      version: 1,
      chainId,
      aggregator: validator.consensusKey,
      sequence: (lastSequence(this.state, validator.consensusKey) ?? 0) + 1,
      createdAtMs: Date.now(),
      ...content,
    };
    return { signed: signBatch(batch, sign), evidence };
  }

  /** Resolves to batches of others, one at least, that may stand in the next block. */
  async heardBatches(): Promise<readonly SentBatch[]> {
    const own = formatHex(this.identity.validator.consensusKey);
    const fresh = (): readonly SentBatch[] =>
      [...this.#batches.values()].filter(({ signed: { batch } }) => {
        const last = lastSequence(this.state, batch.aggregator) ?? -1;
        return batch.sequence > last && formatHex(batch.aggregator) !== own;
      });
    await this.until(() => fresh().length > 0);
    return fresh();
  }

  /** Resolves when the next height is known to be its own turn. */
  ownTurn(): Promise<void> {
    return this.until(() => proposerIndex(this.state, this.height + 1, 0) === this.index);
  }

  /** Resolves when a fact holds, which is looked at whenever something was heard. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#isStopped) throw new Error('the liar was stopped');
      await this.#changed.promise;
    }
  }

  /** Returns a header for the next height whose results are right, if its batches may be executed. */
  header({ batches, timestampMs }: Draft): Header {
    const { state, header: parent } = this.#ledger.edge();
    const place = { height: state.height + 1, view: 0 };
    const execution = this.#ledger.execute({
      ...place,
      timestampMs,
      lostProposers: lostProposers(state, place),
      batches: batches.map(({ signed }) => signed.batch),
    });
    return {
      version: 1,
      chainId: state.chainId,
      ...place,
      parentHash: hashHeader(parent),
      timestampMs,
      proposer: this.identity.validator.consensusKey,
      batchIds: batches.map(({ signed }) => hashBatch(signed.batch)),
      logSize: execution.frontier.treeSize,
      logRoot: execution.logRoot,
      stateRoot: execution.stateRoot,
      validatorSetHash: hashValidatorSet(validatorsAt(state, place.height)),
    };
  }

  /** The earliest time of the next block, or now. */
  blockTimeMs(): number {
    return Math.max(Date.now(), this.#ledger.edge().header.timestampMs + 1);
  }

  #hear(channel: Channel, bytes: Uint8Array): void {
    if (channel === 'batches') {
      const frame = decodeBatchFrame(bytes);
      if (frame.type === 'batch') this.hold(frame.batch);
      return;
    }
    if (channel !== 'votes') return;
    const frame = decodeVoteFrame(bytes);
    const about = frame.type === 'message' ? heightOf(frame.message) : this.height;
    if (frame.type === 'message') this.#heard = [...this.#heard, frame.message];
    const isAhead = frame.type === 'status' && frame.place.height > this.height + 1;
    if (isAhead || about > this.height) this.#following ??= this.#follow();
  }

  /** Fetches what was decided, until there is nothing more. */
  async #follow(): Promise<void> {
    const [first] = this.connected();
    for (let isMore = first !== undefined; isMore && !this.#isStopped;) {
      const request = { type: 'blocks' as const, first: this.height + 1, count: BLOCK_COUNT };
      const answer = await this.ask(first ?? 0, encodeRequest(request));
      const blocks = answer === undefined ? [] : splitParts(answer, BLOCK_COUNT);
      for (const bytes of blocks) {
        const block = decodeBlock(bytes, this.height + 1);
        await this.#ledger.append({ ...block, execution: undefined });
      }
      isMore = blocks.length > 0;
    }
    this.#heard = this.#heard.filter((message) => heightOf(message) > this.height);
    this.#following = undefined;
    this.#tell();
  }

  #answer(bytes: Uint8Array): Uint8Array {
    const request = decodeRequest(bytes);
    switch (request.type) {
      case 'blocks':
        return new Uint8Array();
      case 'batches': {
        const held = request.ids.flatMap((id) => this.#batches.get(formatHex(id)) ?? []);
        return encode(sentBatchesSchema, held);
      }
      case 'history':
        return encode(historySchema, { last: undefined, newest: undefined });
      case 'snapshot':
      case 'entries':
        return new Uint8Array();
      case 'checkpoint':
        return encodeAnswer({ final: undefined, newest: undefined });
    }
  }

  #tell(): void {
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
  }
}
