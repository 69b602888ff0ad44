/** What a node answers is compared with what its proof shows, field by field. */
import { expect } from 'chai';

import { createNames } from '../../../../api/views/names.ts';
import { createVerifier } from '../../../../api/views/verify.ts';
import type { Found } from '../../../../api/schemas/verify.ts';
import { differencesOf } from '../../../../api/web/verify/comparison.ts';
import { COMPARED_FIELDS } from '../../../../api/web/verify/job.ts';
import type { Registration } from '../../../../chain/log/verify.ts';
import { AUTHORITY_CHECK, RECORD_KIND, SIGNED_FORM } from '../../../../chain/record.ts';
import { bytesOf, recordWith } from '../../../support/memoryLedger.ts';
import { createMemoryPorts } from '../../../support/memoryPorts.ts';

/** What the node answers about a record, and what a proof of it shows. */
function answerAbout(fields: Parameters<typeof recordWith>[0] = {}): [Found, Registration] {
  const { ledger, intake } = createMemoryPorts();
  ledger.commit([recordWith(fields)]);
  const found = createVerifier({ ledger, intake }, createNames(ledger)).findRegistered(bytesOf(1))!;
  const [{ entry, logIndex }] = ledger.findRegistrations(bytesOf(1)) as [
    { entry: Registration['entry']; logIndex: number },
  ];
  const registration = {
    entry,
    index: logIndex,
    match: 'image_hash',
    origin: 'log',
    treeSize: 9,
    cosigners: [],
    quorumTimeS: 1,
  };
  return [found, registration];
}

describe('an answer of a node and its proof', () => {
  const records = [
    { signedForm: SIGNED_FORM.v1, authorityCheck: AUTHORITY_CHECK.reported },
    { signedForm: SIGNED_FORM.v1n },
    { kind: RECORD_KIND.edit, signedForm: SIGNED_FORM.v2, parents: [bytesOf(8), bytesOf(9)] },
    { kind: RECORD_KIND.legacy, signedForm: SIGNED_FORM.notCheckable },
    { authorityId: '' },
  ];
  for (const record of records) {
    it(`agree where the node is right: ${JSON.stringify(Object.keys(record))}`, () => {
      const [found, registration] = answerAbout(record);

      expect(differencesOf(found, found.verdict, registration)).to.deep.equal([]);
    });
  }

  const lies: Partial<Record<(typeof COMPARED_FIELDS)[number], Partial<Found>>> = {
    image_hash: { image_hash: 'ff'.repeat(32) },
    verdict: { verdict: 'declared_edit' },
    kind: { kind: 'edit' },
    timestamp: { timestamp: 1 },
    block_time: { block_time: 1 },
    block_height: { block_height: 99 },
    camera_signature: { camera_signature: 'v1n' },
    authority: { authority: null },
    authority_check: { authority_check: 'signed' },
    tx_hash: { tx_hash: '00'.repeat(32) },
    parents: { parents: ['ff'.repeat(32)] },
    log_index: { log_index: 77 },
  };
  for (const field of COMPARED_FIELDS) {
    it(`differ in ${field} where the node says another`, () => {
      const [found, registration] = answerAbout({
        signedForm: SIGNED_FORM.v1,
        authorityCheck: AUTHORITY_CHECK.reported,
      });

      const answer = { ...found, ...lies[field] };

      const differences = differencesOf(answer, 'registered_original', registration);

      expect(differences.map((each) => each.field)).to.deep.equal([field]);
    });
  }

  it('stand side by side where they differ', () => {
    const [found, registration] = answerAbout({ authorityId: 'maker' });
    const answer = { ...found, authority: null };

    expect(differencesOf(answer, 'registered_original', registration)).to.deep.equal([
      { field: 'authority', answered: null, proved: 'maker' },
    ]);
  });

  it('agree where something was revoked since', () => {
    const [found, registration] = answerAbout();
    const answer = { ...found, verdict: 'registered_revoked' as const };

    expect(differencesOf(answer, 'registered_original', registration)).to.deep.equal([]);
  });
});
