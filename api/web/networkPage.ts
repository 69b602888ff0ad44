/** The operator's page as it is without its script: how the network stands at this moment. */
import type { Answer } from '../route.ts';
import type { Status, Validators } from '../schemas/node.ts';
import type { Assets } from './assets.ts';
import { html, type Html } from './html.ts';
import { webPageAnswer } from './webPage.ts';

const STATUS_WORDS = { up: 'up', behind: 'behind', missing: 'cannot be reached' } as const;

/** What the page tells without its script. */
export interface NetworkFacts {
  readonly status: Status;
  readonly validators: Validators['validators'];
}

/** Returns the page as an answer. */
export function networkPage(facts: NetworkFacts, assets: Assets): Answer {
  const main = html`<h1>The network, as ${facts.status.node_id} sees it</h1>
    <noscript>
      <p>With scripts turned off this page does not go on by itself: load it again.</p>
    </noscript>
    ${facts.status.stalled === null ? html`` : html`<p><strong>${facts.status.stalled}</strong></p>`}
    <dl>
      ${rowsOf(facts.status).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
    </dl>
    <h2 id="validators-title">Validators</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="validators-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Status</th>
            <th scope="col">Last signed</th>
            <th scope="col">Lost views</th>
          </tr>
        </thead>
        <tbody>
          ${facts.validators.map(
            (each) =>
              html`<tr>
                <td>${each.name}</td>
                <td>${STATUS_WORDS[each.status]}</td>
                <td>${each.last_signed_height ?? 'never'}</td>
                <td>${each.lost_views}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
  const files = { script: 'network.js', style: 'network.css' };
  return webPageAnswer(200, { title: `Network: ${facts.status.node_id}`, main, ...files }, assets);
}

function rowsOf(status: Status): readonly (readonly [string, Html | string])[] {
  return [
    [
      'Height',
      html`<a href="/api/v1/blocks/${status.block_height}">${status.block_height}</a>, last block
        ${status.last_block_time ?? 'not yet'}`,
    ],
    ['Photographs', String(status.total_hashes)],
    ['Not decided', String(status.pending_submissions)],
    ['Takes submissions', status.ready ? 'yes' : `no: ${status.not_ready.join('; ')}`],
    ['View', `${status.view}, ${status.proposer} is to propose`],
    ['Quorum', `${status.quorum} of ${status.validator_nodes.length}`],
  ];
}
