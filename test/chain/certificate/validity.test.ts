import { expect } from 'chai';

import {
  CAPTURE_AHEAD_S,
  checkNotAhead,
  checkValidity,
} from '../../../chain/certificate/validity.ts';
import { codeOf } from '../../support/chainValues.ts';

/** A certificate valid from 1,000 to 2,000, with 500 s of grace and 60 s ahead. */
function codeAt(atS: number, capturedAt: number): string {
  const claim = { capturedAt, notBefore: 1_000, notAfter: 2_000 };
  return codeOf(() => checkValidity(claim, { atS, aheadS: 60, lateGraceS: 500 }));
}

describe('the time of a photograph', () => {
  const cases: readonly [atS: number, capturedAt: number, code: string, because: string][] = [
    [1_500, 1_000, 'accepted', 'it was taken in the first second'],
    [1_500, 999, 'ERR_TIMESTAMP_BEFORE_CERTIFICATE', 'the certificate began a second later'],
    [1_500, 1_560, 'accepted', 'the camera may be a little ahead'],
    [1_500, 1_561, 'ERR_TIMESTAMP_AHEAD', 'the camera is too far ahead'],
    [940, 1_000, 'accepted', 'the certificate begins within what is tolerated'],
    [939, 999, 'ERR_CERTIFICATE_NOT_YET_VALID', 'the certificate begins later than that'],
    [2_000, 2_060, 'accepted', 'the certificate still counts'],
    [2_000, 1_000, 'accepted', 'any age within the certificate counts'],
    [2_001, 2_000, 'accepted', 'it was taken in the last second'],
    [2_001, 2_001, 'ERR_CERTIFICATE_EXPIRED', 'it was taken after the end'],
    [2_500, 2_000, 'accepted', 'the grace ends here'],
    [2_501, 2_000, 'ERR_CERTIFICATE_EXPIRED', 'the grace is over'],
    [2_501, 1_000, 'ERR_CERTIFICATE_EXPIRED', 'the grace is over for old ones too'],
  ];
  for (const [atS, capturedAt, code, because] of cases) {
    it(`${capturedAt} at ${atS} is ${code}: ${because}`, () => {
      expect(codeAt(atS, capturedAt)).to.equal(code);
    });
  }

  it('is at most six minutes ahead of a block', () => {
    expect(CAPTURE_AHEAD_S).to.equal(360);
  });

  it('without a certificate is only kept from the future', () => {
    const at = { atS: 100, aheadS: 60 };

    for (const capturedAt of [0, 100, 160]) {
      expect(codeOf(() => checkNotAhead(capturedAt, at))).to.equal('accepted');
    }
    expect(codeOf(() => checkNotAhead(161, at))).to.equal('ERR_TIMESTAMP_AHEAD');
  });
});
