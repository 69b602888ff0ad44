/** docs/metrics.md lists what a node counts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import { Registry, collectDefaultMetrics } from 'prom-client';

import { VERSION } from '../../node/version.ts';
import { stillMetrics } from '../support/stillMetrics.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly meaning: string;
}

function documentedRows(): readonly Row[] {
  const text = readFileSync(path.join(ROOT, 'docs/metrics.md'), 'utf8');
  const rows = text.matchAll(/^\| `(\S+)` +\| (\w+) +\| (.*?) *\| (.*?) *\|$/gm);
  return [...rows].map(([, name = '', kind = '', labels = '', meaning = '']) => ({
    name,
    kind,
    labels: labels.split(', ').filter((label) => label !== ''),
    meaning,
  }));
}

/** The node's metrics without those of its process, which prom-client names. */
async function countedRows(): Promise<readonly Row[]> {
  const { registry } = stillMetrics();
  const defaults = new Registry();
  collectDefaultMetrics({ register: defaults, prefix: 'birthmark_' });
  const known = new Set(defaults.getMetricsAsArray().map(({ name }) => name));
  const described = await registry.getMetricsAsJSON();
  return described
    .filter(({ name }) => !known.has(name))
    .map(({ name, type, help }) => {
      const { labelNames = [] } = registry.getSingleMetric(name) as { labelNames?: string[] };
      return { name, kind: String(type), labels: labelNames, meaning: help };
    });
}

function sorted(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

describe('the table of metrics', () => {
  it('lists every metric of the node with its kind, labels and meaning, and no other', async () => {
    const documented = documentedRows();

    expect(documented).to.not.be.empty;
    expect(sorted(await countedRows())).to.deep.equal(sorted(documented));
  });
});

describe('the version', () => {
  it('is that of package.json', () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

    expect(manifest).to.include({ version: VERSION });
  });
});
