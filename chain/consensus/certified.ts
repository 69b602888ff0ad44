/**
 * The certificate that sync holds for a block which is not applied here.
 *
 * R16: nothing is signed up to its height. So it must not be lost with the answer that brought it: a liar can
 * send it beside batches that are not the block's, and fall silent. Those who prepared the block hold its
 * batches; with these the certificate decides here, whatever else is heard.
 */
import { hashHeader } from '../block.ts';
import type { Core } from './core.ts';
import type { Decision } from './ready.ts';

/** Takes a certificate that is checked, unless one of its height or a later one is held. */
export function takeCertified(core: Core, decision: Decision): void {
  if (decision.header.height <= (core.certified?.header.height ?? 0)) return;
  core.certified = decision;
  core.isCertifiedSought = false;
}

/** Returns the certificate of the current height, where it is held. */
export function certifiedHere({ certified, height }: Core): Decision | undefined {
  return certified?.header.height === height.height ? certified : undefined;
}

/** Owes the search for what the certified block names, once: as a rule sync has brought the block before. */
export function seekCertified(core: Core): void {
  const header = certifiedHere(core)?.header;
  const { blocks, decision } = core.height;
  if (header === undefined || decision !== undefined || core.isCertifiedSought) return;
  core.isCertifiedSought = true;
  blocks.add({ header, blockHash: hashHeader(header), isAvailable: false });
  core.owed.check = { header, isFresh: false };
}
