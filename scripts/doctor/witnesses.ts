/** Whether the files of witnessing can be used, where some are set. */
import { chainIdOf, type Genesis } from '../../genesis/document.ts';
import type { Config } from '../../node/config.ts';
import { NodeError } from '../../node/errors.ts';
import { readPassphrase } from '../../node/identity.ts';
import { readAskedWitnesses, readWitnessOptions } from '../../node/witness/files.ts';
import { type Finding, ok, problem } from './finding.ts';

const CHECK = 'witnesses';

/** Examines them; without a genesis it is not known which keys must not stand there. */
export async function examineWitnesses(
  { witness, witnessesPath, keysPassphraseFile }: Config,
  genesis: Genesis | undefined,
): Promise<readonly Finding[]> {
  if (genesis === undefined) return [];
  const network = { genesis, chainId: chainIdOf(genesis) };
  return [
    ...(witness === undefined
      ? []
      : await findingOf(async () => {
          const passphrase = await readPassphrase(keysPassphraseFile);
          const { logs, signer } = await readWitnessOptions(witness, passphrase, network);
          return `${signer.key.name} witnesses ${logs.size} logs`;
        })),
    ...(witnessesPath === undefined
      ? []
      : await findingOf(async () => {
          const places = await readAskedWitnesses(witnessesPath, network);
          return `${places.length} outside witnesses are asked`;
        })),
  ];
}

async function findingOf(read: () => Promise<string>): Promise<readonly Finding[]> {
  try {
    return [ok(CHECK, await read())];
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return [problem(CHECK, error.message)];
  }
}
