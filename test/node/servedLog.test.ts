import { expect } from 'chai';

import type { TlogProof } from '../../chain/log/tlogProof.ts';
import { bytesOf, MemoryLedger, recordWith } from '../support/memoryLedger.ts';
import { MemoryLog } from '../support/memoryLog.ts';
import { witnessSigner } from '../support/witnessRig.ts';

const never = (): AbortSignal => new AbortController().signal;

describe('the served log', () => {
  it('checks the signatures of a checkpoint once, whichever proofs are asked for in turn', async () => {
    const ledger = new MemoryLedger(['alpha', 'beta', 'gamma', 'delta']);
    const log = new MemoryLog(ledger);
    const [older, newer] = [bytesOf(1), bytesOf(2)];
    ledger.commit([recordWith({ imageHash: older })]);
    log.cosign();
    log.witness(witnessSigner('outside'));
    ledger.commit([recordWith({ imageHash: newer })]);
    log.cosign();
    const ask = async (hash: Uint8Array): Promise<TlogProof | undefined> =>
      (await log.prove(hash, never))?.proof;
    const first = [await ask(older), await ask(newer)];
    const second = [await ask(older), await ask(newer)];

    // One is under what the witness has cosigned, the other under what it has not seen yet.
    expect(first[0]!.checkpoint.treeSize).to.be.below(first[1]!.checkpoint.treeSize);
    second.forEach((proof, i) => {
      expect(proof).to.deep.equal(first[i]);
      // What is checked anew is made anew.
      expect(proof!.checkpoint).to.equal(first[i]!.checkpoint);
    });
  });

  it('checks them again when a witness has cosigned it', async () => {
    const ledger = new MemoryLedger(['alpha', 'beta', 'gamma', 'delta']);
    const log = new MemoryLog(ledger);
    ledger.commit([recordWith({ imageHash: bytesOf(1) })]);
    log.cosign();
    const before = (await log.prove(bytesOf(1), never))!.proof!.checkpoint;
    log.witness(witnessSigner('outside'));
    const after = (await log.prove(bytesOf(1), never))!.proof!.checkpoint;

    expect(after.note.signatures).to.have.length(before.note.signatures.length + 1);
  });
});
