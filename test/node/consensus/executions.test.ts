import { expect } from 'chai';

import { genesisBlock, type Execution } from '../../../chain/state.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { EMPTY_FRONTIER } from '../../../chain/merkle.ts';
import { Executions } from '../../../node/consensus/executions.ts';
import { CHAIN_ID, hashOfText, validatorsOf } from '../../support/chainValues.ts';
import { headerOf } from '../../chain/consensus/support/engineRig.ts';

/** An execution that is told from others by its log root. */
function executionOf(name: string): Execution {
  const { edge } = genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: 0,
    validators: validatorsOf(1),
    authorities: [],
    params: DEFAULT_PARAMS,
  });
  const logRoot = hashOfText(name);
  const stateRoot = hashOfText('state');
  const { state } = edge;
  return { state, frontier: EMPTY_FRONTIER, entries: [], skipped: [], logRoot, stateRoot };
}

describe('executions of a height', () => {
  const HEADERS = Array.from({ length: 9 }, (_, view) => headerOf({ view, text: `view ${view}` }));

  /** Which of so many blocks, that were executed one after another, are known. */
  function knownOf(executions: Executions): readonly number[] {
    return HEADERS.flatMap((header, i) => (executions.find(header) === undefined ? [] : [i]));
  }

  it('are found by their block', () => {
    const executions = new Executions();
    const [first, second] = [executionOf('first'), executionOf('second')];
    executions.add(HEADERS[0]!, first);
    executions.add(HEADERS[1]!, second);

    expect([executions.find(HEADERS[0]!), executions.find(HEADERS[1]!)]).to.deep.equal([
      first,
      second,
    ]);
    expect(executions.find(HEADERS[2]!)).to.equal(undefined);
  });

  it('R18: are eight at most, the latest', () => {
    const executions = new Executions();
    for (const header of HEADERS) executions.add(header, executionOf('same'));

    expect(knownOf(executions)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('are renewed by being added again', () => {
    const executions = new Executions();
    for (const header of HEADERS.slice(0, 8)) executions.add(header, executionOf('same'));
    executions.add(HEADERS[0]!, executionOf('same'));
    executions.add(HEADERS[8]!, executionOf('same'));

    expect(knownOf(executions)).to.deep.equal([0, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('are gone with their height', () => {
    const executions = new Executions();
    executions.add(HEADERS[0]!, executionOf('same'));
    executions.clear();

    expect(knownOf(executions)).to.deep.equal([]);
  });
});
