/**
 * Proofs and tiles while blocks commit: whoever is asked, and whenever, what is answered is of one moment.
 *
 * Four whole nodes take photographs without a pause. Meanwhile all that they have registered is proved again and again,
 * and the log is read as strangers read it.
 */
import path from 'node:path';

import { expect } from 'chai';

import { proofSchema } from '../../api/schemas/proof.ts';
import { formatHex, formatUtf8, parseBase64 } from '../../chain/bytes.ts';
import { parseSignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { formatTlogProof } from '../../chain/log/tlogProof.ts';
import { verify } from '../../chain/log/verify.ts';
import { createHttpLog } from '../../scripts/publicLog/httpLog.ts';
import { ProvedTree } from '../../scripts/publicLog/provedTree.ts';
import type { Camera } from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { bodyOf, requestOf } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createNetwork } from '../support/wholeNetwork.ts';
import type { WholeNode } from '../support/wholeNode.ts';

const RUN_MS_MAX = 120_000;
const PROOF_COUNT = 1_000;
/** Questions under way at a time. */
const LANE_COUNT = 8;

/** Returns the bytes of the proof that JSON holds. */
function proofOfJson(json: unknown): Uint8Array {
  const { index, entry, hashes, checkpoint } = proofSchema.parse(json);
  return formatTlogProof({
    extra: parseBase64(entry),
    index,
    hashes: hashes.map(parseBase64),
    checkpoint: parseSignedCheckpoint(formatUtf8(checkpoint)),
  });
}

describe('four validators that take photographs without a pause', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  /** Names of photographs that are committed at the first validator. */
  const committed: string[] = [];
  let authority: RealAuthority;
  let camera: Camera;
  let nodes: readonly WholeNode[];
  let policy: Uint8Array;
  let isOver = false;
  let load: Promise<void>;

  before(async () => {
    const dir = path.join(folder, 'authority');
    authority = await startRealAuthority(dir);
    nodes = await createNetwork(path.join(folder, 'network'), {
      validators: 4,
      authority: [path.join(dir, 'authority.json')],
      param: ['batch_wait_ms=20'],
    });
    await Promise.all(nodes.map((node) => node.start()));
    camera = await provisionCamera(authority, 'PROVED-1');
    policy = new Uint8Array(await (await fetch(`${urlOf(0)}/policy`)).arrayBuffer());
    await register('first');
    load = shoot();
  });
  after(async () => {
    isOver = true;
    await load;
    await Promise.all(nodes.map((node) => node.stop()));
    await authority.stop();
  });

  const urlOf = (index: number): string => nodes[index % nodes.length]!.running.apiUrl;
  const register = async (name: string): Promise<void> => {
    const [node] = nodes;
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    const body = bodyOf(requestOf(camera, name, { chainId: node!.chainId, claims }));
    await node!.ended(await node!.accept(body));
    committed.push(name);
  };
  const shoot = async (): Promise<void> => {
    for (let i = 0; !isOver; i++) await register(`photograph ${i}`);
  };

  /** Asks a node for a proof and checks it; resolves to the size of the tree that it is of. */
  const prove = async (number: number): Promise<number> => {
    const name = committed[(number * 7) % committed.length]!;
    const hash = hashOfText(name);
    const isJson = number % 2 === 1;
    const route = `/api/v1/proof/${formatHex(hash)}${isJson ? '?format=json' : ''}`;
    // The first validator has applied the photograph's block; others may be a moment behind.
    const answer = await fetch(`${urlOf(number % 5 === 0 ? number : 0)}${route}`);
    if (answer.status === 404 && number % 5 === 0) return prove(number + 1);
    expect(answer.status, route).to.equal(200);
    const proof = isJson
      ? proofOfJson(await answer.json())
      : new Uint8Array(await answer.arrayBuffer());
    const verdict = verify({ file: { hash }, proof, policy });
    expect(verdict.verdict, JSON.stringify(verdict.steps)).to.equal('registered_original');
    return parseSignedCheckpoint(proof.subarray(startOfCheckpoint(proof))).treeSize;
  };

  it(`answer ${PROOF_COUNT} questions with proofs that verify, in text and in JSON`, async () => {
    const sizes = new Set<number>();
    let asked = 0;
    const lane = async (): Promise<void> => {
      while (asked < PROOF_COUNT) sizes.add(await prove(asked++));
    };
    await Promise.all(Array.from({ length: LANE_COUNT }, lane));

    expect(asked).to.equal(PROOF_COUNT);
    // Else nothing was committed meanwhile.
    expect(sizes.size).to.be.above(5);
  });

  it('have the tiles of their checkpoint, at every moment', async () => {
    const sizes = new Set<number>();
    for (let i = 0; sizes.size < 12; i++) {
      const log = createHttpLog(urlOf(i));
      const checkpoint = parseSignedCheckpoint(await log.readCheckpoint());
      const tree = await ProvedTree.open(checkpoint, log);
      let entryCount = 0;
      for await (const found of tree.tiles(0)) {
        const tile = 'hashes' in found ? found : await tree.proveTile(found);
        if (tile.level === 0) entryCount += (await tree.proveBundle(tile)).entries.length;
      }
      expect(entryCount).to.equal(checkpoint.treeSize);
      sizes.add(checkpoint.treeSize);
    }
  });
});

/** Where the checkpoint begins in a proof: behind the first empty line. */
function startOfCheckpoint(proof: Uint8Array): number {
  return proof.findIndex((byte, i) => byte === 0x0a && proof[i + 1] === 0x0a) + 2;
}
