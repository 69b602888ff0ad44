/** Proofs of equivocation with real signatures, against the validators v0, v1, … or a chain builder's. */
import type { StatusItem } from '../../chain/batch.ts';
import { type Equivocation, equivocationOf } from '../../chain/consensus/equivocation.ts';
import { signStatement, type Statement } from '../../chain/consensus/statement.ts';
import type { Signer } from '../../chain/signature.ts';
import { equivocationItem } from '../../chain/statusChange.ts';
import { CHAIN_ID, hashOfText, signerOf, validatorOf } from './chainValues.ts';
import type { ChainBuilder } from './chainBuilder.ts';

/** What proofs differ in; what is absent is the usual. */
export interface Offence {
  /** Of the offender, in the set of the height. */
  readonly index: number;
  readonly height?: number;
  readonly view?: number;
  readonly phase?: Equivocation['phase'];
  /** What the two values are hashes of. */
  readonly texts?: readonly [string, string];
  readonly chainId?: Uint8Array;
  /** Default: that of the validator `v` and the index. */
  readonly sign?: Signer;
}

/** Returns the proof that a validator has signed two values. */
export function equivocationBy(offence: Offence): Equivocation {
  const { index, height = 1, view = 0, phase = 2, texts = ['one', 'other'] } = offence;
  const { chainId = CHAIN_ID, sign = signerOf(`v${index}`) } = offence;
  const sayOf = (text: string): Statement =>
    signStatement({ height, view, phase, index, valueHash: hashOfText(text) }, { chainId, sign });
  return equivocationOf(sayOf(texts[0]), sayOf(texts[1]));
}

/** Returns the item that puts the equivocation of a validator `v` and an index on the chain. */
export function itemBy(offence: Offence): StatusItem {
  return equivocationItem(equivocationBy(offence), validatorOf(`v${offence.index}`));
}

/** Returns the proof against a validator of a chain that is built. */
export function builtEquivocation(builder: ChainBuilder, offence: Offence): Equivocation {
  const sign = builder.signers[offence.index];
  if (sign === undefined) throw new Error(`no validator ${offence.index}`);
  return equivocationBy({ sign, chainId: builder.edge.state.chainId, ...offence });
}

/** Returns the item of that proof. */
export function builtItem(builder: ChainBuilder, offence: Offence): StatusItem {
  const offender = builder.validators[offence.index];
  if (offender === undefined) throw new Error(`no validator ${offence.index}`);
  return equivocationItem(builtEquivocation(builder, offence), offender);
}
