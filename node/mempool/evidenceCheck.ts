/** The check of a batch's evidence against chain state, its signatures off the main thread. */
import type { Authority } from '../../chain/authority.ts';
import type { CameraCertificate } from '../../chain/certificate/certificate.ts';
import type { Registry } from '../../chain/certificate/registry.ts';
import { type CertificateParser, checkEvidence } from '../../chain/evidence.ts';
import { validatorsAt, valueAt } from '../../chain/state.ts';
import type { EvidenceCheck } from './admission.ts';

/** What evidence is judged with. */
export interface EvidenceCheckPorts {
  readonly parse: CertificateParser;
  /** The registry that acts at the next height. */
  registry(): Registry;
}

/** Returns the check that a node runs with. */
export function createEvidenceCheck(ports: EvidenceCheckPorts): EvidenceCheck {
  const remembering = new WeakMap<Registry, Registry>();
  return async ({ signed, evidence }, state) => {
    const height = state.height + 1;
    const current = ports.registry();
    const remembered = remembering.get(current) ?? rememberIssuers(current);
    remembering.set(current, remembered);
    await checkEvidence(signed.batch, evidence, {
      parse: ports.parse,
      chainId: state.chainId,
      registry: remembered,
      params: valueAt(state.params, height),
      validatorCount: validatorsAt(state, height).length,
    });
  };
}

/** A camera's certificate stands in many batches: its issuer's signature is checked once. */
function rememberIssuers(registry: Registry): Registry {
  const issuers = new WeakMap<CameraCertificate, Promise<Authority>>();
  return {
    ...registry,
    checkIssuer: (certificate) => {
      const known = issuers.get(certificate) ?? registry.checkIssuer(certificate);
      issuers.set(certificate, known);
      return known;
    },
  };
}
