/** What an operator sets of witnesses: whose logs this node witnesses, and who is asked to witness its own. */

/** A witness's key, its name, and the logs that it knows. */
export interface WitnessFiles {
  readonly keyPath: string;
  readonly name: string;
  readonly logsPath: string;
}

/** The settings, in the order in which help shows them. */
export const WITNESS_SETTINGS = [
  {
    name: 'WITNESS_KEY',
    default: '',
    about: 'key file of this institution as a witness of other logs; empty: it is none',
  },
  { name: 'WITNESS_NAME', default: '', about: 'name of that key, like museum.example/witness' },
  {
    name: 'WITNESS_LOGS',
    default: '',
    about: 'file with a line "log VKEY" for each log witnessed',
  },
  {
    name: 'WITNESSES',
    default: '',
    about: 'file with a line "witness NAME VKEY URL" for each outside witness to ask',
  },
  {
    name: 'WITNESSES_PRIVATE',
    default: 'false',
    about: 'true: outside witnesses may be at private addresses',
  },
] as const;

/** Reads settings by their names. */
interface Reader {
  text(name: string): string;
  path(name: string): string;
}

/** Form of a witness's name: printable ASCII without the plus, which no key's name may have. */
export const WITNESS_NAME = /^[!-*,-~]{1,255}$/;

/** Returns what the settings name; undefined where they name nothing. */
export function readWitnessFiles(reader: Reader, problems: string[]): WitnessFiles | undefined {
  const names = ['WITNESS_KEY', 'WITNESS_NAME', 'WITNESS_LOGS'];
  const given = names.filter((each) => reader.text(each) !== '');
  if (given.length === 0) return undefined;
  const name = reader.text('WITNESS_NAME');
  if (given.length < names.length) {
    problems.push('WITNESS_KEY, WITNESS_NAME and WITNESS_LOGS are given together or not at all');
  } else if (!WITNESS_NAME.test(name)) {
    problems.push(
      `WITNESS_NAME is ${name}; it must be up to 255 printable characters without space and plus`,
    );
  }
  return { keyPath: reader.path('WITNESS_KEY'), name, logsPath: reader.path('WITNESS_LOGS') };
}
