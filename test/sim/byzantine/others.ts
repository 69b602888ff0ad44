/** Lies about batches, blocks and places, and noise. */
import { type Batch, hashBatch, signBatch } from '../../../chain/batch.ts';
import { hashHeader, type Header } from '../../../chain/block.ts';
import { encode } from '../../../chain/codec.ts';
import { equivocationOf } from '../../../chain/consensus/equivocation.ts';
import { hashEvidence } from '../../../chain/evidence.ts';
import { valueAt } from '../../../chain/state.ts';
import { encodeAnswer } from '../../../node/cosigning/checkpointAnswer.ts';
import { createClaim } from '../../../node/cosigning/cosignedLog.ts';
import { pooledBatch } from '../../../node/mempool/batchPool.ts';
import { decodeBatchFrame, encodeBatchFrame, type SentBatch } from '../../../node/wire/batches.ts';
import { encodeBlock, type SyncedBlock } from '../../../node/wire/blocks.ts';
import { decodeRequest, historySchema, sentBatchesSchema } from '../../../node/wire/requests.ts';
import { decodeVoteFrame, encodeVoteFrame } from '../../../node/wire/votes.ts';
import { CHANNELS } from '../../../p2p/channel.ts';
import type { Chance } from '../../chain/consensus/support/chance.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { cosigningOf } from '../../support/cosigners.ts';
import { parseCertificate } from '../camera.ts';
import { START_MS } from '../world.ts';
import type { Behaviour, Occasion } from './liar.ts';

/** Sends its batches to one validator, and tells nobody of any. */
export function createMiser(): Behaviour {
  return {
    name: 'batches to one',
    twist(occasion, parcels) {
      const { said, chance } = occasion;
      if (said.channel !== 'batches' || parcels.length === 0 || !chance.happens(0.8)) {
        return parcels;
      }
      occasion.act();
      return [chance.pick(parcels)];
    },
  };
}

/** Returns a batch in the place of another, with a photograph that no camera has signed. */
function forgeBatch(
  { signed, evidence }: SentBatch,
  { voter, chance }: Pick<Occasion, 'voter' | 'chance'>,
): SentBatch {
  const invented = hashOfText(`invented ${chance.next()}`);
  const isForeignSignature = chance.happens(0.5);
  const items = signed.batch.items.map((item, i) =>
    item.kind === 1 && i === 0
      ? { ...item, record: { ...item.record, imageHash: invented } }
      : item,
  );
  const proofs = evidence.items.map((item, i) =>
    i === 0 && item.kind === 1 && !isForeignSignature
      ? { ...item, signature: new Uint8Array(64).fill(7) }
      : item,
  );
  const batch: Batch = { ...signed.batch, items, evidenceRoot: hashEvidence(proofs) };
  const forged = signBatch(batch, voter.sign);
  return { signed: forged, evidence: { ...evidence, items: proofs } };
}

/** Signs batches whose evidence does not hold, sends them, and names them in its blocks. */
export function createInventor(): Behaviour {
  return {
    name: 'invalid evidence',
    twist(occasion, parcels) {
      const { said, chance, process } = occasion;
      if (said.channel !== 'batches' || said.bytes[0] !== 1 || !chance.happens(0.5)) {
        return parcels;
      }
      const frame = decodeBatchFrame(said.bytes);
      if (frame.type !== 'batch') return parcels;
      occasion.act();
      const forged = forgeBatch(frame.batch, occasion);
      const { state } = process.ledger.edge();
      const params = valueAt(state.params, state.height + 1);
      const id = hashBatch(forged.signed.batch);
      if (chance.happens(0.3)) {
        process.pool.add(pooledBatch({ id, ...forged }, { parse: parseCertificate, params }));
      }
      const bytes = encodeBatchFrame({ type: 'batch', batch: forged });
      return parcels.map((parcel) => ({ ...parcel, bytes }));
    },
  };
}

/** Signs two batches under one sequence, both with good evidence. */
export function createDoubler(): Behaviour {
  return {
    name: 'two batches of one sequence',
    twist(occasion, parcels) {
      const { said, chance, voter } = occasion;
      if (said.channel !== 'batches' || said.bytes[0] !== 1 || !chance.happens(0.7)) {
        return parcels;
      }
      const frame = decodeBatchFrame(said.bytes);
      if (frame.type !== 'batch') return parcels;
      occasion.act();
      const { signed, evidence } = frame.batch;
      const batch = { ...signed.batch, createdAtMs: signed.batch.createdAtMs + 1 };
      const other = { signed: signBatch(batch, voter.sign), evidence };
      const bytes = encodeBatchFrame({ type: 'batch', batch: other });
      const others = parcels.map((parcel) => ({ ...parcel, bytes }));
      return [...parcels, ...others].filter(() => chance.happens(0.8));
    },
  };
}

/** Signs one batch after another, each with good evidence: more than anybody has room for. */
export function createFlooder(): Behaviour {
  return {
    name: 'flood of batches',
    twist(occasion, parcels) {
      const { said, chance, voter } = occasion;
      if (said.channel !== 'batches' || said.bytes[0] !== 1 || !chance.happens(0.1)) {
        return parcels;
      }
      const frame = decodeBatchFrame(said.bytes);
      if (frame.type !== 'batch') return parcels;
      occasion.act();
      const { signed, evidence } = frame.batch;
      const { sequence } = signed.batch;
      const flood = Array.from({ length: FLOOD_COUNT }, (_each, i) => {
        const batch = { ...signed.batch, sequence: sequence + 1 + i };
        const sent = { signed: signBatch(batch, voter.sign), evidence };
        const bytes = encodeBatchFrame({ type: 'batch', batch: sent });
        return parcels.map((parcel) => ({ ...parcel, bytes }));
      });
      return [...parcels, ...flood.flat()];
    },
  };
}

/** Cosigns another log, with a signature that does not hold, or what is not there yet. */
export function createMiscosigner(): Behaviour {
  return {
    name: 'false cosignatures',
    twist(occasion, parcels) {
      const { said, chance, process } = occasion;
      if (said.channel !== 'votes' || !chance.happens(0.7)) return parcels;
      const frame = decodeVoteFrame(said.bytes);
      if (frame.type !== 'claim') return parcels;
      occasion.act();
      const { claim } = frame;
      const { validator, network: log, sign } = cosigningOf(process.index);
      const root = hashOfText(`another log ${chance.next()}`);
      const treeSize = claim.treeSize + 1 + chance.below(1_000);
      const timeS = Math.floor((START_MS + occasion.setting.world.nowMs) / 1_000);
      const lie = chance.pick([
        () => createClaim({ ...claim, root }, timeS, { log, validator, sign }),
        () => createClaim({ root, treeSize }, timeS, { log, validator, sign }),
        () => createClaim({ ...claim, treeSize }, timeS, { log, validator, sign }),
        () => ({ ...claim, root }),
      ]);
      const bytes = encodeVoteFrame({ type: 'claim', claim: lie() });
      return parcels.map((parcel) => (chance.happens(0.5) ? parcel : { ...parcel, bytes }));
    },
  };
}

/** Three times what a pool keeps of one institution, whatever the reason. */
const FLOOD_COUNT = 144;

/** Answers requests with what is not so; and after some of it is silent. */
export function createSyncLiar(): Behaviour {
  let silentUntilMs = 0;
  return {
    name: 'lying sync',
    twist({ setting }, parcels) {
      return setting.world.nowMs < silentUntilMs ? [] : parcels;
    },
    answer(occasion, { request }) {
      const { chance, setting } = occasion;
      if (!chance.happens(0.6)) return undefined;
      occasion.act();
      const asked = decodeRequest(request);
      const pick = (lie: () => Uint8Array, share: number): Uint8Array =>
        chance.happens(share) ? lie() : noiseOf(chance);
      switch (asked.type) {
        case 'blocks':
          // What it has made others wait for, it does not give them.
          if (chance.happens(0.3)) silentUntilMs = setting.world.nowMs + 20_000;
          return lieOfBlocks(asked.first, occasion);
        case 'batches':
          return pick(() => encode(sentBatchesSchema, []), 0.5);
        case 'history':
          return pick(() => encode(historySchema, { last: undefined, newest: undefined }), 0.7);
        case 'snapshot':
        case 'entries':
          return noiseOf(chance);
        case 'checkpoint':
          return pick(() => encodeAnswer({ final: undefined, newest: undefined }), 0.7);
      }
    },
  };
}

/** Returns a block as if its certificate were for it. */
function recertify(block: SyncedBlock): SyncedBlock {
  const blockHash = hashHeader(block.header);
  return { ...block, certificate: { ...block.certificate, blockHash } };
}

/** Returns the header of another block that comes to the same: as if somebody else had proposed it. */
function usurpedBy({ key }: Occasion['process'], header: Header): Header {
  return { ...header, proposer: key };
}

function lieOfBlocks(
  first: number,
  { process, chance }: Pick<Occasion, 'process' | 'chance'>,
): Uint8Array {
  const block = process.ledger.readBlock(first);
  const certificate = block?.certificate;
  if (block === undefined || certificate === undefined) return new Uint8Array();
  const batches = block.header.batchIds.flatMap(
    (id) => process.ledger.readTransaction(id)?.signed ?? [],
  );
  const honest = { header: block.header, certificate, batches };
  const other = { ...block.header, timestampMs: block.header.timestampMs + 1 };
  const lie = chance.pick([
    () => new Uint8Array(),
    () => noiseOf(chance),
    () => encodeBlock({ ...honest, header: other }),
    () => encodeBlock(recertify({ ...honest, header: usurpedBy(process, block.header) })),
    () => encodeBlock({ ...honest, batches: batches.slice(1) }),
    () => {
      const signatures = certificate.signatures.slice(1);
      return encodeBlock({ ...honest, certificate: { ...certificate, signatures } });
    },
    () => {
      const [vote] = certificate.signatures;
      const signatures = certificate.signatures.map(({ index }) => ({
        index,
        signature: vote!.signature,
      }));
      return encodeBlock({ ...honest, certificate: { ...certificate, signatures } });
    },
    () => encodeBlock(honest).subarray(0, 40),
  ]);
  return lie();
}

/** Says that it stands where it does not. */
export function createBoaster(): Behaviour {
  return {
    name: 'false place',
    twist(occasion, parcels) {
      const { said, chance } = occasion;
      if (said.channel !== 'votes' || said.bytes[0] !== 2) return parcels;
      occasion.act();
      const { height, view } = occasion.process.replica.engine.place();
      const place = chance.pick([
        { height: height + 1 + chance.below(3), view },
        { height: height + 1_000, view: 0 },
        { height: 1, view: 0 },
        { height, view: view + 50 },
      ]);
      const bytes = encodeVoteFrame({ type: 'status', place });
      return parcels.map((parcel) => ({ ...parcel, bytes }));
    },
  };
}

function noiseOf(chance: Chance): Uint8Array {
  return Uint8Array.from({ length: 1 + chance.below(200) }, () => chance.below(256));
}

/** Sends bytes that mean nothing, requests that nobody asks, and more than anybody may. */
export function createNoise(): Behaviour {
  return {
    name: 'malformed messages',
    twist(occasion, parcels) {
      const { chance, said, process, setting } = occasion;
      if (parcels.length === 0 || !chance.happens(0.03)) return parcels;
      occasion.act();
      const { to } = chance.pick(parcels);
      const cut = said.bytes.subarray(0, chance.below(said.bytes.length));
      const bytes = chance.pick([noiseOf(chance), cut, flip(said.bytes, chance)]);
      if (chance.happens(0.3)) {
        const options = { responseBytesMax: 1_000_000 };
        const bytes = noiseOf(chance);
        setting.network.request(process, { to, bytes }, options).catch(() => undefined);
      }
      return [...parcels, { to, channel: chance.pick(CHANNELS), bytes, delayMs: 0 }];
    },
  };
}

function flip(bytes: Uint8Array, chance: Chance): Uint8Array {
  const flipped = bytes.slice();
  const at = chance.below(flipped.length);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << chance.below(8));
  return flipped;
}

/** Sends messages longer than a message may be. */
export function createGiant(): Behaviour {
  return {
    name: 'oversized messages',
    twist(occasion, parcels) {
      const { chance, said } = occasion;
      if (parcels.length === 0 || !chance.happens(0.01)) return parcels;
      occasion.act();
      const { to } = chance.pick(parcels);
      const bytes = new Uint8Array(300_000);
      bytes.set(said.bytes.subarray(0, Math.min(said.bytes.length, 8)));
      return [...parcels, { to, channel: 'votes', bytes, delayMs: 0 }];
    },
  };
}

/** Accuses others of what they have not done. */
export function createSlanderer(): Behaviour {
  return {
    name: 'false accusation',
    twist(occasion, parcels) {
      const { message, chance, voter, setting } = occasion;
      const isVote = message?.kind === 2 || message?.kind === 3;
      if (!isVote || !chance.happens(0.1)) return parcels;
      occasion.act();
      const { height, view, kind: phase, signature } = message;
      const index = chance.below(setting.facts.validators.length);
      const first = { height, view, phase, index, valueHash: message.blockHash, signature };
      const other = voter.sign('vote', hashOfText('another'));
      const second = { ...first, valueHash: hashOfText('another'), signature: other };
      const equivocation = equivocationOf(first, second);
      const bytes = encodeVoteFrame({ type: 'equivocation', equivocation });
      return [...parcels, ...parcels.map((parcel) => ({ ...parcel, bytes }))];
    },
  };
}
