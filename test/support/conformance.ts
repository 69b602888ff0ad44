/**
 * Tests against files that other people's programs made. They lie outside the repository, in the
 * folder that BIRTHMARK_VECTORS names; without it the group is skipped and says why.
 */
import path from 'node:path';

/** Returns the path of a file in the folder of vectors. */
export type VectorPath = (...names: readonly string[]) => string;

/** Declares a group of conformance tests. For `*.conformance.test.ts` files only. */
export function describeConformance(title: string, declare: (vector: VectorPath) => void): void {
  const folder = process.env['BIRTHMARK_VECTORS'];
  if (folder === undefined || folder === '') {
    describe(title, () => {
      it('needs the folder that BIRTHMARK_VECTORS names');
    });
    return;
  }
  describe(title, () => declare((...names) => path.resolve(folder, ...names)));
}
