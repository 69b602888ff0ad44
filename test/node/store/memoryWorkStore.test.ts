import { createMemoryWorkStore } from '../../../node/store/memoryWorkStore.ts';
import { describeWorkStore } from '../../contract/workStore.ts';

describeWorkStore('memory', async () => createMemoryWorkStore());
