/** Blocks, transactions and state, as clients see them. */
import type { Authority } from '../../chain/authority.ts';
import { hashBatch, recordsOf } from '../../chain/batch.ts';
import type { CommitCertificate } from '../../chain/block.ts';
import { concatBytes, formatBase64, formatHex, parseHex } from '../../chain/bytes.ts';
import type { Params } from '../../chain/params.ts';
import { hashState, type State, validatorsAt, valueAt } from '../../chain/state.ts';
import { readEquivocation, statusItemsOf } from '../../chain/statusChange.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import type { BlockView, TransactionView } from '../ports.ts';
import type { Block, ChainState, Transaction } from '../schemas/chain.ts';
import { formatEquivocation } from './equivocation.ts';
import type { Names } from './names.ts';
import { toSeconds } from './text.ts';

const PEM_LINE = /.{1,64}/g;
/** SubjectPublicKeyInfo of Ed25519 without the key's 32 bytes (RFC 8410). */
const SPKI_ED25519 = parseHex('302a300506032b6570032100');

/** Returns a block. */
export function formatBlock(
  { header, hash, certificate, recordCount }: BlockView,
  names: Names,
): Block {
  return {
    block_height: header.height,
    block_hash: formatHex(hash),
    previous_hash: formatHex(header.parentHash),
    timestamp: toSeconds(header.timestampMs),
    timestamp_ms: header.timestampMs,
    view: header.view,
    // Nobody proposes block 0: everybody derives it.
    validator_id: header.height === 0 ? null : names.nameOf(header.proposer),
    transaction_count: header.batchIds.length,
    record_count: recordCount,
    log_size: header.logSize,
    log_root: formatHex(header.logRoot),
    state_root: formatHex(header.stateRoot),
    certificate: certificate === undefined ? null : formatCertificate(certificate, names),
    transactions: header.batchIds.map(formatHex),
  };
}

function formatCertificate(certificate: CommitCertificate, names: Names): Block['certificate'] {
  const set = names.setAt(certificate.height);
  return {
    view: certificate.view,
    signatures: certificate.signatures.map(({ index, signature }) => ({
      validator: set?.[index]?.name ?? null,
      index,
      signature: formatHex(signature),
    })),
  };
}

/** Returns a committed batch. */
export function formatTransaction({ height, signed }: TransactionView, names: Names): Transaction {
  const { batch, signature } = signed;
  return {
    tx_hash: formatHex(hashBatch(batch)),
    block_height: height,
    aggregator: names.nameOf(batch.aggregator),
    sequence: batch.sequence,
    created_at_ms: batch.createdAtMs,
    batch_size: batch.items.length,
    signature: formatHex(signature),
    image_hashes: recordsOf(batch).map(({ imageHash }) => formatHex(imageHash)),
    status_changes: statusItemsOf(batch.items).map((item) => ({
      reason: 'equivocation', // No rule admits another.
      subject: formatHex(item.subject),
      validator: names.nameOfSubject(item.subject) ?? null,
      evidence: formatEquivocation(readEquivocation(item)),
    })),
  };
}

/** Returns what the next block is judged by. */
export function formatState(state: State, names: Names): ChainState {
  const next = state.height + 1;
  return {
    height: state.height,
    chain_id: formatHex(state.chainId),
    state_root: formatHex(hashState(state)),
    parameters: formatParams(valueAt(state.params, next)),
    validators: validatorsAt(state, next).map(formatValidator),
    registry: valueAt(state.registries, next).map(formatAuthority),
    sequences: state.sequences.map(({ aggregator, sequence }) => ({
      aggregator: names.nameOf(aggregator),
      sequence,
    })),
    lost_views: state.lostViews.map(({ height, view, proposer }) => ({
      height,
      view,
      proposer: names.nameOf(proposer),
    })),
    offenders: state.offenders.map(({ subject, height }) => ({
      validator: names.nameOfSubject(subject) ?? null,
      subject: formatHex(subject),
      height,
    })),
  };
}

function formatParams(params: Params): ChainState['parameters'] {
  const snake = (name: string): string =>
    name.replace(/[A-Z]/g, (each) => `_${each.toLowerCase()}`);
  return Object.fromEntries(
    Object.entries(params).map(([name, value]: [string, number | boolean]) => [snake(name), value]),
  );
}

function formatValidator(validator: Validator): ChainState['validators'][number] {
  return {
    name: validator.name,
    public_key: formatHex(validator.consensusKey),
    cosigner_key: formatHex(validator.cosignerKey),
    peer_id: validator.peerId,
    addresses: [...validator.addresses],
  };
}

/** In the form of an authority's own file. */
function formatAuthority(authority: Authority): ChainState['registry'][number] {
  const { verdictKey } = authority;
  const key = verdictKey && formatPem('PUBLIC KEY', concatBytes(SPKI_ED25519, verdictKey));
  return {
    id: authority.id,
    name: authority.name,
    ca_certificates: authority.caCertificates.map((der) => formatPem('CERTIFICATE', der)),
    endpoints: [...authority.endpoints],
    strict_names: authority.strictNames,
    allow_private: authority.allowPrivate,
    verdict_key: key ?? null,
    blind: authority.blind,
    legacy_endpoint: authority.legacyEndpoint ?? null,
    revocation: [...authority.revocation],
  };
}

function formatPem(label: string, der: Uint8Array): string {
  const lines = formatBase64(der).match(PEM_LINE) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
