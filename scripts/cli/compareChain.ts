/**
 * Compares the chain of a stopped node with another node's, as far as its interface shows it.
 *
 * For each height, from genesis to the lower of the two: the block hash, which covers the whole header, and
 * every field of the header that is shown; the other node's certificate, whose votes are verified; each batch
 * with its signature, sequence and pictures; for each picture the registration that its entry is shown as. The
 * first difference ends it.
 *
 * Where one of the chains begins later, so does the walk. Of blocks up to there, pictures and their registrations
 * are compared all the same, since every node has them: by the entries of the log here.
 *
 * Entries are not shown as bytes. That they are the same follows from the log root in the header, where the
 * chain here was executed again (`checkChain`).
 */
import { isDeepStrictEqual } from 'node:util';

import type { LedgerPort } from '../../api/ports.ts';
import { formatBlock, formatTransaction } from '../../api/views/chain.ts';
import { createNames, type Names } from '../../api/views/names.ts';
import { createVerifier, type Verifier } from '../../api/views/verify.ts';
import { recordsOf } from '../../chain/batch.ts';
import { checkCertificate, type CommitCertificate } from '../../chain/block.ts';
import { formatHex, parseHex } from '../../chain/bytes.ts';
import { decode } from '../../chain/codec.ts';
import { entrySchema } from '../../chain/entry.ts';
import { ChainError } from '../../chain/errors.ts';
import { fieldsOf } from '../../genesis/json.ts';
import type { ChainStore } from '../../node/store/chainStore.ts';
import type { HeightRange, OtherNode, Shown } from './otherNode.ts';

/** What a comparison came to. */
export interface Comparison {
  readonly url: string;
  /** From which height on both have blocks. */
  readonly firstHeight: number;
  /** Up to which height both have blocks. */
  readonly height: number;
  /** Blocks that are the same, the first included. */
  readonly blockCount: number;
  readonly recordCount: number;
  /** Certificates of the other node that were verified. */
  readonly certificateCount: number;
  /** The first height at which the two differ, and in what; undefined where they do not. */
  readonly difference: { readonly height: number; readonly what: string } | undefined;
}

/** The chain here. */
export interface OwnChain {
  readonly ledger: LedgerPort;
  /** Reads its entries. */
  readonly log: Pick<ChainStore, 'readEntries'>;
}

/** Compares the two chains; `onBlock` hears of each height that is the same. */
export async function compareChain(
  { ledger, log }: OwnChain,
  other: OtherNode,
  onBlock: (height: number) => void,
): Promise<Comparison> {
  const status = await other.status();
  const heights = {
    first: Math.max(ledger.baseHeight(), heightOf(status['base_height'])),
    last: Math.min(ledger.asOf().height, heightOf(status['block_height'])),
  };
  const walk = new Walk({ ledger, log }, other, heights);
  const difference = await walk.run(status, onBlock);
  const { recordCount, certificateCount, blockCount } = walk;
  const counts = { blockCount, recordCount, certificateCount };
  return {
    url: other.url,
    firstHeight: heights.first,
    height: heights.last,
    ...counts,
    difference,
  };
}

/** Entries that are read at once, and pictures that are asked for at once: as many as a list may have. */
const ENTRY_READ_COUNT = 1_000;

class Difference extends Error {
  override readonly name = 'Difference';
}

/** Fields of a registration that follow from the chain up to its block. */
const REGISTRATION_FIELDS = [
  'image_hash',
  'timestamp',
  'block_height',
  'aggregator',
  'tx_hash',
  'gps_hash',
  'kind',
  'authority',
  'block_time',
  'camera_signature',
  'parents',
  'authority_check',
  'digests',
  'log_index',
];

class Walk {
  blockCount = 0;
  recordCount = 0;
  certificateCount = 0;
  readonly #ledger: LedgerPort;
  readonly #log: OwnChain['log'];
  readonly #other: OtherNode;
  readonly #heights: HeightRange;
  readonly #names: Names;
  readonly #verifier: Verifier;

  constructor({ ledger, log }: OwnChain, other: OtherNode, heights: HeightRange) {
    this.#ledger = ledger;
    this.#log = log;
    this.#other = other;
    this.#heights = heights;
    this.#names = createNames(ledger);
    this.#verifier = createVerifier({ ledger, intake: { isPending: () => false } }, this.#names);
  }

  async run(status: Shown, onBlock: (height: number) => void): Promise<Comparison['difference']> {
    try {
      expectSame('chain_id', formatHex(this.#ledger.state().chainId), status['chain_id']);
      await this.#compareEarlier();
      const { first, last } = this.#heights;
      for await (const shown of this.#other.blocks(this.#heights)) {
        await this.#compareBlock(this.#next, shown);
        onBlock(this.#next);
        this.blockCount += 1;
      }
      if (first <= last) expectSame('the last height', last, this.#next - 1);
      return undefined;
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      return { height: this.#next, what: error.message };
    }
  }

  get #next(): number {
    return this.#heights.first + this.blockCount;
  }

  /** Compares what is registered of pictures in blocks up to the first, whose batches one of the two does not have. */
  async #compareEarlier(): Promise<void> {
    const { first, last } = this.#heights;
    if (first === 0) return;
    for (let start = 0; ; start += ENTRY_READ_COUNT) {
      const stored = this.#log.readEntries({ start, end: start + ENTRY_READ_COUNT });
      const entries = stored.map((bytes) => decode(entrySchema, bytes));
      const earlier = entries.filter(({ height }) => height <= Math.min(first, last));
      const hashes = earlier.flatMap((each) => (each.kind === 1 ? [each.record.imageHash] : []));
      if (hashes.length > 0) await this.#compareRegistrations(hashes);
      if (earlier.length < ENTRY_READ_COUNT) return;
    }
  }

  async #compareBlock(height: number, shown: Shown): Promise<void> {
    const block = this.#ledger.readBlock(height);
    if (block === undefined) throw new Difference(`block ${height} is missing here`);
    const { certificate: _ours, ...here } = formatBlock(block, this.#names);
    for (const [name, value] of Object.entries(here)) expectSame(name, value, shown[name]);
    if (height > 0) this.#checkCertificate(height, shown['certificate']);
    if (height > 0 && height === this.#heights.first) return; // Compared by its entries.
    for (const id of block.header.batchIds) await this.#compareBatch(id);
  }

  /** Certificates are not unique: the other node's needs a quorum of its own, not our votes. */
  #checkCertificate(height: number, shown: unknown): void {
    const block = this.#ledger.readBlock(height);
    const validators = this.#names.setAt(height);
    if (block === undefined || validators === undefined) {
      throw new Difference('the validator set of this height is not known here any more');
    }
    try {
      const certificate = certificateOf(shown, height, block.hash);
      checkCertificate(certificate, block.header, validators);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      throw new Difference(`its certificate is not valid: ${error.message}`);
    }
    this.certificateCount += 1;
  }

  async #compareBatch(id: Uint8Array): Promise<void> {
    const found = this.#ledger.readTransaction(id);
    if (found === undefined) throw new Difference(`batch ${formatHex(id)} is missing here`);
    const here = formatTransaction(found, this.#names);
    const shown = await this.#other.transaction(here.tx_hash);
    for (const [name, value] of Object.entries(here)) {
      expectSame(`${name} of batch ${here.tx_hash}`, value, shown[name]);
    }
    const hashes = recordsOf(found.signed.batch).map(({ imageHash }) => imageHash);
    if (hashes.length > 0) await this.#compareRegistrations(hashes);
  }

  async #compareRegistrations(hashes: readonly Uint8Array[]): Promise<void> {
    const shown = await this.#other.registrations(hashes.map(formatHex));
    hashes.forEach((hash, i) => {
      const here: Shown = this.#verifier.find(hash);
      const there = shown[i] ?? {};
      const name = `of ${formatHex(hash)}`;
      for (const field of REGISTRATION_FIELDS) {
        expectSame(`${field} ${name}`, here[field], there[field]);
      }
      const later = (each: Shown): unknown => this.#upToHeight(each['also_registered']);
      expectSame(`also_registered ${name}`, later(here), later(there));
      this.recordCount += 1;
    });
  }

  /** Either node may have blocks that the other has not. */
  #upToHeight(later: unknown): unknown {
    return Array.isArray(later)
      ? later
          .map(fieldsOf)
          .filter(({ block_height: height }) => Number(height) <= this.#heights.last)
      : later;
  }
}

/** What is no height counts as none. */
function heightOf(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0;
}

function expectSame(name: string, here: unknown, there: unknown): void {
  if (isDeepStrictEqual(here, there)) return;
  throw new Difference(`${name} is ${format(here)} here, ${format(there)} there`);
}

const TEXT_LENGTH_MAX = 200;

function format(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, TEXT_LENGTH_MAX);
}

function certificateOf(shown: unknown, height: number, blockHash: Uint8Array): CommitCertificate {
  const { view, signatures } = fieldsOf(shown);
  if (!Array.isArray(signatures)) throw new Difference('it shows no certificate');
  const votes = signatures.map(fieldsOf).map(({ index, signature }) => ({
    index: Number(index),
    signature: parseSignature(signature),
  }));
  return { height, view: Number(view), blockHash, signatures: votes };
}

const SIGNATURE = /^[0-9a-f]{128}$/;

function parseSignature(text: unknown): Uint8Array {
  if (typeof text === 'string' && SIGNATURE.test(text)) return parseHex(text);
  throw new Difference(`${format(text)} is no signature`);
}
