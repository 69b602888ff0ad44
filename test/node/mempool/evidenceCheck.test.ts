import { expect } from 'chai';

import { createRegistry, type Registry } from '../../../chain/certificate/registry.ts';
import { DEFAULT_PARAMS, type Params } from '../../../chain/params.ts';
import { genesisBlock, type State } from '../../../chain/state.ts';
import { Certificates } from '../../../node/intake/certificates.ts';
import type { EvidenceCheck } from '../../../node/mempool/admission.ts';
import { createEvidenceCheck } from '../../../node/mempool/evidenceCheck.ts';
import { authorityOf, createCa, createCamera } from '../../support/certificates.ts';
import { CHAIN_ID, codeOfRejection, hashOfText, validatorsOf } from '../../support/chainValues.ts';
import { AUTHORITY, CA, sentBatchOf } from '../../support/sentBatches.ts';

function stateOf(
  fields: { readonly params?: Partial<Params>; readonly chainId?: Uint8Array } = {},
): State {
  return genesisBlock({
    chainId: fields.chainId ?? CHAIN_ID,
    timestampMs: 0,
    validators: validatorsOf(4),
    authorities: [AUTHORITY],
    params: { ...DEFAULT_PARAMS, ...fields.params },
  }).edge.state;
}

const STATE = stateOf();

describe('the check of evidence', () => {
  let counts: Map<Registry, number>;
  let current: Registry;
  let check: EvidenceCheck;

  const counting = (authorities = [AUTHORITY]): Registry => {
    const registry = createRegistry(authorities);
    const made: Registry = {
      ...registry,
      checkIssuer: (certificate) => {
        counts.set(made, (counts.get(made) ?? 0) + 1);
        return registry.checkIssuer(certificate);
      },
    };
    return made;
  };

  beforeEach(() => {
    counts = new Map();
    current = counting();
    const { parse } = new Certificates(() => current, { perS: 1, burst: 1 });
    check = createEvidenceCheck({ parse, registry: () => current });
  });

  it('passes a batch that cameras of the registry have signed', async () => {
    expect(await codeOfRejection(check(sentBatchOf('v1'), STATE))).to.equal('accepted');
  });

  it('refuses a camera of a manufacturer that the registry lacks', async () => {
    const camera = createCamera(createCa('Stranger CA'), {}, 'SN-9');
    const sent = sentBatchOf('v1', 1, { camera });

    expect(await codeOfRejection(check(sent, STATE))).to.equal('ERR_ISSUER_NOT_PINNED');
  });

  it('judges by the chain of the state', async () => {
    const other = stateOf({ chainId: hashOfText('another chain') });

    expect(await codeOfRejection(check(sentBatchOf('v1'), other))).to.equal('ERR_CAMERA_SIGNATURE');
  });

  it('judges by the parameters of the state', async () => {
    const other = stateOf({ params: { publishAuthority: false } });

    expect(await codeOfRejection(check(sentBatchOf('v1'), other))).to.equal('ERR_RECORD');
  });

  it('checks who issued a certificate once, however many batches name it', async () => {
    await check(sentBatchOf('v1', 1), STATE);
    await check(sentBatchOf('v2', 2), STATE);
    await Promise.all([3, 4].map((sequence) => check(sentBatchOf('v1', sequence), STATE)));

    expect(counts.get(current)).to.equal(1);
  });

  it('checks each certificate for itself', async () => {
    await check(sentBatchOf('v1', 1), STATE);
    await check(sentBatchOf('v1', 2, { camera: createCamera(CA, {}, 'SN-2') }), STATE);

    expect(counts.get(current)).to.equal(2);
  });

  it('remembers a refusal as well', async () => {
    const camera = createCamera(createCa('Stranger CA'), {}, 'SN-9');
    const codes = [
      await codeOfRejection(check(sentBatchOf('v1', 1, { camera }), STATE)),
      await codeOfRejection(check(sentBatchOf('v1', 2, { camera }), STATE)),
    ];

    expect(codes).to.deep.equal(['ERR_ISSUER_NOT_PINNED', 'ERR_ISSUER_NOT_PINNED']);
    expect(counts.get(current)).to.equal(1);
  });

  it('begins anew with another registry', async () => {
    await check(sentBatchOf('v1', 1), STATE);
    const first = current;
    current = counting([authorityOf([createCa('Other CA')])]);

    expect(await codeOfRejection(check(sentBatchOf('v1', 2), STATE))).to.equal(
      'ERR_ISSUER_NOT_PINNED',
    );
    expect([counts.get(first), counts.get(current)]).to.deep.equal([1, 1]);
  });
});
