/** Chains of headers for tests of consensus: what a block contains is only named. */
import { hashHeader, type Header } from '../../../../chain/block.ts';
import { lostProposers, type Place } from '../../../../chain/consensus/proposer.ts';
import type { Tip } from '../../../../chain/consensus/ready.ts';
import { LOST_VIEW_HEIGHTS } from '../../../../chain/limits.ts';
import { DEFAULT_PARAMS } from '../../../../chain/params.ts';
import { genesisBlock, validatorsAt } from '../../../../chain/state.ts';
import { hashValidatorSet } from '../../../../chain/validatorSet.ts';
import { CHAIN_ID, hashOfText, validatorsOf } from '../../../support/chainValues.ts';

/** Time of block 0 of every chain here. */
export const START_MS = 1_800_000_000_000;

/** Keys of more validators than any test has; making them takes time. */
const VALIDATORS = validatorsOf(10);

/** Returns block 0 of a chain of validators v0, v1, … */
export function genesisTip(validatorCount: number): Tip {
  const { edge } = genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: START_MS,
    validators: VALIDATORS.slice(0, validatorCount),
    authorities: [],
    params: DEFAULT_PARAMS,
  });
  return { state: edge.state, header: edge.header };
}

/** What tests choose of a block. */
export interface BlockFields {
  readonly place: Place;
  readonly proposer: number;
  readonly batchIds: readonly Uint8Array[];
  readonly timestampMs: number;
}

/** Returns a header that follows from a tip. */
export function headerAfter({ state, header: parent }: Tip, fields: BlockFields): Header {
  const validators = validatorsAt(state, fields.place.height);
  return {
    version: 1,
    chainId: CHAIN_ID,
    ...fields.place,
    parentHash: hashHeader(parent),
    timestampMs: fields.timestampMs,
    proposer: validators[fields.proposer]!.consensusKey,
    batchIds: fields.batchIds,
    logSize: 2,
    logRoot: hashOfText('log'),
    stateRoot: hashOfText('state'),
    validatorSetHash: hashValidatorSet(validators),
  };
}

/** Returns the tip that a header leads to: its lost views are counted as `applyBlock` does. */
export function tipAfter({ state }: Tip, header: Header): Tip {
  const { height } = header;
  const lost = lostProposers(state, header).map((proposer, view) => ({ height, view, proposer }));
  const kept = state.lostViews.filter((each) => each.height > height - LOST_VIEW_HEIGHTS);
  return { state: { ...state, height, lostViews: [...kept, ...lost] }, header };
}
