/**
 * Certificates as programs of others see them: qpdf judges the file, poppler reads its text and attachments and draws it,
 * zbar reads its code; and our own command verifies what is attached.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { readFonts, writeCertificate } from '../../../api/certificate/pdf.ts';
import { createSheet, type Proven } from '../../../api/certificate/sheet.ts';
import { type CertificateLanguage, EXCUSES } from '../../../api/messages/certificate/catalogs.ts';
import { formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import { formatTlogProof } from '../../../chain/log/tlogProof.ts';
import { verify } from '../../../chain/log/verify.ts';
import { type ImageRecord, RECORD_KIND, SIGNED_FORM } from '../../../chain/record.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { bytesOf, GENESIS_MS, MemoryLedger, recordWith } from '../../support/memoryLedger.ts';
import { MemoryLog } from '../../support/memoryLog.ts';
import { isInstalled, runProgramOf } from '../../support/programs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const LINK = `https://node.example:8545/verify/${formatHex(bytesOf(1))}`;
const PROGRAMS = ['qpdf', 'pdftotext', 'pdftoppm', 'pdfdetach', 'pdffonts', 'pdfinfo', 'zbarimg'];

async function provenOf(record: ImageRecord): Promise<Proven> {
  const ledger = new MemoryLedger(['alpha', 'beta', 'gamma', 'delta']);
  const log = new MemoryLog(ledger);
  ledger.commit([record]);
  log.cosign();
  const { proof } = (await log.prove(record.imageHash, () => AbortSignal.timeout(1_000)))!;
  const material = {
    proof: formatTlogProof(proof!),
    policy: formatUtf8(log.policy(proof!.checkpoint.treeSize)!),
  };
  const verdict = verify({ file: { fileHash: record.imageHash }, ...material });
  if (verdict.verdict === 'not_verified') throw new Error(verdict.reason);
  const { registration } = verdict;
  return { ...material, registration, aggregatorName: 'alpha', link: LINK };
}

/** Returns how certificates write the time of day, without the 0 that not all languages begin it with, or seconds that no calendar has. */
function clockOf(seconds: number): string {
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime())
    ? `1970 + ${seconds} s`
    : time.toISOString().slice(11, 19).replace(/^0/, '');
}

const EDIT = recordWith({
  kind: RECORD_KIND.edit,
  parents: Array.from({ length: 16 }, (_, i) => bytesOf(100 + i)),
});
const LEGACY = recordWith({
  kind: RECORD_KIND.legacy,
  signedForm: SIGNED_FORM.notCheckable,
  authorityId: '',
  capturedAt: Number.MAX_SAFE_INTEGER,
});
const FOREIGN = recordWith({ authorityId: 'Œuvre Łódź 相机' });

const cases: readonly (readonly [string, ImageRecord, CertificateLanguage, string])[] = [
  ['a camera, English', recordWith(), 'en', 'Registered as an original photograph'],
  ['a camera, Spanish', recordWith(), 'es', 'Registrada como fotografía original'],
  ['a camera, French', recordWith(), 'fr', 'Enregistrée comme photographie originale'],
  ['a camera, German', recordWith(), 'de', 'Als Originalfotografie registriert'],
  ['an edit of sixteen', EDIT, 'de', 'Als Bearbeitung anderer Bilder registriert'],
  ['a legacy camera', LEGACY, 'en', 'Registered as an original photograph'],
  ['foreign letters', FOREIGN, 'en', 'Registered as an original photograph'],
];

for (const [what, record, language, verdict] of cases) {
  describe(`the certificate of ${what}`, () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'certificate.pdf');
    const hash = formatHex(record.imageHash);
    let text: string;

    before(`needs the programs ${PROGRAMS.join(', ')}`, async function () {
      if (!PROGRAMS.every(isInstalled)) this.skip();
      const sheet = createSheet(await provenOf(record), language, undefined);
      writeFileSync(file, await writeCertificate(sheet, await readFonts()));
      text = runProgramOf('pdftotext', '-layout', file, '-').stdout;
    });

    it('is a sound file', () => {
      expect(runProgramOf('qpdf', '--check', file)).to.deep.include({ status: 0, stderr: '' });
    });

    it('has hash and verdict as text, with no letter that its fonts lack', () => {
      expect(text).to.include(hash).and.to.include(verdict);
      expect(text).not.to.match(/\uFFFD|\{|undefined|NaN/);
    });

    it('names the institutions that cosigned, and both times, as text', () => {
      const times = [GENESIS_MS / 1_000 + 1, record.capturedAt];

      for (const name of ['memory/alpha', 'memory/beta', 'memory/gamma']) {
        expect(text).to.include(name);
      }
      for (const seconds of times) expect(text).to.include(clockOf(seconds));
    });

    it('has a code that leads to the record', () => {
      const page = path.join(folder, 'page');
      runProgramOf('pdftoppm', '-r', '150', '-png', '-singlefile', file, page);

      const { stdout } = runProgramOf('zbarimg', '--quiet', '--raw', `${page}.png`);

      expect(stdout.trim()).to.equal(LINK);
    });

    it('carries a proof and a policy with which birthmark verify finds it registered', async () => {
      const beside = path.join(folder, 'attached');
      runProgramOf('mkdir', beside);
      runProgramOf('pdfdetach', '-saveall', '-o', beside, file);
      const proof = path.join(beside, `${hash}.tlog-proof`);
      const policy = path.join(beside, 'policy.txt');

      const verified = await runCommand('verify', hash, '--proof', proof, '--policy', policy);
      const other = await runCommand(
        'verify',
        formatHex(bytesOf(99)),
        '--proof',
        proof,
        '--policy',
        policy,
      );

      expect(readdirSync(beside)).to.have.members([`${hash}.tlog-proof`, 'policy.txt']);
      expect(verified.code).to.equal(record.kind === RECORD_KIND.edit ? 1 : 0);
      expect(verified.lines.join('\n')).to.match(/registered_original|declared_edit|registered/);
      expect(other.code).to.equal(1);
    });

    it('names its language and title, and is tagged for screen readers', () => {
      const { stdout } = runProgramOf('pdfinfo', file);

      expect(stdout).to.match(/^Tagged: +yes$/m);
      expect(stdout).to.match(new RegExp(`^Title: .*${verdict}$`, 'm'));
      expect(readFileSync(file, 'latin1')).to.include(`/Lang (${language})`);
    });

    it('embeds all of its fonts, cut down to what is used', () => {
      const rows = runProgramOf('pdffonts', file).stdout.trim().split('\n').slice(2);

      expect(rows).to.have.lengthOf(2);
      for (const row of rows) expect(row).to.match(/^[A-Z]{6}\+NotoSans-.* yes yes yes /);
      expect(readFileSync(file).length).to.be.below(60_000);
    });
  });
}

describe('the certificate that is asked for in Arabic', () => {
  const folder = temporaryFolder();

  it('is in English, and says why', async function () {
    if (!['pdftotext', 'pdfinfo'].every(isInstalled)) this.skip();
    const file = path.join(folder, 'certificate.pdf');
    const sheet = createSheet(await provenOf(recordWith()), 'en', EXCUSES['ar']);
    writeFileSync(file, await writeCertificate(sheet, await readFonts()));

    const { stdout } = runProgramOf('pdftotext', file, '-');

    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).to.include('Registered as an original photograph');
    expect(text).to.include('Arabic was asked for. This document is in English, because');
    expect(text).to.include('The page at the address above is in Arabic.');
  });
});

describe('the texts of a certificate', () => {
  const sheetOf = async (record: ImageRecord): Promise<ReturnType<typeof createSheet>> =>
    createSheet(await provenOf(record), 'en', undefined);

  it("keep the block's time apart from the camera's", async () => {
    const { facts } = await sheetOf(recordWith());

    expect(facts[0]![1]).to.include('08:53:21').and.to.include('the time of the block');
    expect(facts[1]![1]).to.include('08:52:20').and.to.include('nobody has checked');
  });

  it('name the institutions that cosigned, and no others', async () => {
    const { cosigners } = await sheetOf(recordWith());

    expect(cosigners.items.map((item) => item.split(',')[0])).to.deep.equal([
      'memory/alpha',
      'memory/beta',
      'memory/gamma',
    ]);
  });

  it('say of a legacy camera that its signature cannot be checked, and claim no check of it', async () => {
    const { checked, notShown } = await sheetOf(LEGACY);

    expect(notShown.items[0]).to.include('nobody but the manufacturer');
    expect(checked.items.join(' ')).not.to.include('the camera signed');
  });

  it('say of an edit what it was made from, and that its parents may not be registered', async () => {
    const { parents, notShown, statement } = await sheetOf(EDIT);

    expect(parents?.items).to.deep.equal(EDIT.parents.map(formatHex));
    expect(notShown.items[0]).to.include('whether those are registered');
    expect(statement).to.include('it is not an original');
  });

  it('say a time that no calendar has as seconds', async () => {
    expect((await sheetOf(LEGACY)).facts[1]![1]).to.include('1970 + 9007199254740991 s');
  });

  it('put a mark in the place of letters that the fonts lack', async () => {
    const { facts } = await sheetOf(FOREIGN);

    expect(facts.find(([label]) => label === 'Manufacturer')?.[1]).to.equal('?uvre ?ód? ??');
  });
});
