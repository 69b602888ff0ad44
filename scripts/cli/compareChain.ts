/**
 * Compares the chain of a stopped node with another node's, as far as its interface shows it.
 *
 * For each height, from genesis to the lower of the two: the block hash, which covers the whole header, and
 * every field of the header that is shown; the other node's certificate, whose votes are verified; each batch
 * with its signature, sequence and pictures; for each picture the registration that its entry is shown as. The
 * first difference ends it.
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
import { ChainError } from '../../chain/errors.ts';
import { fieldsOf } from '../../genesis/json.ts';
import type { OtherNode, Shown } from './otherNode.ts';

/** What a comparison came to. */
export interface Comparison {
  readonly url: string;
  /** Up to which height both have blocks. */
  readonly height: number;
  /** Blocks that are the same, genesis included. */
  readonly blockCount: number;
  readonly recordCount: number;
  /** Certificates of the other node that were verified. */
  readonly certificateCount: number;
  /** The first height at which the two differ, and in what; undefined where they do not. */
  readonly difference: { readonly height: number; readonly what: string } | undefined;
}

/** Compares the two chains; `onBlock` hears of each height that is the same. */
export async function compareChain(
  ledger: LedgerPort,
  other: OtherNode,
  onBlock: (height: number) => void,
): Promise<Comparison> {
  const status = await other.status();
  const height = Math.min(ledger.asOf().height, Number(status['block_height']) || 0);
  const walk = new Walk(ledger, other, height);
  const difference = await walk.run(status, onBlock);
  const { recordCount, certificateCount, blockCount } = walk;
  return { url: other.url, height, blockCount, recordCount, certificateCount, difference };
}

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
  readonly #other: OtherNode;
  readonly #height: number;
  readonly #names: Names;
  readonly #verifier: Verifier;

  constructor(ledger: LedgerPort, other: OtherNode, height: number) {
    this.#ledger = ledger;
    this.#other = other;
    this.#height = height;
    this.#names = createNames(ledger);
    this.#verifier = createVerifier({ ledger, intake: { isPending: () => false } }, this.#names);
  }

  async run(status: Shown, onBlock: (height: number) => void): Promise<Comparison['difference']> {
    try {
      expectSame('chain_id', formatHex(this.#ledger.state().chainId), status['chain_id']);
      for await (const shown of this.#other.blocks(this.#height)) {
        await this.#compareBlock(this.blockCount, shown);
        onBlock(this.blockCount);
        this.blockCount += 1;
      }
      expectSame('the last height', this.#height, this.blockCount - 1);
      return undefined;
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      return { height: this.blockCount, what: error.message };
    }
  }

  async #compareBlock(height: number, shown: Shown): Promise<void> {
    const block = this.#ledger.readBlock(height);
    if (block === undefined) throw new Difference(`block ${height} is missing here`);
    const { certificate: _ours, ...here } = formatBlock(block, this.#names);
    for (const [name, value] of Object.entries(here)) expectSame(name, value, shown[name]);
    if (height > 0) this.#checkCertificate(height, shown['certificate']);
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
      ? later.map(fieldsOf).filter(({ block_height: height }) => Number(height) <= this.#height)
      : later;
  }
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
