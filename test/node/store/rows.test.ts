import path from 'node:path';

import { CHAIN_LEVEL_OPTIONS } from '../../../node/store/levelChainStore.ts';
import { openLevelRows } from '../../../node/store/levelRows.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { describeRows } from '../../contract/rows.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('rows', () => {
  const folder = temporaryFolder();
  let count = 0;

  describeRows('memory', async () => new MemoryRows());
  describeRows('LevelDB', () =>
    openLevelRows(path.join(folder, `rows-${(count += 1)}`), CHAIN_LEVEL_OPTIONS),
  );
});
