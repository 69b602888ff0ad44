import { expect } from 'chai';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { parseTime, TIME_TAG } from '../../../chain/certificate/time.ts';
import { bytesOf, codeOf } from '../../support/chainValues.ts';

const { utc, generalized } = TIME_TAG;

function secondsOf(tag: number, text: string): number {
  return parseTime(tag, formatUtf8(text));
}

describe('a date of a certificate', () => {
  it('is UTCTime for the years 1950 to 2049', () => {
    const table: Readonly<Record<string, string>> = {
      '500101000000Z': '1950-01-01T00:00:00Z',
      '700101000000Z': '1970-01-01T00:00:00Z',
      '991231235959Z': '1999-12-31T23:59:59Z',
      '000101000000Z': '2000-01-01T00:00:00Z',
      '261121013435Z': '2026-11-21T01:34:35Z',
      '491231235959Z': '2049-12-31T23:59:59Z',
    };
    for (const [text, iso] of Object.entries(table)) {
      expect(secondsOf(utc, text), text).to.equal(Date.parse(iso) / 1_000);
    }
  });

  it('is GeneralizedTime for any year', () => {
    const table: Readonly<Record<string, string>> = {
      '20260101000000Z': '2026-01-01T00:00:00Z',
      '20500101000000Z': '2050-01-01T00:00:00Z',
      '99991231235959Z': '9999-12-31T23:59:59Z',
      '16000229120000Z': '1600-02-29T12:00:00Z',
    };
    for (const [text, iso] of Object.entries(table)) {
      expect(secondsOf(generalized, text), text).to.equal(Date.parse(iso) / 1_000);
    }
  });

  it('is right on every day of four hundred years', () => {
    const start = Date.UTC(1900, 0, 1);
    for (let day = 0; day < 146_097; day++) {
      const date = new Date(start + day * 86_400_000);
      const text = date.toISOString().slice(0, 10).replaceAll('-', '');
      expect(secondsOf(generalized, `${text}000000Z`), text).to.equal(date.getTime() / 1_000);
    }
  });

  it('has no zone but Z: what others read in the zone of their machine is refused', () => {
    const texts = [
      '20260101000000',
      '20260101000000+0000',
      '20260101000000-0500',
      '20260101000000z',
      '20260101000000.5Z',
      '202601010000Z',
      '2026010100Z',
      '20260101Z',
    ];
    for (const text of texts) {
      expect(
        codeOf(() => secondsOf(generalized, text)),
        text,
      ).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
    for (const text of ['2601010000Z', '260101000000', '260101000000+0000', '20260101000000Z']) {
      expect(
        codeOf(() => secondsOf(utc, text)),
        text,
      ).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
  });

  it('is on the calendar and on the clock', () => {
    const texts = [
      '20260001000000Z',
      '20261301000000Z',
      '20260100000000Z',
      '20260132000000Z',
      '20260230000000Z',
      '20260229000000Z',
      '21000229000000Z',
      '20260431000000Z',
      '20260101240000Z',
      '20260101006000Z',
      '20260101000060Z',
    ];
    for (const text of texts) {
      expect(
        codeOf(() => secondsOf(generalized, text)),
        text,
      ).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
    for (const text of ['20240229000000Z', '20000229000000Z']) {
      expect(
        codeOf(() => secondsOf(generalized, text)),
        text,
      ).to.equal('accepted');
    }
  });

  it('is digits, in no other type', () => {
    for (const text of [
      '',
      'Z',
      ' 260101000000Z',
      '26010100000aZ',
      '-60101000000Z',
      '260101000000Z\n',
    ]) {
      expect(
        codeOf(() => secondsOf(utc, text)),
        JSON.stringify(text),
      ).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
    expect(codeOf(() => secondsOf(0x0c, '20260101000000Z'))).to.equal('ERR_CERTIFICATE_MALFORMED');
    expect(codeOf(() => parseTime(utc, bytesOf(13, 0xff)))).to.equal('ERR_CERTIFICATE_MALFORMED');
  });
});
