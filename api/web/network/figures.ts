/** The curves as figures: a drawing that is described, and a table behind it. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import { formatNumber } from '../../client/figures.ts';
import type { NetworkView } from '../../client/network.ts';
import { type Curve, CURVES, describe, type Point } from './curves.ts';

/** Rows of a table: the newest. */
const ROW_COUNT_MAX = 60;

/** Which tables are open, and what is told when one is opened or closed. */
export interface Tables {
  readonly open: ReadonlySet<string>;
  onToggle(id: string, isOpen: boolean): void;
}

/** Returns all figures. */
export function figuresView(view: NetworkView, tables: Tables): TemplateResult {
  return html`<section aria-labelledby="curves-title">
    <h2 id="curves-title">Curves</h2>
    <div class="figures">
      ${CURVES.map((curve) => figureView(curve, curve.points(view), tables))}
    </div>
  </section>`;
}

function figureView(curve: Curve, points: readonly Point[], tables: Tables): TemplateResult {
  const { id, title, series } = curve;
  const isOpen = tables.open.has(id);
  return html`<figure>
    <figcaption>
      <h3>${title}</h3>
      ${
        series.length < 2
          ? nothing
          : html`<ul class="key">
              ${series.map((name, i) => html`<li class="curve-${i + 1}">${name}</li>`)}
            </ul>`
      }
    </figcaption>
    <div class="plot" id="plot-${id}" role="img" aria-label=${describe(curve, points)}></div>
    <details
      @toggle=${(event: Event) => {
        tables.onToggle(id, (event.currentTarget as HTMLDetailsElement).open);
      }}
    >
      <summary>Table<span class="unseen">: ${title}</span></summary>
      ${isOpen ? tableView(curve, points) : nothing}
    </details>
  </figure>`;
}

function tableView(
  { title, axis, series, format }: Curve,
  points: readonly Point[],
): TemplateResult {
  const rows = points.slice(-ROW_COUNT_MAX).toReversed();
  return html`<div class="scroll tall" tabindex="0" role="region" aria-label="Table: ${title}">
    <table>
      <caption class="unseen">
        ${title}
      </caption>
      <thead>
        <tr>
          <th scope="col">${axis === 'height' ? 'Block' : 'Time (UTC)'}</th>
          ${series.map((name) => html`<th scope="col" class="number">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ x, values }) =>
            html`<tr>
              <th scope="row">${axis === 'height' ? formatNumber(x) : formatClock(x)}</th>
              ${values.map(
                (value) =>
                  html`<td class="number">${value === undefined ? '–' : format(value)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function formatClock(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(11, 19);
}
