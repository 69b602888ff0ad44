/** What docs/monitoring asks of Prometheus: each metric with the labels that are asked for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';

const DOCS = path.resolve(import.meta.dirname, '../../docs');

/** An alert of docs/monitoring/alerts.yaml. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A question of a panel. */
export interface Target {
  readonly panel: string;
  readonly expr: string;
  readonly legendFormat: string;
}

/** A metric with what is asked of it. */
export interface Use {
  readonly metric: string;
  /** Labels that are compared; `value` is undefined where they are matched by a pattern. */
  readonly labels: readonly { readonly name: string; readonly value: string | undefined }[];
  /** Where it is asked. */
  readonly where: string;
}

/** Labels that Prometheus itself adds. */
export const OUTER_LABELS = ['instance', 'job'];

/** Returns the text of a file of docs. */
export function readDocument(name: string): string {
  return readFileSync(path.join(DOCS, name), 'utf8');
}

/** Returns the alerts. */
export function readAlerts(): readonly Alert[] {
  const file = parse(readDocument('monitoring/alerts.yaml')) as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
}

/** Returns the questions of the dashboard. */
export function readTargets(): readonly Target[] {
  const { panels } = JSON.parse(readDocument('monitoring/grafana-dashboard.json')) as {
    readonly panels: readonly {
      readonly title: string;
      readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
    }[];
  };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ panel: title, expr, legendFormat })),
  );
}

/** Returns every metric that the files ask about. */
export function readUses(): readonly Use[] {
  return [
    ...readAlerts().flatMap(({ alert, expr }) => usesOf(expr, alert)),
    ...readTargets().flatMap(({ panel, expr }) => usesOf(expr, panel)),
  ];
}

function usesOf(expr: string, where: string): readonly Use[] {
  return [...expr.matchAll(/\b(birthmark_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, metric = '', matchers = '']) => ({
      metric,
      where,
      labels: [...matchers.matchAll(/(\w+)(=~|=)"([^"]*)"/g)].map(
        ([, name = '', operator, value]) => ({
          name,
          value: operator === '=' ? value : undefined,
        }),
      ),
    }),
  );
}

/** Returns the labels by which an expression sums, and those that a text shows. */
export function namedLabels(expr: string, text: string): readonly string[] {
  const sums = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  const shown = [...text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(
    ([, name = '']) => name,
  );
  return [...sums, ...shown];
}

/** Returns the name by which a scrape tells a metric's kind: that of a histogram has no suffix. */
export function familyOf(metric: string): string {
  return metric.replace(/_(bucket|sum|count)$/, '');
}
