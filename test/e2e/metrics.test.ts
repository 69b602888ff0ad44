/** What four validators count while photographs are registered, one of them is killed and then another. */
import path from 'node:path';

import { expect } from 'chai';

import { parseHex } from '../../chain/bytes.ts';
import { type Birthmark, killGroup, startBirthmark } from '../support/crashProcess.ts';
import type { Camera } from '../support/certificates.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { familyOf, OUTER_LABELS, readUses } from '../support/monitoring.ts';
import { bodyOf, requestOf } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/wholeNetwork.ts';

const RUN_MS_MAX = 120_000;

/** Samples of one scrape, by name with labels. */
class Scrape {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The sum of the samples of a name that have these labels; 0 where there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.text
      .split('\n')
      .map((line) => /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line))
      .filter((match) => match?.[1] === name)
      .filter((match) => wanted.every((each) => match?.[2]?.split(',').includes(each)))
      .reduce((sum, match) => sum + Number(match?.[3]), 0);
  }

  /** The labels of each sample of a name, as the text has them. */
  labelsOf(name: string): readonly string[] {
    return [...this.text.matchAll(new RegExp(`^${name}\\{(.*)\\} `, 'gm'))].map(
      ([, labels = '']) => labels,
    );
  }

  /** The kind of a metric, as the text says. */
  kind(name: string): string | undefined {
    return new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(this.text)?.[1];
  }
}

describe('the metrics of four validators', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  let authority: RealAuthority;
  let camera: Camera;
  let devnet: Birthmark;
  let apis: readonly string[] = [];
  let pids: readonly number[] = [];
  let chainId = new Uint8Array();
  let shotCount = 0;
  /** Of v1, before the first photograph and after all that befell the network. */
  let before_: Scrape;
  let after_: Scrape;

  const scrape = async (): Promise<Scrape> => {
    const answer = await fetch(new URL('/metrics', apis[0]));
    expect(answer.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    return new Scrape(await answer.text());
  };
  const shoot = async (node = 0): Promise<string> => {
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    const request = requestOf(camera, `metered ${shotCount++}`, { chainId, claims });
    const answer = await fetch(new URL('/api/v1/submit-cert', apis[node]), {
      method: 'POST',
      body: JSON.stringify(bodyOf(request)),
    });
    expect(answer.status).to.equal(202);
    return String(((await answer.json()) as { readonly receipt_id: unknown }).receipt_id);
  };
  const reaches = async (id: string, wanted: string, node = 0): Promise<void> => {
    await until(async () => {
      const answer = await fetch(new URL(`/api/v1/submission/${id}?wait=5`, apis[node]));
      return ((await answer.json()) as { readonly state: unknown }).state === wanted;
    });
  };

  before('start four processes, and let happen what is counted', async () => {
    const dir = path.join(folder, 'authority');
    authority = await startRealAuthority(dir);
    camera = await provisionCamera(authority, 'METERED-1');
    devnet = startBirthmark([
      ...['devnet', '--validators', '4', '--dir', path.join(folder, 'network'), '--api-port', '0'],
      ...['--authority', path.join(dir, 'authority.json'), '--param', 'batch_wait_ms=20'],
    ]);
    const [line] = await devnet.says(/^\{.*\}\n/);
    const ready = JSON.parse(line) as {
      readonly api: readonly string[];
      readonly pids: readonly number[];
      readonly chain_id: string;
    };
    apis = ready.api;
    pids = ready.pids;
    chainId = new Uint8Array(parseHex(ready.chain_id));
    await until(async () => (await scrape()).value('birthmark_peers_connected') === 3);
    before_ = await scrape();

    await reaches(await shoot(), 'committed');
    await reaches(await shoot(1), 'committed', 1);
    // Its turn comes within four heights, and its view is lost.
    process.kill(pids[3]!, 'SIGKILL');
    const lost = { kind: 'view_change', direction: 'received' };
    await until(async () => {
      await reaches(await shoot(), 'committed');
      return (await scrape()).value('birthmark_consensus_messages_total', lost) > 0;
    });
    // Without a quorum a batch waits, and the view with it.
    process.kill(pids[2]!, 'SIGKILL');
    await reaches(await shoot(), 'batched');
    await until(async () => (await scrape()).value('birthmark_view') > 0);
    await authority.stop();
    await shoot();
    const none = { outcome: 'none' };
    await until(async () => {
      return (await scrape()).value('birthmark_authority_question_seconds_count', none) > 0;
    });
    after_ = await scrape();
  });
  after(() => killGroup(devnet));

  const grown: readonly (readonly [
    what: string,
    name: string,
    labels?: Readonly<Record<string, string>>,
  ])[] = [
    ['height', 'birthmark_height'],
    ['view', 'birthmark_view'],
    ['blocks in total', 'birthmark_blocks_total'],
    ['proposals made', 'birthmark_consensus_messages_total', { kind: 'pre_prepare' }],
    ['prepares', 'birthmark_consensus_messages_total', { kind: 'prepare', direction: 'sent' }],
    ['commits', 'birthmark_consensus_messages_total', { kind: 'commit', direction: 'sent' }],
    ['view changes', 'birthmark_consensus_messages_total', { kind: 'view_change' }],
    ['view latency', 'birthmark_view_seconds_count'],
    ['block-build latency', 'birthmark_block_build_seconds_count'],
    ['apply latency', 'birthmark_block_apply_seconds_count'],
    ['persist latency', 'birthmark_persist_seconds_count'],
    ['fsync latency of the log', 'birthmark_fsync_seconds_count', { file: 'log' }],
    ['fsync latency of work', 'birthmark_fsync_seconds_count', { file: 'work' }],
    ['fsync latency of the chain', 'birthmark_fsync_seconds_count', { file: 'chain' }],
    ['mempool items', 'birthmark_mempool_batches'],
    ['mempool bytes', 'birthmark_mempool_bytes'],
    ['what waits for a block', 'birthmark_pending_submissions', { state: 'batched' }],
    ['what waits for a verdict', 'birthmark_pending_submissions', { state: 'authority_pending' }],
    ['authority latency', 'birthmark_authority_question_seconds_sum', { outcome: 'passed' }],
    ['authority failures', 'birthmark_authority_question_seconds_count', { outcome: 'none' }],
    ['verifications of photographs', 'birthmark_verifications_total', { kind: 'camera' }],
    ["verifications of others' evidence", 'birthmark_verifications_total', { kind: 'evidence' }],
    ['verifications of votes', 'birthmark_verifications_total', { kind: 'vote' }],
    ['submissions', 'birthmark_submissions_total'],
    ['the last cosigned size', 'birthmark_cosigned_size'],
    ['the last final size', 'birthmark_final_size'],
    ['photographs on the chain', 'birthmark_records'],
    ['photographs committed', 'birthmark_records_committed_total'],
    ['answers with 202', 'birthmark_http_response_seconds_count', { status: '202' }],
    ['CPU time', 'birthmark_process_cpu_seconds_total'],
  ];
  for (const [what, name, labels] of grown) {
    it(`count ${what} as ${name}${labels === undefined ? '' : JSON.stringify(labels)}`, () => {
      expect(after_.value(name, labels)).to.be.above(before_.value(name, labels));
    });
  }

  it('count the peers that are connected', () => {
    expect(before_.value('birthmark_peers_connected')).to.equal(3);
    expect(after_.value('birthmark_peers_connected')).to.equal(1);
  });

  it('tell the set and its quorum, which do not change', () => {
    for (const each of [before_, after_]) {
      expect(each.value('birthmark_validators')).to.equal(4);
      expect(each.value('birthmark_quorum')).to.equal(3);
    }
  });

  it('tell whose turn it is, as the status does', async () => {
    const status = (await (await fetch(new URL('/api/v1/status', apis[0]))).json()) as {
      readonly proposer: unknown;
    };
    const now = await scrape();

    expect(`v${now.value('birthmark_proposer') + 1}`).to.equal(status.proposer);
  });

  it('tell what the disk holds and what it has left', () => {
    for (const store of ['chain', 'work']) {
      expect(after_.value('birthmark_store_bytes', { store }), store).to.be.above(0);
      expect(after_.value('birthmark_store_memory_bytes', { store }), store).to.be.above(0);
    }
    expect(after_.value('birthmark_disk_free_bytes')).to.be.above(0);
  });

  it('tell how far the event loop lags', async () => {
    expect(after_.kind('birthmark_nodejs_eventloop_lag_seconds')).to.equal('gauge');
    // Each look begins a new measurement, which needs some time.
    await until(
      async () => (await scrape()).value('birthmark_nodejs_eventloop_lag_max_seconds') > 0,
    );
  });

  it('have what alerts and dashboard ask about, with those labels', () => {
    for (const { metric, labels, where } of readUses()) {
      const what = `${where}: ${metric}`;
      expect(after_.kind(familyOf(metric)) ?? after_.kind(metric), what).to.not.equal(undefined);
      const own = labels.filter(({ name }) => !OUTER_LABELS.includes(name));
      // What has not been counted with any label yet has no sample.
      const samples = after_.labelsOf(metric);
      if (samples.length === 0) continue;
      for (const { name } of own) expect(samples.join(), what).to.include(`${name}="`);
    }
  });

  for (const [metric, label, values] of [
    ['birthmark_pending_submissions', 'state', ['authority_pending', 'batched']],
    ['birthmark_authority_question_seconds_count', 'outcome', ['passed', 'none']],
    ['birthmark_fsync_seconds_count', 'file', ['log', 'work', 'chain']],
    ['birthmark_consensus_messages_total', 'kind', ['view_change', 'new_view']],
    ['birthmark_http_response_seconds_count', 'route', ['POST /api/v1/submit-cert']],
  ] as const) {
    it(`have the values of ${label} that alerts compare ${metric} with`, () => {
      for (const value of values) {
        expect(after_.labelsOf(metric).join()).to.include(`${label}="${value}"`);
      }
    });
  }

  it('have names that end in their units, and totals for what is counted', () => {
    const kinds = [...after_.text.matchAll(/^# TYPE (birthmark_\w+) (\w+)$/gm)];
    const named = (kind: string): readonly string[] =>
      kinds.filter((match) => match[2] === kind).map(([, name = '']) => name);

    expect(kinds).to.have.length.above(40);
    for (const name of named('counter')) expect(name).to.match(/_total$/);
    for (const name of named('histogram')) expect(name).to.match(/_seconds$/);
    // Those of the process have the names that prom-client gives them.
    const own = named('gauge').filter((name) => !/^birthmark_(nodejs|process)_/.test(name));
    for (const name of own) expect(name).to.not.match(/_total$|_ms$|_milliseconds$/);
  });
});
