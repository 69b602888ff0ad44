/**
 * Makes a genesis of applications.
 *
 * Validators stand in the order of their names, authorities in the order of their ids, both by code unit:
 * whoever assembles the same applications gets the same chain id, whatever the order of the files.
 */
import type { Authority } from '../chain/authority.ts';
import { AUTHORITY_COUNT_MAX, VALIDATOR_COUNT_MAX } from '../chain/limits.ts';
import type { Params } from '../chain/params.ts';
import type { Application } from './application.ts';
import { formatGenesis, type Genesis, parseGenesis } from './document.ts';
import { JsonReader } from './json.ts';
import { reportRepeats } from './validatorJson.ts';

/** An application, and the file that it came in. */
export interface FiledApplication {
  readonly file: string;
  readonly application: Application;
}

/** What a genesis is assembled from. */
export interface AssemblyParts {
  readonly network: string;
  readonly timestampMs: number;
  readonly params: Params;
  readonly logKey: Uint8Array;
  readonly applications: readonly FiledApplication[];
  readonly authorities: readonly Authority[];
}

/** Returns the genesis, as it will be read. Throws ERR_GENESIS that names files and fields. */
export function assembleGenesis(parts: AssemblyParts): Genesis {
  const { applications, authorities, logKey } = parts;
  const reader = new JsonReader();
  const { length: count } = applications;
  if (count === 0 || count > VALIDATOR_COUNT_MAX) {
    reader.report('it', `has ${count} applications; a set has 1 to ${VALIDATOR_COUNT_MAX}`);
  }
  if (authorities.length > AUTHORITY_COUNT_MAX) {
    reader.report('it', `has more than ${AUTHORITY_COUNT_MAX} authorities`);
  }
  for (const { file, application } of applications) {
    if (application.network !== parts.network) {
      reader.report(`${file}: network`, `is ${application.network}, not ${parts.network}`);
    }
  }
  const placed = applications.map(({ file, application }) => ({
    path: `${file}: validator`,
    validator: application.validator,
  }));
  reportRepeats(placed, new Map([["the log's key", logKey]]), reader);
  reader.finish('the set of applications');
  const genesis: Genesis = {
    network: parts.network,
    timestampMs: parts.timestampMs,
    params: parts.params,
    logKey,
    validators: placed.map(({ validator }) => validator).sort((a, b) => order(a.name, b.name)),
    authorities: authorities.toSorted((a, b) => order(a.id, b.id)),
  };
  return parseGenesis(formatGenesis({ genesis, signatures: [] })).genesis;
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1;
}
