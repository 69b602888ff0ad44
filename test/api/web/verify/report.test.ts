import { expect } from 'chai';

import type { CheckState } from '../../../../api/web/verify/checkState.ts';
import type { Item } from '../../../../api/web/verify/item.ts';
import type { ProofCheck } from '../../../../api/web/verify/job.ts';
import { formatCsv, formatReport } from '../../../../api/web/verify/report.ts';

const HASH = 'ab'.repeat(32);
const NODE = 'https://museum.example';

function itemWith(fields: Partial<Item> = {}): Item {
  return {
    id: 1,
    file: undefined,
    isPrivate: false,
    stage: 'answered',
    hashedBytes: 0,
    hash: HASH,
    reason: undefined,
    finding: undefined,
    json: undefined,
    answeredMs: undefined,
    range: undefined,
    check: { state: 'none' },
    provenance: undefined,
    isOpen: false,
    ...fields,
  };
}

const FOUND = itemWith({
  file: new File(['bytes'], 'photo.jpg'),
  finding: {
    verdict: 'registered_original',
    block_height: 7,
    block_time: 1_760_000_001,
    timestamp: Number.MAX_SAFE_INTEGER,
    kind: 'camera',
    authority: 'maker',
    authority_name: 'The Maker, Ltd',
    aggregator: 'alpha',
  } as never,
  json: { verdict: 'registered_original', anything: 'as sent' },
  answeredMs: 1_000,
  check: {
    state: 'done',
    policy: { source: 'reader', text: 'log x', name: 'ours', summary: {} as never },
    check: {
      verdict: 'registered_original',
      code: undefined,
      steps: [],
      cosigners: [
        { name: 'net/a', timeS: 1 },
        { name: 'net/b', timeS: 2 },
      ],
      differences: [],
    },
  },
});

const KIND_DIFFERS = { field: 'kind', answered: 'camera', proved: 'edit' } as const;

function checkOf(fields: Partial<ProofCheck>): CheckState {
  const check = { verdict: '', code: undefined, steps: [], cosigners: [], differences: [] };
  return { state: 'done', policy: { source: 'none' }, check: { ...check, ...fields } };
}

const rowOf = (item: Item): string => formatCsv([item], { node: NODE }).split('\r\n')[1] ?? '';

describe('the table of a page', () => {
  it('has a row for each file, with what is known of it', () => {
    expect(formatCsv([FOUND], { node: NODE })).to.equal(
      'file,bytes,sha256,verdict,registered_by,authority,authority_name,block_time,camera_time,block_height,aggregator,proof,cosigners,answered_at,link\r\n' +
        `photo.jpg,5,${HASH},registered_original,camera,maker,"The Maker, Ltd",2025-10-09T08:53:21.000Z,9007199254740991,7,alpha,holds,net/a net/b,1970-01-01T00:00:01.000Z,${NODE}/verify/${HASH}\r\n`,
    );
  });

  for (const name of ['=1+1', '+1', '-1', '@x', '\tx', '\n=1', '＝1+1']) {
    it(`gives a spreadsheet no formula: ${JSON.stringify(name)}`, () => {
      expect(rowOf(itemWith({ file: new File([], name) }))).to.match(/^"'/);
    });
  }

  it('lets no name begin a cell where a semicolon ends one', () => {
    const row = rowOf(itemWith({ file: new File([], 'a;=1+1;b.jpg') }));

    expect(row).to.match(/^"a;=1\+1;b\.jpg",/);
  });

  it('quotes what would end a cell', () => {
    const file = new File([], 'a "b", c\nd');

    expect(formatCsv([itemWith({ file })], { node: NODE })).to.include('"a ""b"", c\nd",0,');
  });

  const CONTRADICTED = itemWith({ ...FOUND, check: checkOf({ differences: [KIND_DIFFERS] }) });
  const states = [
    ['contradicted', CONTRADICTED],
    ['ERR_QUORUM', itemWith({ ...FOUND, check: checkOf({ code: 'ERR_QUORUM' }) })],
    ['absent', itemWith({ ...FOUND, check: { state: 'absent', reason: 'ERR_NOT_FINAL' } })],
    ['running', itemWith({ ...FOUND, check: { state: 'running' } })],
  ] as const;
  for (const [word, item] of states) {
    it(`has its own word for a proof that does not show what was answered: ${word}`, () => {
      expect(rowOf(item)).to.include(`,alpha,${word},`).and.not.include('holds');
    });
  }

  it('says nothing of what is not known', () => {
    expect(rowOf(itemWith({ hash: undefined, stage: 'unreadable' }))).to.equal(','.repeat(14));
  });
});

describe('the report of a page', () => {
  const read = (items: readonly Item[]): { results: Record<string, unknown>[] } =>
    JSON.parse(formatReport(items, { node: NODE, nowMs: 0 })) as never;

  it('has the answer as the node sent it, and the check with its policy', () => {
    const [result] = read([FOUND]).results;

    expect(result).to.deep.include({
      file: 'photo.jpg',
      sha256: HASH,
      hashed_here: true,
      answer: { verdict: 'registered_original', anything: 'as sent' },
    });
    expect(result?.['proof_check']).to.include({ policy_source: 'reader', policy: 'log x' });
  });

  it('says in one word what came of the check, and where answer and proof differ', () => {
    const check = checkOf({ differences: [KIND_DIFFERS] });

    const [result] = read([itemWith({ ...FOUND, check })]).results;

    expect(result).to.include({ proof: 'contradicted', answered_at: '1970-01-01T00:00:01.000Z' });
    expect(result?.['proof_check']).to.deep.include({ differences: [KIND_DIFFERS] });
    expect(read([itemWith()]).results[0]).to.include({ proof: 'none', answered_at: null });
  });

  it('says of a hash that was given that it was not computed here', () => {
    expect(read([itemWith()]).results[0]).to.include({ file: null, hashed_here: false });
  });

  it('says that only a prefix was told', () => {
    const range = { prefix: 'ab', total: 3, isFew: true, isRegistered: true };

    expect(read([itemWith({ range })]).results[0]).to.deep.include({
      verdict: 'unnamed',
      asked_by_prefix: range,
      answer: null,
    });
  });
});
