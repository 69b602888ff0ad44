/**
 * An institution's Sigstore log: its signatures over photographs that the chain holds as originals.
 *
 * An entry is made when a photograph is first asked for in this form, and then stays. The institution signs, never the
 * camera, and only what its own chain holds; nobody else writes here, so that an entry says one thing alone: that this
 * institution found the photograph registered. The key signs digests that cameras chose, so it has no other use.
 *
 * Entry, time stamp and tree are one durable write, after which the checkpoint that covers it is signed. The signature
 * of a tree is always the same, so none has to be kept.
 */
import { sha256 } from '#crypto';

import { ApiError } from '../../api/errors.ts';
import type {
  Registration,
  SigstoreAuthority,
  SigstoreEntry,
  SigstorePort,
  SigstoreTrust,
} from '../../api/ports.ts';
import { concatBytes, equalBytes, formatHex } from '../../chain/bytes.ts';
import { parseCertificate } from '../../chain/certificate/certificate.ts';
import { ChainError } from '../../chain/errors.ts';
import { invariant } from '../../chain/invariant.ts';
import { formatCheckpoint } from '../../chain/log/checkpoint.ts';
import { formatNote, signNote } from '../../chain/log/note.ts';
import { encodeEntryBundle, type TileName, tileWidth } from '../../chain/log/tilePath.ts';
import {
  createVerifierKey,
  fullKeyIdOf,
  KEY_TYPE,
  type VerifierKey,
} from '../../chain/log/verifierKey.ts';
import { type Frontier, inclusionProof, type NodeReader, rootOf } from '../../chain/merkle.ts';
import { HASH_BYTES, RECORD_KIND } from '../../chain/record.ts';
import { signDigest, verifyDigest } from '../../chain/sigstore/digestSignature.ts';
import {
  decodeHashedRekord,
  encodeHashedRekord,
  type HashedRekord,
} from '../../chain/sigstore/hashedRekord.ts';
import { type InstitutionLog, sigstoreOriginOf } from '../../chain/sigstore/logName.ts';
import { readNodesFrom, TILE_WIDTH } from '../../chain/tile.ts';
import type { Clock } from '../clock.ts';
import { DamageError } from '../store/damage.ts';
import { createQuery } from '../timestamp/query.ts';
import { TimestampRefusal } from '../timestamp/refusal.ts';
import type { Timestamps } from '../timestamp/timestamps.ts';
import { Turns } from '../turns.ts';
import { STAMP_BYTES_MAX, WAITING_COUNT_MAX } from './limits.ts';
import type { LogAuthority, LogStore } from './logStore.ts';
import type { SigstoreKeys } from './sigstoreKeys.ts';

/** Whose log it is, and with what it signs. */
export interface SigstoreOptions {
  readonly name: InstitutionLog;
  readonly keys: SigstoreKeys;
  /** When the chain began, Unix milliseconds: nothing here is older. */
  readonly genesisMs: number;
}

/** The world of a Sigstore log. */
export interface SigstoreWorld {
  readonly store: LogStore;
  readonly ledger: { findRegistrations(imageHash: Uint8Array): readonly Registration[] };
  readonly timestamps: Pick<Timestamps, 'stamp'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Called when the log cannot be written: the node must stop. */
  onFault(error: unknown): void;
}

const SECOND_MS = 1_000;

/** The log. */
export class SigstoreLog implements SigstorePort {
  readonly #options: SigstoreOptions;
  readonly #world: SigstoreWorld;
  readonly #key: VerifierKey;
  readonly #logId: Uint8Array;
  readonly #readNode: NodeReader;
  /** SHA-256 of the key or certificate that entries name. */
  readonly #verifierHash: Uint8Array;
  readonly #trust: SigstoreTrust;
  /** Resolves when nobody writes any more. */
  readonly #turns = new Turns({
    waitingCountMax: WAITING_COUNT_MAX,
    busy: 'too many photographs wait to be signed',
  });
  #checkpoint: { readonly treeSize: number; readonly note: Uint8Array } | undefined;

  constructor(options: SigstoreOptions, world: SigstoreWorld) {
    const { name, keys } = options;
    invariant(equalBytes(world.store.logKey, keys.logKey), 'a log is signed with its own key');
    this.#options = options;
    this.#world = world;
    this.#key = createVerifierKey(KEY_TYPE.ed25519, sigstoreOriginOf(name), keys.logKey);
    this.#logId = fullKeyIdOf(this.#key);
    this.#readNode = readNodesFrom((place) => {
      const hashes = world.store.readTile(place);
      if (hashes === undefined) throw damaged(`tile ${place.level}/${place.index}`);
      return hashes;
    });
    this.#verifierHash = sha256(keys.signer.verifier.rawBytes);
    // Authorities are added while the log is opened, and not later.
    this.#trust = this.#createTrust();
  }

  find(imageHash: Uint8Array): SigstoreEntry | undefined {
    const index = this.#world.store.findEntry(this.#nameOf(imageHash));
    return index === undefined ? undefined : this.#readEntry(index);
  }

  async sign(imageHash: Uint8Array): Promise<SigstoreEntry> {
    this.#checkOriginal(imageHash);
    return this.#turns.take('', async () => {
      const found = this.find(imageHash);
      if (found !== undefined) return found;
      const { secret, verifier } = this.#options.keys.signer;
      const signature = signDigest(secret, imageHash);
      return this.#write({ digest: imageHash, signature, verifier });
    });
  }

  async append(record: HashedRekord): Promise<SigstoreEntry> {
    this.#checkOriginal(record.digest);
    this.#checkSigner(record);
    return this.#turns.take('', async () => {
      const found = this.find(record.digest);
      if (found === undefined) return this.#write(record);
      if (equalBytes(found.record.signature, record.signature)) return found;
      throw new ApiError(
        'ERR_LOGGED',
        `entry ${found.logIndex} is another signature over this photograph: ask for its bundle`,
      );
    });
  }

  checkpoint(): Uint8Array {
    return this.#signedHead(this.#world.store.frontier());
  }

  readTile(name: TileName): Uint8Array | undefined {
    const { store } = this.#world;
    const level = name.kind === 'entries' ? 0 : name.level;
    const { index, width } = name;
    if (tileWidth(store.frontier().treeSize, { level, index }) < width) return undefined;
    if (name.kind === 'hashes') {
      const hashes = store.readTile({ level, index });
      if (hashes === undefined) throw damaged(`tile ${level}/${index}`);
      return hashes.subarray(0, width * HASH_BYTES);
    }
    const start = index * TILE_WIDTH;
    return encodeEntryBundle(Array.from({ length: width }, (_, i) => this.#readLeaf(start + i)));
  }

  trust(): SigstoreTrust {
    return this.#trust;
  }

  /** Checks that the chain's answer on a photograph is that it is an original. Throws ERR_NOT_FOUND or ERR_NOT_ORIGINAL. */
  #checkOriginal(imageHash: Uint8Array): void {
    const [first] = this.#world.ledger.findRegistrations(imageHash);
    if (first === undefined) {
      throw new ApiError('ERR_NOT_FOUND', 'the photograph is not registered, so nothing is signed');
    }
    if (first.entry.record.kind === RECORD_KIND.edit) {
      const message = 'the photograph is registered as an edit, and only originals are signed';
      throw new ApiError('ERR_NOT_ORIGINAL', message);
    }
  }

  /** Throws ERR_UNKNOWN_SIGNER or ERR_SIGNATURE. */
  #checkSigner({ digest, signature, verifier }: HashedRekord): void {
    const { signer } = this.#options.keys;
    const { kind, rawBytes } = signer.verifier;
    if (verifier.kind !== kind || !equalBytes(verifier.rawBytes, rawBytes)) {
      throw new ChainError(
        'ERR_UNKNOWN_SIGNER',
        `only this institution writes here: the verifier must be its ${kind}, with SHA-256 ${formatHex(this.#verifierHash)}`,
      );
    }
    if (!verifyDigest(signer.point, digest, signature)) {
      const message = "the institution's key has not made this signature over this digest";
      throw new ChainError('ERR_SIGNATURE', message);
    }
  }

  async #write(record: HashedRekord): Promise<SigstoreEntry> {
    this.#checkCertificate();
    const stamp = await this.#stamp(record.signature);
    const entry = { name: this.#nameOf(record.digest), leaf: encodeHashedRekord(record), stamp };
    try {
      return this.#readEntry(await this.#world.store.append(entry));
    } catch (error) {
      this.#world.onFault(error);
      throw error;
    }
  }

  /** A signature beside the dates of its certificate is one that every client refuses. */
  #checkCertificate(): void {
    const { chain } = this.#options.keys.signer;
    const nowMs = this.#world.clock.nowMs();
    if (chain === undefined || (nowMs >= chain.notBeforeMs && nowMs <= chain.notAfterMs)) return;
    throw new ApiError('ERR_NOT_READY', "the institution's certificate is not valid now");
  }

  /** In whole seconds: @sigstore/core reads fractions of three digits alone, and DER leaves out zeros at their end. */
  async #stamp(signature: Uint8Array): Promise<Uint8Array> {
    try {
      const stamp = await this.#world.timestamps.stamp(createQuery(sha256(signature)), SECOND_MS);
      invariant(
        stamp.length <= STAMP_BYTES_MAX,
        'a time stamp is not larger than its certificates',
      );
      return stamp;
    } catch (cause) {
      if (!(cause instanceof TimestampRefusal)) throw cause;
      throw new ApiError('ERR_NOT_READY', `no time stamp can be made: ${cause.message}`, { cause });
    }
  }

  #readEntry(logIndex: number): SigstoreEntry {
    const { store } = this.#world;
    // Proof and checkpoint are of one tree, whatever is appended next.
    const frontier = store.frontier();
    const { treeSize } = frontier;
    const leaf = this.#readLeaf(logIndex);
    const stamp = store.readStamp(logIndex);
    if (stamp === undefined) throw damaged(`the time stamp of entry ${logIndex}`);
    return {
      logIndex,
      logId: this.#logId,
      leaf,
      record: decodeHashedRekord(leaf),
      treeSize,
      root: rootOf(frontier),
      hashes: inclusionProof({ index: logIndex, treeSize }, this.#readNode),
      checkpoint: this.#signedHead(frontier),
      stamp,
    };
  }

  #readLeaf(index: number): Uint8Array {
    const leaf = this.#world.store.readLeaf(index);
    if (leaf === undefined) throw damaged(`entry ${index}`);
    return leaf;
  }

  #signedHead(frontier: Frontier): Uint8Array {
    const { treeSize } = frontier;
    if (this.#checkpoint?.treeSize !== treeSize) {
      const key = this.#key;
      const text = formatCheckpoint({ origin: key.name, treeSize, root: rootOf(frontier) });
      const { signLog } = this.#options.keys;
      const signatures = [signNote(text, { key, sign: signLog })];
      this.#checkpoint = { treeSize, note: formatNote({ text, signatures }) };
    }
    return this.#checkpoint.note;
  }

  #createTrust(): SigstoreTrust {
    const { name, keys, genesisMs } = this.#options;
    const { signer, logKey } = keys;
    return {
      institution: name.institution,
      origin: this.#key.name,
      logId: this.#logId,
      logKey,
      // Stamps have whole seconds: the first may lie in the second in which the chain began.
      validFromMs: genesisMs - (genesisMs % SECOND_MS),
      publicKey: signer.publicKey,
      certificateAuthorities: this.#authoritiesOf('certificate'),
      timestampAuthorities: this.#authoritiesOf('timestamp'),
    };
  }

  #authoritiesOf(kind: LogAuthority['kind']): readonly SigstoreAuthority[] {
    return this.#world.store.authorities.filter((each) => each.kind === kind).map(authorityOf);
  }

  /** What the entry of a photograph by the present key or certificate is found by. */
  #nameOf(imageHash: Uint8Array): Uint8Array {
    return concatBytes(imageHash, this.#verifierHash);
  }
}

function authorityOf({ certificates }: LogAuthority): SigstoreAuthority {
  const parsed = certificates.map(parseCertificate);
  return {
    certificates,
    rootName: parsed.at(-1)?.subjectCommonName ?? '',
    validFromMs: Math.max(...parsed.map(({ notBefore }) => notBefore)) * SECOND_MS,
  };
}

function damaged(what: string): DamageError {
  return new DamageError(`${what} of the Sigstore log is missing`);
}
