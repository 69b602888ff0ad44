/** docs/decisions/0002-dependencies.md says why each package is here. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

const ROOT = path.resolve(import.meta.dirname, '../..');

type Section = 'dependencies' | 'devDependencies' | 'overrides';

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Record<
  Section,
  Readonly<Record<string, string>>
>;
const decision = readFileSync(path.join(ROOT, 'docs/decisions/0002-dependencies.md'), 'utf8');

/** Returns the rows of the table under a heading, as package and reason. */
function rowsUnder(section: Section): readonly (readonly [string, string])[] {
  const [, table = ''] = decision.split(`\n### ${section}\n`);
  const [own = ''] = table.split(/\n##/);
  const rows = [...own.matchAll(/^\| (\S+) +\| (.*?) +\|$/gm)];
  return rows.map(([, name = '', why = '']) => [name, why] as const).slice(2);
}

describe('the table of dependencies', () => {
  for (const section of ['dependencies', 'devDependencies', 'overrides'] as const) {
    it(`has a row for each of ${section}, and no other`, () => {
      const names = rowsUnder(section).map(([name]) => name);

      expect(names).to.have.members(Object.keys(manifest[section]));
    });

    it(`gives a reason for each of ${section}`, () => {
      for (const [name, why] of rowsUnder(section)) expect(why, name).to.match(/\w+ \w+/);
    });
  }
});
