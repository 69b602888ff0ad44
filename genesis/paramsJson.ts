/** Parameters as they stand in a genesis document: snake_case, absent ones take their defaults. */
import { DEFAULT_PARAMS, PARAM_BOUNDS, type Params } from '../chain/params.ts';
import { fieldsOf, isObject, type JsonReader } from './json.ts';

type NumericName = keyof typeof PARAM_BOUNDS;

const NAMES = Object.keys(DEFAULT_PARAMS) as (keyof Params)[];

/** Returns the name of a parameter in documents and on the command line. */
export function paramName(name: keyof Params): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns all parameters under their names in documents. */
export function formatParams(params: Params): Readonly<Record<string, number | boolean>> {
  return Object.fromEntries(NAMES.map((name) => [paramName(name), params[name]]));
}

/** Returns parameters from a document, reporting unknown names and values out of bounds. */
export function parseParams(json: unknown, path: string, reader: JsonReader): Params {
  if (json !== undefined && !isObject(json)) reader.report(path, 'must be an object');
  const fields = fieldsOf(json);
  const known = new Set(NAMES.map(paramName));
  for (const name of Object.keys(fields).filter((each) => !known.has(each))) {
    reader.report(`${path}.${name}`, `is no parameter; there are ${[...known].join(', ')}`);
  }
  const read = (name: keyof Params): number | boolean => {
    const value = fields[paramName(name)] ?? DEFAULT_PARAMS[name];
    const at = `${path}.${paramName(name)}`;
    return isNumeric(name)
      ? reader.integer(value, at, PARAM_BOUNDS[name])
      : reader.boolean(value, at);
  };
  const params = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as unknown as Params;
  if (params.batchTarget > params.batchMax) reader.report(path, 'has batch_target above batch_max');
  if (params.batchMax > params.blockRecordsMax) {
    reader.report(path, 'has batch_max above block_records_max');
  }
  if (params.viewTimeoutMs > params.viewTimeoutMaxMs) {
    reader.report(path, 'has view_timeout_ms above view_timeout_max_ms');
  }
  return params;
}

/** Returns the value of a `NAME=VALUE` setting as JSON has it, for a parameter of a document. */
export function parseParamText(text: string): number | boolean | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function isNumeric(name: keyof Params): name is NumericName {
  return name in PARAM_BOUNDS;
}
