/**
 * Conformance tests that put questions to a Go program of ours, which answers with other people's Go libraries:
 * those that Debian installs beside Go itself, so that nothing is fetched. Where they are missing the group is
 * skipped and says what to install.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

import { temporaryFolder } from './temporaryFolder.ts';

const GO = 'go';
/** Where Debian puts the sources of Go libraries. */
const GO_PATH = '/usr/share/gocode';
const BUILD_MS_MAX = 300_000;
const OUTPUT_BYTES_MAX = 16_777_216;

/** A program, and what it needs. */
export interface GoProgram {
  /** The file of its source. */
  readonly source: string;
  /** The library that judges, with the Debian package that brings it. */
  readonly library: string;
  readonly debianPackage: string;
}

/** Puts a question, as JSON, to the program; returns its answer. */
export type Ask = (question: unknown) => unknown;

/** Declares a group of tests that ask a program. For `*.conformance.test.ts` files only. */
export function describeGoProgram(
  title: string,
  program: GoProgram,
  declare: (ask: Ask) => void,
): void {
  describe(title, () => {
    const missing = missingFor(program);
    if (missing !== undefined) {
      it(`needs the Debian package ${missing}`);
      return;
    }
    const folder = temporaryFolder();
    const executable = path.join(folder, 'program');

    before('build the program', function () {
      this.timeout(BUILD_MS_MAX);
      execFileSync(GO, ['build', '-o', executable, program.source], {
        env: {
          ...process.env,
          GO111MODULE: 'off',
          GOFLAGS: '',
          GOPATH: GO_PATH,
          GOCACHE: path.join(folder, 'cache'),
        },
        timeout: BUILD_MS_MAX,
      });
    });

    declare((question) =>
      JSON.parse(
        execFileSync(executable, {
          encoding: 'utf8',
          input: JSON.stringify(question),
          maxBuffer: OUTPUT_BYTES_MAX,
        }),
      ),
    );
  });
}

function missingFor({ library, debianPackage }: GoProgram): string | undefined {
  if (spawnSync(GO, ['version']).status !== 0) return 'golang-go';
  return existsSync(path.join(GO_PATH, 'src', library)) ? undefined : debianPackage;
}
