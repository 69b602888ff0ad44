import { expect } from 'chai';

import { isRecipient, openLogKey, recipientOf, sealLogKey } from '../../../scripts/cli/logKey.ts';
import { hashOfText } from '../../support/chainValues.ts';

const SECRET = hashOfText('the log');
const INSTITUTIONS = ['archive', 'museum', 'paper'].map((name) => hashOfText(name));

describe("the log's key, sealed for three institutions", () => {
  let sealed = '';

  before(async () => {
    sealed = await sealLogKey(SECRET, await Promise.all(INSTITUTIONS.map(recipientOf)));
  });

  it('is opened by each of them', async () => {
    for (const commitment of INSTITUTIONS) {
      expect(await openLogKey(sealed, commitment)).to.deep.equal(SECRET);
    }
  });

  it('is opened by nobody else', async () => {
    expect(await openLogKey(sealed, hashOfText('stranger'))).to.equal(undefined);
  });

  it('is an age file as other tools read it, which does not hold the key', () => {
    expect(sealed).to.match(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect(sealed).to.not.include(Buffer.from(SECRET).toString('hex'));
  });

  it('is not opened where it is damaged, cut, or something else', async () => {
    const [archive = SECRET] = INSTITUTIONS;
    const middle = sealed.length / 2;
    const other = sealed[middle] === 'A' ? 'B' : 'A';
    const files = [
      '',
      'log key',
      sealed.slice(0, -40),
      `${sealed.slice(0, middle)}${other}${sealed.slice(middle + 1)}`,
      await sealLogKey(SECRET.subarray(1), [await recipientOf(archive)]),
    ];

    for (const file of files) expect(await openLogKey(file, archive), file).to.equal(undefined);
  });
});

describe('a recipient', () => {
  it('is the same whenever it is made of one commitment key, and another for another', async () => {
    const [archive = SECRET, museum = SECRET] = INSTITUTIONS;

    expect(await recipientOf(archive)).to.equal(await recipientOf(archive));
    expect(await recipientOf(archive)).to.not.equal(await recipientOf(museum));
    expect(await recipientOf(archive)).to.match(/^age1[02-9ac-hj-np-z]{58}$/);
  });

  it('is one for whom something can be sealed', async () => {
    expect(await isRecipient(await recipientOf(SECRET))).to.equal(true);
  });

  const none: readonly (readonly [string, string])[] = [
    ['a wrong checksum', `age1${'q'.repeat(58)}`],
    ['a point of small order', 'age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z'],
    ['nothing', ''],
  ];
  for (const [what, text] of none) {
    it(`is none with ${what}`, async () => {
      expect(await isRecipient(text)).to.equal(false);
    });
  }
});
