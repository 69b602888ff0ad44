/** `birthmark genesis check`: what a document says, who has signed it, and what differs from others. */
import { Command } from 'commander';

import { equalBytes } from '../../../chain/bytes.ts';
import { compareGenesis } from '../../../genesis/comparison.ts';
import {
  chainIdOf,
  formatGenesis,
  type Genesis,
  GENESIS_FORMAT,
  parseGenesis,
  type SignedGenesis,
} from '../../../genesis/document.ts';
import { fieldsOf } from '../../../genesis/json.ts';
import { type GenesisSignature, parseDetached } from '../../../genesis/signatureJson.ts';
import { mergeSignatures, problemOf } from '../../../genesis/signatures.ts';
import { createFile, formatJson, readGenesis, readParsed } from '../files.ts';
import { canStart, printGenesis, summarize } from '../genesisSummary.ts';
import { CommandError, type Output } from '../output.ts';

interface CheckOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** What one further file brings. */
interface Further {
  readonly signatures: readonly GenesisSignature[];
  /** A line each. */
  readonly differences: readonly string[];
}

/** Returns the command. */
export function checkCommand(output: Output): Command {
  return new Command('check')
    .description(
      'say what a genesis document holds and who signed it; exit code 0 only if a chain can start from it',
    )
    .argument('<document>', 'the genesis document')
    .argument('[further...]', 'signatures to collect, and documents to compare it with')
    .option('--out <file>', 'write the document with all signatures; never overwrites')
    .option('--json', 'print JSON')
    .action((file: string, further: string[], options: CheckOptions) =>
      check(file, further, { options, output }),
    );
}

async function check(
  file: string,
  further: readonly string[],
  { options, output }: { readonly options: CheckOptions; readonly output: Output },
): Promise<void> {
  const own = await readGenesis(file);
  const brought: Further[] = [];
  for (const path of further) brought.push(await readFurther(path, own.genesis));
  const differences = brought.flatMap((each) => each.differences);
  const merged = mergeSignatures(
    own,
    brought.flatMap((each) => each.signatures),
  );
  const summary = summarize(merged);
  const problem = problemWith(own, merged, {
    file,
    differences,
    isWritten: options.out !== undefined,
  });
  if (options.json === true) {
    output.json({ ...summary, differences, can_start: problem === undefined });
  } else {
    printGenesis(merged, output);
    for (const each of differences) output.line(each);
  }
  if (options.out !== undefined && differences.length === 0 && summary.problems.length === 0) {
    await createFile(options.out, formatJson(formatGenesis(merged)));
    output.note(`the document with ${summary.signed_by.length} signatures is in ${options.out}`);
  }
  if (problem !== undefined) throw new CommandError(problem);
  if (options.json !== true) output.line('a chain can start from this document');
}

/** A document is compared and its signatures taken; of a signature that does not fit the reason is told. */
async function readFurther(path: string, genesis: Genesis): Promise<Further> {
  const read = await readParsed(path, (json) =>
    fieldsOf(json)['format'] === GENESIS_FORMAT ? parseGenesis(json) : parseDetached(json),
  );
  const name = (line: string): string => `${path}: ${line}`;
  if ('genesis' in read) {
    const differences = compareGenesis(genesis, read.genesis).map(name);
    if (differences.length > 0) return { signatures: [], differences };
    return takeGood(genesis, read.signatures, name);
  }
  if (!equalBytes(read.chainId, chainIdOf(genesis))) {
    return { signatures: [], differences: [name('is a signature of another genesis')] };
  }
  return takeGood(genesis, [read], name);
}

function takeGood(
  genesis: Genesis,
  signatures: readonly GenesisSignature[],
  name: (line: string) => string,
): Further {
  const judged = signatures.map((each) => ({ each, problem: problemOf(genesis, each) }));
  return {
    signatures: judged.filter(({ problem }) => problem === undefined).map(({ each }) => each),
    differences: judged
      .map(({ problem }) => problem)
      .filter((problem) => problem !== undefined)
      .map(name),
  };
}

/** Returns why no chain can start from the document as it stands, or undefined. */
function problemWith(
  own: SignedGenesis,
  merged: SignedGenesis,
  facts: {
    readonly file: string;
    readonly differences: readonly string[];
    readonly isWritten: boolean;
  },
): string | undefined {
  const { file, differences, isWritten } = facts;
  if (differences.length > 0) return `the files differ in ${differences.length} places`;
  const summary = summarize(merged);
  const { problems, signed_by: signed, validators, quorum, missing } = summary;
  if (problems.length > 0) return `${file} holds signatures that do not verify`;
  if (!canStart(summary)) {
    return `${signed.length} of ${validators.length} validators signed the genesis; ${quorum} must (not signed: ${missing.join(', ')})`;
  }
  if (isWritten || canStart(summarize(own))) return undefined;
  return `the signatures suffice, but ${file} does not hold them: write a document that does with --out`;
}
