import { expect } from 'chai';

import { type Batch, batchSchema, hashBatch } from '../../chain/batch.ts';
import { hashHeader, type Header } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { decode, encode } from '../../chain/codec.ts';
import { registrationKey } from '../../chain/execution.ts';
import { InvariantError } from '../../chain/invariant.ts';
import { LOST_VIEW_HEIGHTS, VALIDATOR_COUNT_MAX } from '../../chain/limits.ts';
import { rootOfLeaves } from '../../chain/merkle.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import {
  type Applied,
  applyBlock,
  type Block,
  type Edge,
  execute,
  genesisBlock,
  hashState,
  lastSequence,
  type State,
  stateSchema,
  validatorsAt,
  valueAt,
} from '../../chain/state.ts';
import { hashValidatorSet } from '../../chain/validatorSet.ts';
import {
  batchOf,
  bytesOf,
  CHAIN_ID,
  codeOf,
  hashOfText,
  RECORD,
  validatorOf,
  validatorsOf,
} from '../support/chainValues.ts';

const GENESIS_MS = 1_795_219_200_000;
const NOTHING_KNOWN: ReadonlySet<string> = new Set();

function genesis(params: Partial<Params> = {}): Applied {
  return genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: GENESIS_MS,
    validators: validatorsOf(4),
    authorities: [],
    params: { ...DEFAULT_PARAMS, ...params },
  });
}

/** A batch of validator `name` with one record for each text. */
function batch(name: string, sequence: number, ...images: readonly string[]): Batch {
  const records = images.map((image) => ({ ...RECORD, imageHash: hashOfText(image) }));
  return batchOf(records, { aggregator: validatorOf(name).consensusKey, sequence });
}

interface Content {
  readonly batches: readonly Batch[];
  readonly lostProposers?: readonly Uint8Array[];
  readonly known?: ReadonlySet<string>;
  readonly timestampMs?: number;
}

/** Returns the block that follows the edge with these batches, a second later or after the keep-alive. */
function blockOn(edge: Edge, content: Content): Block {
  const { batches, lostProposers = [], known = NOTHING_KNOWN } = content;
  const { header: parent, state } = edge;
  const height = parent.height + 1;
  const waitMs = batches.length === 0 ? DEFAULT_PARAMS.keepaliveS * 1_000 : 1_000;
  const timestampMs = content.timestampMs ?? parent.timestampMs + waitMs;
  const view = lostProposers.length;
  const draft = { height, view, timestampMs, lostProposers, batches };
  const { frontier, logRoot, stateRoot } = execute(edge, draft, known);
  const header: Header = {
    version: 1,
    chainId: CHAIN_ID,
    height,
    view,
    parentHash: hashHeader(parent),
    timestampMs,
    proposer: validatorOf('v1').consensusKey,
    batchIds: batches.map(hashBatch),
    logSize: frontier.treeSize,
    logRoot,
    stateRoot,
    validatorSetHash: hashValidatorSet(validatorsAt(state, height)),
  };
  return { header, batches, lostProposers };
}

function apply(edge: Edge, content: Content): Applied {
  return applyBlock(edge, blockOn(edge, content), content.known ?? NOTHING_KNOWN);
}

describe('block 0', () => {
  it('follows from the genesis alone, with one closing entry as leaf 0', () => {
    const { edge, entries } = genesis();

    expect(edge.header).to.deep.include({ height: 0, logSize: 0, timestampMs: GENESIS_MS });
    expect(edge.frontier.treeSize).to.equal(1);
    expect(entries.map(({ entry }) => entry)).to.deep.equal([
      { kind: 2, height: 0, blockHash: hashHeader(edge.header) },
    ]);
    expect(genesis().edge).to.deep.equal(edge);
  });

  it('differs with every fact of the genesis', () => {
    const facts = {
      chainId: CHAIN_ID,
      timestampMs: GENESIS_MS,
      validators: validatorsOf(4),
      authorities: [],
      params: DEFAULT_PARAMS,
    };
    const hashes = [
      facts,
      { ...facts, chainId: bytesOf(32, 1) },
      { ...facts, timestampMs: 0 },
      { ...facts, validators: validatorsOf(3) },
      { ...facts, params: { ...DEFAULT_PARAMS, legacy: true } },
    ].map((each) => formatHex(hashHeader(genesisBlock(each).edge.header)));

    expect(new Set(hashes).size).to.equal(hashes.length);
  });

  it('has a state that reads back as it was written', () => {
    const { state } = genesis().edge;

    expect(decode(stateSchema, encode(stateSchema, state))).to.deep.equal(state);
  });
});

describe('a block of two batches', () => {
  const { edge } = genesis();
  const batches = [batch('v0', 0, 'a', 'b'), batch('v1', 5, 'c')];
  const applied = apply(edge, { batches });

  it('logs its records in batch order, then its end', () => {
    expect(applied.entries.map(({ entry }) => entry.kind)).to.deep.equal([1, 1, 1, 2]);
    const images = applied.entries.flatMap(({ entry }) =>
      entry.kind === 1 ? [[entry.record.imageHash, entry.batchId]] : [],
    );
    const [first, second] = batches.map(hashBatch);
    expect(images).to.deep.equal([
      [hashOfText('a'), first],
      [hashOfText('b'), first],
      [hashOfText('c'), second],
    ]);
  });

  it('names the log before its own closing entry', () => {
    const { header, frontier } = applied.edge;

    expect([header.logSize, frontier.treeSize]).to.deep.equal([4, 5]);
    const leaves = [...genesis().entries, ...applied.entries].map(({ leafHash }) => leafHash);
    expect(header.logRoot).to.deep.equal(rootOfLeaves(leaves.slice(0, 4)));
  });

  it('moves the state on', () => {
    const { state, header } = applied.edge;

    expect(state.height).to.equal(1);
    expect(lastSequence(state, validatorOf('v1').consensusKey)).to.equal(5);
    expect(lastSequence(state, validatorOf('v2').consensusKey)).to.equal(undefined);
    expect(header.stateRoot).to.deep.equal(hashState(state));
  });

  it('gives the same for everybody, and leaves its arguments as they were', () => {
    const before = JSON.stringify(edge);
    const block = blockOn(edge, { batches });
    const again = applyBlock(edge, block, NOTHING_KNOWN);

    expect(again).to.deep.equal(applied);
    expect(JSON.stringify(edge)).to.equal(before);
  });
});

describe('a photograph that is registered again', () => {
  const { edge } = genesis();

  /** Positions without an entry, for each batch, and the number of image entries. */
  function outcome(batches: readonly Batch[], known = NOTHING_KNOWN): unknown {
    const { entries, skipped } = apply(edge, { batches, known });
    return [skipped, entries.length - 1];
  }

  it('by the same aggregator makes one entry, within a batch and within a block', () => {
    expect(outcome([batch('v0', 0, 'a', 'b', 'a')])).to.deep.equal([[[2]], 2]);
    expect(outcome([batch('v0', 0, 'a'), batch('v0', 1, 'b', 'a')])).to.deep.equal([[[], [1]], 2]);
  });

  it('by the same aggregator makes no entry if the chain has it', () => {
    const known = new Set([registrationKey(hashOfText('a'), validatorOf('v0').consensusKey)]);

    expect(outcome([batch('v0', 0, 'a', 'b')], known)).to.deep.equal([[[0]], 1]);
  });

  it('by another aggregator makes an entry of its own', () => {
    const known = new Set([registrationKey(hashOfText('a'), validatorOf('v0').consensusKey)]);

    expect(outcome([batch('v0', 0, 'a'), batch('v1', 0, 'a')])).to.deep.equal([[[], []], 2]);
    expect(outcome([batch('v1', 0, 'a')], known)).to.deep.equal([[[]], 1]);
  });

  it('does not change what is known', () => {
    const known = new Set<string>();
    outcome([batch('v0', 0, 'a')], known);

    expect(known.size).to.equal(0);
  });
});

describe('a block that does not follow', () => {
  const { edge } = genesis();
  const good = blockOn(edge, { batches: [batch('v0', 3, 'a')] });
  const hash = hashOfText('another');

  /** The good block with another header, applied. */
  function codeWith(fields: Partial<Header>, block: Partial<Block> = {}): string {
    const header = { ...good.header, ...fields };
    return codeOf(() => applyBlock(edge, { ...good, header, ...block }, NOTHING_KNOWN));
  }

  const cases: readonly [name: string, header: Partial<Header>, code: string][] = [
    ['is the good one', {}, 'accepted'],
    ['is of another chain', { chainId: hash }, 'ERR_CHAIN_ID'],
    ['is of the same height', { height: 0 }, 'ERR_HEIGHT'],
    ['leaves a height out', { height: 2 }, 'ERR_HEIGHT'],
    ['has another parent', { parentHash: hash }, 'ERR_PARENT'],
    ['is of the same time', { timestampMs: GENESIS_MS }, 'ERR_BLOCK_TIME'],
    ['is earlier', { timestampMs: 0 }, 'ERR_BLOCK_TIME'],
    ['names another validator set', { validatorSetHash: hash }, 'ERR_VALIDATOR_SET'],
    ['names another batch', { batchIds: [hash] }, 'ERR_EVIDENCE'],
    ['names one more batch', { batchIds: [...good.header.batchIds, hash] }, 'ERR_EVIDENCE'],
    ['names no batch', { batchIds: [] }, 'ERR_EVIDENCE'],
    ['names another log size', { logSize: 3 }, 'ERR_LOG_ROOT'],
    ['names another log root', { logRoot: hash }, 'ERR_LOG_ROOT'],
    ['names another state root', { stateRoot: hash }, 'ERR_STATE_ROOT'],
    [
      'is a millisecond later than its entries',
      { timestampMs: GENESIS_MS + 1_001 },
      'ERR_LOG_ROOT',
    ],
  ];
  for (const [name, fields, code] of cases) {
    it(`because it ${name}: ${code}`, () => expect(codeWith(fields)).to.equal(code));
  }

  it('is refused with other lost views than those it was made with', () => {
    const lostProposers = [validatorOf('v0').consensusKey];

    expect(codeWith({}, { lostProposers })).to.equal('ERR_STATE_ROOT');
  });

  it('is refused with a sequence that is not above the last, and with a batch twice', () => {
    const next = apply(edge, { batches: [batch('v0', 3, 'a')] }).edge;
    for (const sequence of [0, 3]) {
      const code = codeOf(() => blockOn(next, { batches: [batch('v0', sequence, 'b')] }));
      expect(code, `${sequence}`).to.equal('ERR_SEQUENCE');
    }
    const twice = [batch('v0', 4, 'b'), batch('v0', 4, 'b')];
    expect(codeOf(() => blockOn(next, { batches: twice }))).to.equal('ERR_SEQUENCE');
  });

  it('is refused by execution alone at another height', () => {
    const draft = { view: 0, timestampMs: 0, lostProposers: [], batches: [] };
    for (const height of [0, 2]) {
      expect(codeOf(() => execute(edge, { ...draft, height }, NOTHING_KNOWN))).to.equal(
        'ERR_HEIGHT',
      );
    }
  });

  it('stops the node with an item that no rule admits: batches are checked before', () => {
    const items: Batch['items'] = [{ kind: 3, change: undefined, approves: hash }];
    const unchecked = batchOf(undefined, { items });

    expect(() => blockOn(edge, { batches: [unchecked] })).to.throw(InvariantError);
  });
});

describe('the limits of a block', () => {
  it('count the records of all batches', () => {
    const batches = [batch('v0', 0, 'a', 'b'), batch('v1', 0, 'c')];
    const codes = [3, 2].map((blockRecordsMax) =>
      codeOf(() => blockOn(genesis({ blockRecordsMax }).edge, { batches })),
    );

    expect(codes).to.deep.equal(['accepted', 'ERR_LIMIT']);
  });

  it('count the bytes of all batches, exactly', () => {
    const images = Array.from({ length: 800 }, (_, i) => `image ${i}`);
    const large = [batch('v0', 0, ...images.slice(300)), batch('v1', 0, ...images.slice(0, 300))];
    const bytes = large.reduce((sum, each) => sum + encode(batchSchema, each).length, 0);
    const codes = [bytes, bytes - 1].map((blockBytesMax) =>
      codeOf(() => blockOn(genesis({ blockBytesMax }).edge, { batches: large })),
    );

    expect(bytes - 1).to.be.at.least(65_536);
    expect(codes).to.deep.equal(['accepted', 'ERR_LIMIT']);
  });
});

describe('a block without batches', () => {
  const { edge } = genesis();
  const dueMs = GENESIS_MS + DEFAULT_PARAMS.keepaliveS * 1_000;

  it('is due after the keep-alive, and not before', () => {
    const codes = [dueMs - 1, dueMs].map((timestampMs) =>
      codeOf(() => apply(edge, { batches: [], timestampMs })),
    );

    expect(codes).to.deep.equal(['ERR_BLOCK_TIME', 'accepted']);
  });

  it('adds its end to the log and nothing else', () => {
    const { entries, edge: after } = apply(edge, { batches: [] });

    expect(entries.map(({ entry }) => entry.kind)).to.deep.equal([2]);
    expect(after.header.logRoot).to.deep.equal(genesis().entries[0]!.leafHash);
  });
});

describe('lost views', () => {
  const { consensusKey } = validatorOf('v2');

  it('stand in the state with their height, view and proposer', () => {
    const lostProposers = [consensusKey, validatorOf('v3').consensusKey];
    const { state } = apply(genesis().edge, { batches: [], lostProposers }).edge;

    expect(state.lostViews).to.deep.equal([
      { height: 1, view: 0, proposer: consensusKey },
      { height: 1, view: 1, proposer: validatorOf('v3').consensusKey },
    ]);
  });

  it('are forgotten after their time', () => {
    let { edge } = apply(genesis().edge, { batches: [], lostProposers: [consensusKey] });
    for (let height = 2; height <= LOST_VIEW_HEIGHTS; height++)
      ({ edge } = apply(edge, { batches: [] }));
    expect(edge.state.lostViews).to.have.length(1);

    ({ edge } = apply(edge, { batches: [] }));
    expect(edge.state.lostViews).to.have.length(0);
  });

  it('of a long outage do not swell the state: the latest of a height stay', () => {
    const lostProposers = Array.from({ length: 30_000 }, () => consensusKey);
    const { lostViews } = apply(genesis().edge, { batches: [], lostProposers }).edge.state;

    expect(lostViews).to.have.length(VALIDATOR_COUNT_MAX);
    expect(lostViews.at(-1)?.view).to.equal(29_999);
  });
});

describe('a value with the height from which it acts', () => {
  const changes = [
    { height: 0, value: 'a' },
    { height: 5, value: 'b' },
    { height: 7, value: 'c' },
  ];

  it('is the last that has begun', () => {
    const values = [0, 4, 5, 6, 7, 100].map((height) => valueAt(changes, height));

    expect(values).to.deep.equal(['a', 'a', 'b', 'b', 'c', 'c']);
    expect(() => valueAt(changes, -1)).to.throw(InvariantError);
  });

  it('that is coming acts from its height on, and what it replaces is dropped then', () => {
    const { edge } = genesis();
    const coming = { ...DEFAULT_PARAMS, keepaliveS: 1 };
    const params: State['params'] = [...edge.state.params, { height: 2, value: coming }];
    const first = { ...edge, state: { ...edge.state, params } };
    const second = apply(first, { batches: [] }).edge;
    expect(second.state.params).to.deep.equal(params);

    const timestampMs = second.header.timestampMs + 1_000;
    const third = apply(second, { batches: [], timestampMs }).edge;
    expect(third.state.params).to.deep.equal([{ height: 2, value: coming }]);
  });

  it('is kept for a thousand heights where old evidence may need it', () => {
    const { edge } = genesis();
    const validatorSets: State['validatorSets'] = [
      ...edge.state.validatorSets,
      { height: 1, value: validatorsOf(5) },
    ];
    const at = (height: number): Edge => ({
      ...edge,
      header: { ...edge.header, height },
      state: { ...edge.state, height, validatorSets },
    });

    expect(apply(at(999), { batches: [] }).edge.state.validatorSets).to.have.length(2);
    expect(apply(at(1_000), { batches: [] }).edge.state.validatorSets).to.have.length(1);
  });
});
