/** Reading what stands on the command line: what is wrong with it is said before anything is done. */
import { InvalidArgumentError } from 'commander';

import { ADDRESS_COUNT_MAX } from '../../chain/validatorSet.ts';
import { JsonReader } from '../../genesis/json.ts';
import { NETWORK_NAME, VALIDATOR_NAME } from '../../genesis/validatorJson.ts';
import { WITNESS_NAME } from '../../node/witness/settings.ts';
import { parseTcpAddress } from '../../p2p/dialAddress.ts';
import { reasonOf } from './files.ts';

const PORT_MAX = 65_535;
const HASH = /^[0-9a-f]{64}$/;
const UNSPECIFIED = /^(?:0\.0\.0\.0|[0:]+)$/;

/** Collects an option that may be given several times. */
export function collect(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}

/** Collects the addresses where others dial a validator. */
export function collectAddresses(value: string, values: readonly string[] = []): string[] {
  const problem = problemOfAddress(value);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  if (values.length === ADDRESS_COUNT_MAX) {
    throw new InvalidArgumentError(`a validator has at most ${ADDRESS_COUNT_MAX} addresses.`);
  }
  return [...values, value];
}

/** Returns what is wrong with an address that others shall dial, or undefined. */
export function problemOfAddress(text: string, ownPeerId?: string): string | undefined {
  try {
    const { host, port, peerId } = parseTcpAddress(text);
    if (UNSPECIFIED.test(host)) return `${text} is where one listens; nobody can dial it`;
    if (port === '0') return `${text} names no port`;
    return ownPeerId === undefined || peerId === undefined || peerId === ownPeerId
      ? undefined
      : `${text} names another peer than ${ownPeerId}`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Returns a validator's name. */
export function parseValidatorName(text: string): string {
  if (VALIDATOR_NAME.test(text)) return text;
  throw new InvalidArgumentError('a name has 1 to 64 of a-z, 0-9, - and _.');
}

/** Returns the name of a witness's key. */
export function parseWitnessName(text: string): string {
  if (WITNESS_NAME.test(text)) return text;
  throw new InvalidArgumentError('a name has 1 to 255 printable characters, without + and space.');
}

/** Returns a network's name. */
export function parseNetworkName(text: string): string {
  if (NETWORK_NAME.test(text)) return text;
  throw new InvalidArgumentError("a network's name has 1 to 64 of a-z, 0-9, - and dots.");
}

/** Returns a chain id, 64 hex digits. */
export function parseChainId(text: string): string {
  if (HASH.test(text)) return text;
  throw new InvalidArgumentError('a chain id has 64 lower-case hex digits.');
}

/** Returns a time that is not ahead of this machine's clock, in Unix milliseconds. */
export function parsePastTime(text: string): number {
  const reader = new JsonReader();
  const ms = reader.time(text, 'it');
  try {
    reader.finish('the time');
  } catch {
    throw new InvalidArgumentError('a time looks like 2026-01-31T12:00:00.000Z.');
  }
  if (ms <= Date.now()) return ms;
  throw new InvalidArgumentError(
    'no block bears a time before it, so it cannot lie in the future.',
  );
}

/** Returns a port; 0 takes a free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= PORT_MAX) return port;
  throw new InvalidArgumentError(`a port is a number from 0 to ${PORT_MAX}.`);
}
