/** Alerts and dashboard ask about metrics that there are; test/e2e/metrics.test.ts asks real nodes too. */
import { existsSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import {
  familyOf,
  namedLabels,
  OUTER_LABELS,
  readAlerts,
  readDocument,
  readTargets,
  readUses,
} from '../support/monitoring.ts';
import { stillMetrics } from '../support/stillMetrics.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Labels of each metric, as the node makes them. */
function knownLabels(): ReadonlyMap<string, readonly string[]> {
  const { registry } = stillMetrics();
  return new Map(
    registry.getMetricsAsArray().map((metric) => {
      const { labelNames = [] } = metric as { readonly labelNames?: readonly string[] };
      return [metric.name, labelNames];
    }),
  );
}

/** The address of each section of a document, as GitHub makes it of its heading. */
function sectionsOf(document: string): readonly string[] {
  return [...readDocument(document).matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('alerts and dashboard', () => {
  const known = knownLabels();

  it('ask about metrics that a node has, by labels that they have', () => {
    const uses = readUses();

    expect(uses.length).to.be.above(60);
    for (const { metric, labels, where } of uses) {
      const own = known.get(familyOf(metric)) ?? known.get(metric);
      expect(own, `${where}: ${metric}`).to.not.equal(undefined);
      for (const { name } of labels) {
        expect([...own!, ...OUTER_LABELS], `${where}: ${metric}`).to.include(name);
      }
    }
  });

  it('sum by and show labels that the metrics have', () => {
    const all = [
      ...readAlerts().map(({ alert, expr, annotations }) => ({
        where: alert,
        expr,
        text: annotations['summary'] ?? '',
      })),
      ...readTargets().map(({ panel, expr, legendFormat }) => ({
        where: panel,
        expr,
        text: legendFormat,
      })),
    ];

    for (const { where, expr, text } of all) {
      const metrics = [...expr.matchAll(/\bbirthmark_\w+/g)].map(([name]) => name);
      const own = metrics.flatMap((name) => known.get(familyOf(name)) ?? known.get(name) ?? []);
      for (const name of namedLabels(expr, text)) {
        expect([...own, ...OUTER_LABELS, 'le'], where).to.include(name);
      }
    }
  });

  it('have brackets that close', () => {
    for (const expr of [...readAlerts(), ...readTargets()].map((each) => each.expr)) {
      const bare = expr.replaceAll(/"[^"]*"/g, '');
      for (const [open, close] of ['()', '[]', '{}']) {
        expect(bare.split(open!).length, expr).to.equal(bare.split(close!).length);
      }
    }
  });
});

describe('each alert', () => {
  const alerts = readAlerts();

  it('has a name of its own', () => {
    const names = alerts.map(({ alert }) => alert);

    expect(names.length).to.be.above(20);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^Birthmark[A-Z]\w+$/);
  });

  it('says whether it wakes somebody up, and in a sentence what is wrong', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(labels['severity'], alert).to.be.oneOf(['page', 'ticket']);
      expect(annotations['summary'], alert).to.match(/\$labels\.instance/);
    }
  });

  it('names a section of the guide that is there', () => {
    const sections = sectionsOf('runbook.md');

    for (const { alert, annotations } of alerts) {
      const [file, section] = (annotations['runbook_url'] ?? '').split('#');
      expect(file, alert).to.equal('docs/runbook.md');
      expect(sections, alert).to.include(section);
    }
  });

  it('waits for a time that Prometheus reads', () => {
    for (const { alert, for: wait } of alerts) expect(wait ?? '1m', alert).to.match(/^\d+[smh]$/);
  });
});

describe('the guide for operators', () => {
  const text = readDocument('runbook.md');

  it('leads only to sections and files that are there', () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);

    expect(links.length).to.be.above(20);
    for (const link of links) {
      const [file = '', section] = link.split('#');
      if (file !== '') expect(existsSync(path.join(ROOT, 'docs', file)), link).to.equal(true);
      if (section !== undefined) expect(sectionsOf(file || 'runbook.md'), link).to.include(section);
    }
  });

  it('names metrics that a node has', () => {
    const known = knownLabels();

    for (const [name] of text.matchAll(/\bbirthmark_\w+/g)) {
      expect(known.has(familyOf(name)) || known.has(name), name).to.equal(true);
    }
  });
});

describe('the dashboard', () => {
  interface Panel {
    readonly id: number;
    readonly gridPos: {
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
    };
  }
  const { panels } = JSON.parse(readDocument('monitoring/grafana-dashboard.json')) as {
    readonly panels: readonly Panel[];
  };

  it('has panels with ids of their own, which lie beside each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    const taken = new Set<string>();
    for (const { id, gridPos } of panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), `panel ${id} at ${x},${y}`).to.equal(false);
          expect(x).to.be.below(24);
          taken.add(`${x},${y}`);
        }
      }
    }
  });
});
