/** Who has signed a genesis, and whether that is enough to start from it. */
import { quorumSize } from '../chain/consensus/quorum.ts';
import { ChainError } from '../chain/errors.ts';
import { type Signer, verifySigned } from '../chain/signature.ts';
import { chainIdOf, type Genesis, type SignedGenesis } from './document.ts';
import type { GenesisSignature } from './signatureJson.ts';

/** What the signatures of a genesis come to. */
export interface Judgement {
  /** Validators whose signature verifies, in the order of the set. */
  readonly signed: readonly string[];
  /** The others, in the order of the set. */
  readonly missing: readonly string[];
  /** A line for each signature that may not stand there. */
  readonly problems: readonly string[];
  /** Signatures that make the genesis valid to start. */
  readonly quorum: number;
}

/** Returns the genesis with the signature of one more validator. */
export function signGenesis(signed: SignedGenesis, validator: string, sign: Signer): SignedGenesis {
  const signature = sign('genesisSignature', chainIdOf(signed.genesis));
  return mergeSignatures(signed, [{ validator, signature }]);
}

/**
 * Returns the genesis with more signatures, in the order of the set; of two by one validator the later stays.
 * Those of nobody in the set stand at the end, for `judgeSignatures` to name.
 */
export function mergeSignatures(
  { genesis, signatures }: SignedGenesis,
  more: readonly GenesisSignature[],
): SignedGenesis {
  const byName = new Map([...signatures, ...more].map((each) => [each.validator, each]));
  const ranks = new Map(genesis.validators.map(({ name }, index) => [name, index]));
  const rankOf = ({ validator }: GenesisSignature): number => ranks.get(validator) ?? ranks.size;
  return { genesis, signatures: [...byName.values()].sort((a, b) => rankOf(a) - rankOf(b)) };
}

/** Returns what a signature over this genesis is refused for, or undefined. */
export function problemOf(
  genesis: Genesis,
  { validator: name, signature }: GenesisSignature,
): string | undefined {
  const validator = genesis.validators.find((each) => each.name === name);
  if (validator === undefined) {
    return `the genesis signature of ${name} is by no validator of the genesis`;
  }
  const publicKey = validator.consensusKey;
  const bytes = chainIdOf(genesis);
  return verifySigned({ domain: 'genesisSignature', bytes, signature, publicKey })
    ? undefined
    : `the genesis signature of ${name} does not verify`;
}

/** Returns who signed, who did not, and what is wrong. */
export function judgeSignatures({ genesis, signatures }: SignedGenesis): Judgement {
  const problems: string[] = [];
  const signers = new Set<string>();
  for (const each of signatures) {
    const problem = problemOf(genesis, each);
    if (problem === undefined) signers.add(each.validator);
    else problems.push(problem);
  }
  const names = genesis.validators.map(({ name }) => name);
  return {
    signed: names.filter((name) => signers.has(name)),
    missing: names.filter((name) => !signers.has(name)),
    problems,
    quorum: quorumSize(names.length),
  };
}

/** Checks that Q of the validators signed. Throws ERR_QUORUM or ERR_SIGNATURE. */
export function checkGenesisSignatures(document: SignedGenesis): void {
  const { signed, missing, problems, quorum } = judgeSignatures(document);
  const [problem] = problems;
  if (problem !== undefined) throw new ChainError('ERR_SIGNATURE', problem);
  if (signed.length < quorum) {
    const count = signed.length + missing.length;
    throw new ChainError(
      'ERR_QUORUM',
      `${signed.length} of ${count} validators signed the genesis; ${quorum} must (not signed: ${missing.join(', ')})`,
    );
  }
}
