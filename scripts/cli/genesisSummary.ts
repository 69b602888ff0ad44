/** What a genesis says, as an institution reads it before it signs. */
import type { Authority } from '../../chain/authority.ts';
import { formatHex } from '../../chain/bytes.ts';
import { maxFaulty } from '../../chain/consensus/quorum.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { chainIdOf, type Genesis, type SignedGenesis } from '../../genesis/document.ts';
import { formatParams } from '../../genesis/paramsJson.ts';
import { judgeSignatures } from '../../genesis/signatures.ts';
import type { Output } from './output.ts';

/** A genesis in few words, for programs. */
export interface GenesisSummary {
  readonly chain_id: string;
  readonly network: string;
  readonly time: string;
  readonly validators: readonly string[];
  readonly quorum: number;
  readonly authorities: readonly string[];
  /** Those that are not at their defaults. */
  readonly parameters: Readonly<Record<string, number | boolean>>;
  readonly signed_by: readonly string[];
  readonly missing: readonly string[];
  /** Signatures that may not stand there. */
  readonly problems: readonly string[];
}

/** Returns the summary of a genesis with the signatures that were collected. */
export function summarize(document: SignedGenesis): GenesisSummary {
  const { genesis } = document;
  const { signed, missing, problems, quorum } = judgeSignatures(document);
  return {
    chain_id: formatHex(chainIdOf(genesis)),
    network: genesis.network,
    time: new Date(genesis.timestampMs).toISOString(),
    validators: genesis.validators.map(({ name }) => name),
    quorum,
    authorities: genesis.authorities.map(({ id }) => id),
    parameters: Object.fromEntries(changedParams(genesis)),
    signed_by: signed,
    missing,
    problems,
  };
}

/** Returns whether a chain can start from a document with this summary. */
export function canStart({ signed_by, quorum, problems }: GenesisSummary): boolean {
  return problems.length === 0 && signed_by.length >= quorum;
}

/** Prints everything that a genesis says. */
export function printGenesis(document: SignedGenesis, output: Output): void {
  const { genesis } = document;
  const summary = summarize(document);
  const count = genesis.validators.length;
  output.line(`chain id     ${summary.chain_id}`);
  output.line(`network      ${summary.network}`);
  output.line(`time         ${summary.time}`);
  output.line(`log key      ${formatHex(genesis.logKey)}`);
  output.line(`parameters   ${paramsText(genesis)}`);
  output.line(`authorities  ${genesis.authorities.length === 0 ? 'none' : ''}`.trimEnd());
  for (const each of genesis.authorities) output.line(`  ${authorityText(each)}`);
  output.line(
    `validators   ${count}; ${summary.quorum} decide (quorum), ${maxFaulty(count)} may be faulty`,
  );
  const width = Math.max(...summary.validators.map((name) => name.length));
  for (const { name, peerId, addresses } of genesis.validators) {
    const state = summary.signed_by.includes(name) ? 'signed    ' : 'not signed';
    output.line(`  ${name.padEnd(width)}  ${state}  ${[peerId, ...addresses].join('  ')}`);
  }
  output.line(
    `signatures   ${summary.signed_by.length} of ${count}; ${summary.quorum} make it valid to start`,
  );
  for (const each of summary.problems) output.line(`  ${each}`);
}

function changedParams({ params }: Genesis): readonly (readonly [string, number | boolean])[] {
  const defaults = formatParams(DEFAULT_PARAMS);
  return Object.entries(formatParams(params)).filter(([name, value]) => defaults[name] !== value);
}

function paramsText(genesis: Genesis): string {
  const defaults = formatParams(DEFAULT_PARAMS);
  const changed = changedParams(genesis).map(
    ([name, value]) => `${name} ${String(value)} (default ${String(defaults[name])})`,
  );
  return changed.length === 0 ? 'all at their defaults' : changed.join(', ');
}

function authorityText(authority: Authority): string {
  const facts = [
    `${authority.caCertificates.length} pinned CA`,
    authority.verdictKey === undefined ? 'verdicts not signed' : 'verdicts signed',
    ...(authority.blind ? ['blind'] : []),
    ...(authority.strictNames ? ['strict names'] : []),
    ...(authority.legacyEndpoint === undefined ? [] : [`legacy form: ${authority.legacyEndpoint}`]),
    ...(authority.allowPrivate ? ['PRIVATE ADDRESSES ALLOWED'] : []),
  ];
  return `${authority.id} (${authority.name}) at ${authority.endpoints.join(', ')}: ${facts.join('; ')}`;
}
