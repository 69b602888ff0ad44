/** A network with photographs on it, for tests of the pages: real nodes, a real authority, files as a camera made them. */
import path from 'node:path';

import { formatUtf8, parseHex } from '../../chain/bytes.ts';
import type { PageFile } from './browser.ts';
import type { Camera } from './certificates.ts';
import { hashOfText } from './chainValues.ts';
import { provisionCamera, type RealAuthority, startRealAuthority } from './realAuthority.ts';
import { bodyOf, requestOf } from './shots.ts';
import { createNetwork } from './wholeNetwork.ts';
import type { WholeNode } from './wholeNode.ts';

/** A network with photographs. */
export interface WebRig {
  readonly nodes: readonly WholeNode[];
  /** Address of the first node. */
  readonly url: string;
  /** Registers the photograph whose file holds this text; its parents are hashes in hex. */
  register(text: string, parents?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a network of so many validators in a folder. */
export async function startWebRig(folder: string, validators: number): Promise<WebRig> {
  const dir = path.join(folder, 'authority');
  const authority: RealAuthority = await startRealAuthority(dir);
  const nodes = await createNetwork(path.join(folder, 'network'), {
    validators,
    authority: [path.join(dir, 'authority.json')],
    param: ['batch_wait_ms=20'],
  });
  await Promise.all(nodes.map((node) => node.start()));
  const camera: Camera = await provisionCamera(authority, 'PAGES-1');
  const [node] = nodes;
  if (node === undefined) throw new Error('there is no node');
  return {
    nodes,
    url: node.running.apiUrl,
    register: async (text, parents = []) => {
      const claims = {
        capturedAt: Math.floor(Date.now() / 1_000),
        parents: parents.map(parseHex),
      };
      const form = parents.length === 0 ? 1 : 3;
      const request = requestOf(camera, text, { form, chainId: node.chainId, claims });
      await node.ended(await node.accept(bodyOf(request)));
    },
    stop: async () => {
      await Promise.all(nodes.map((each) => each.stop()));
      await authority.stop();
    },
  };
}

/** Returns the file of the photograph whose bytes are this text. */
export function fileOf(name: string, text: string): PageFile {
  return { name, mimeType: 'image/jpeg', buffer: Buffer.from(formatUtf8(text)) };
}

/** Returns the hash of that file in hex. */
export function hexOfText(text: string): string {
  return Buffer.from(hashOfText(text)).toString('hex');
}
