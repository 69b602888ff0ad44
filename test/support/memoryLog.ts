/** The log of a chain in memory, served as a node does; the test says when its validators cosign. */
import { createEd25519Signer, ed25519PublicKey } from '#crypto';

import type { SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { cosign } from '../../chain/log/cosignature.ts';
import type { NoteSigner } from '../../chain/log/note.ts';
import type { NetworkLog } from '../../chain/log/policy.ts';
import { appendToTiles } from '../../chain/tile.ts';
import { News } from '../../node/news.ts';
import {
  assemble,
  checkClaim,
  createClaim,
  logSignerOf,
} from '../../node/cosigning/cosignedLog.ts';
import { treeHeadOf } from '../../node/cosigning/treeHead.ts';
import { ServedLog } from '../../node/servedLog.ts';
import { CosignedOutside } from '../../node/witness/cosignedOutside.ts';
import { bytesOf, GENESIS_MS, type MemoryLedger } from './memoryLedger.ts';

const LOG_SEED = bytesOf(3_000);

/** A served log, and who cosigns it. */
export class MemoryLog extends ServedLog {
  /** What outside witnesses have cosigned: nothing before a test says so. */
  readonly outside: CosignedOutside;
  readonly #ledger: MemoryLedger;
  readonly #news: News;
  readonly #final: { checkpoint: SignedCheckpoint | undefined };
  readonly #network: NetworkLog;

  constructor(ledger: MemoryLedger) {
    const news = new News();
    const outside = new CosignedOutside();
    const final: { checkpoint: SignedCheckpoint | undefined } = { checkpoint: undefined };
    const logKey = ed25519PublicKey(LOG_SEED);
    const network = { network: 'memory', chainId: ledger.state().chainId, logKey };
    super({
      network,
      chain: {
        findEntries: (hash) => ledger.findRegistrations(hash).map(({ logIndex }) => logIndex),
        readEntry: (index) => ledger.entries()[index]?.bytes,
        readEntries: ({ start, end }) =>
          ledger
            .entries()
            .slice(start, end)
            .map(({ bytes }) => bytes),
        readTile: ({ level, index }) => {
          const leaves = ledger.entries().map(({ leafHash }) => leafHash);
          const tiles = appendToTiles(0, leaves, () => new Uint8Array());
          return tiles.find((tile) => tile.level === level && tile.index === index)?.hashes;
        },
      },
      final: () => final.checkpoint,
      nextFinal: (signal) => news.next(signal),
      validators: () => ledger.validators(),
      outside,
    });
    this.outside = outside;
    this.#ledger = ledger;
    this.#news = news;
    this.#final = final;
    this.#network = network;
  }

  /** Lets an outside witness cosign the newest final checkpoint. */
  witness(signer: NoteSigner): void {
    const { checkpoint } = this.#final;
    if (checkpoint === undefined) throw new Error('nothing is final');
    this.outside.add(checkpoint, cosign(checkpoint.note.text, GENESIS_MS / 1_000, signer));
  }

  /** Lets all validators cosign the tree after the last block. */
  cosign(): void {
    const head = treeHeadOf(this.#ledger.edge());
    const lines = this.#ledger.validators().map((validator, i) => {
      const sign = createEd25519Signer(bytesOf(2_000 + i));
      const claim = createClaim(head, GENESIS_MS / 1_000, { log: this.#network, validator, sign });
      return checkClaim(claim, this.#network, validator);
    });
    const signer = logSignerOf(this.#network, createEd25519Signer(LOG_SEED));
    this.#final.checkpoint = assemble(head, lines, signer);
    this.#news.announce();
  }
}
