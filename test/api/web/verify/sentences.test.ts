/** The page says in every language what the node says in English. */
import { expect } from 'chai';

import { EN } from '../../../../api/messages/en.ts';
import { CAMERA_SIGNATURE, KIND } from '../../../../api/views/verify.ts';
import { checkedOf, notCheckedOf, STATEMENT } from '../../../../api/views/statements.ts';
import { checkedKeys, notCheckedKeys } from '../../../../api/web/verify/sentences.ts';
import { AUTHORITY_CHECK, RECORD_KIND, SIGNED_FORM } from '../../../../chain/record.ts';
import { recordWith } from '../../../support/memoryLedger.ts';

describe('sentences by keys', () => {
  for (const [form, signedForm] of Object.entries(SIGNED_FORM)) {
    for (const [check, authorityCheck] of Object.entries(AUTHORITY_CHECK)) {
      it(`are those of the node about what was checked: ${form}, ${check}`, () => {
        const keys = checkedKeys({
          camera_signature: CAMERA_SIGNATURE[signedForm],
          authority_check: check as keyof typeof AUTHORITY_CHECK,
        });

        const own = keys.map((key) => EN[key]);

        expect(own).to.deep.equal(checkedOf(recordWith({ signedForm, authorityCheck })));
      });
    }
  }

  for (const [name, kind] of Object.entries(RECORD_KIND)) {
    it(`are those of the node about what was not: ${name}`, () => {
      const own = notCheckedKeys({ kind: KIND[kind] }).map((key) => EN[key]);

      expect(own).to.deep.equal(notCheckedOf(recordWith({ kind })));
    });
  }

  for (const verdict of ['registered_original', 'declared_edit', 'pending', 'not_found'] as const) {
    it(`are those of the node about ${verdict}`, () => {
      expect(EN[`statement.${verdict}`]).to.equal(STATEMENT[verdict]);
    });
  }
});
