import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import { describeChainStore } from '../../contract/chainStore.ts';

describeChainStore('memory', async () => createMemoryChainStore());
