import { expect } from 'chai';

import { speak } from '../../../../api/web/verify/text.ts';

describe('a language of the page, spoken', () => {
  const english = speak('en');

  it('puts values in their places', () => {
    expect(english.say('total.files', { done: 1, count: 2 })).to.equal('Files: 1 of 2');
  });

  it('puts a value in once, whatever it holds', () => {
    expect(english.say('file.progress', { name: '{name} $& $1' })).to.equal(
      'Fingerprint of {name} $& $1',
    );
  });

  it('keeps values apart from a text of the other direction', () => {
    expect(speak('ar').say('file.progress', { name: 'a.jpg' })).to.include('\u2068a.jpg\u2069');
  });

  it('has moments in UTC, with 24 hours, in digits as in hashes', () => {
    expect(english.moment(1_760_000_001)).to.match(/^9 October 2025.* 08:53:21 UTC$/);
    expect(speak('ar').moment(1_760_000_001)).to.include('2025').and.include('08:53:21');
    expect(english.moment(0)).to.include('00:00:00');
  });

  it('has a number for a moment that no calendar has', () => {
    expect(english.moment(Number.MAX_SAFE_INTEGER)).to.equal('9007199254740991 s after 1970');
  });

  const durations = [
    [0, '0 seconds'],
    [1, '1 second'],
    [119, '119 seconds'],
    [120, '2 minutes'],
    [7_199, '119 minutes'],
    [7_200, '2 hours'],
    [172_799, '47 hours'],
    [172_800, '2 days'],
  ] as const;
  for (const [seconds, text] of durations) {
    it(`has ${seconds} s as ${text}`, () => {
      expect(english.duration(seconds)).to.equal(text);
    });
  }

  it('has sizes as people read them', () => {
    expect(
      [0, 999, 1_000, 1_500_000, 2_000_000_000].map((each) => english.bytes(each)),
    ).to.deep.equal(['0 byte', '999 byte', '1 kB', '1.5 MB', '2 GB']);
  });
});
