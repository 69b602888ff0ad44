/**
 * Institutions of different networks witness each other: the node of one asks that of the other, and a photograph's
 * proof then holds under a policy that wants the quorum of the one network and the witness of the other.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { statusSchema } from '../../api/schemas/node.ts';
import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { sha256 } from '#crypto';
import { formatAddCheckpoint } from '../../chain/log/addCheckpoint.ts';
import { parseSignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { parsePolicy } from '../../chain/log/policyText.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from '../../chain/log/trust.ts';
import { parseVerifierKey } from '../../chain/log/verifierKey.ts';
import { verify } from '../../chain/log/verify.ts';
import { createWitness, WITNESS_FILE } from '../../scripts/witness/witnessFolder.ts';
import type { Camera } from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { bodyOf, requestOf } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/wholeNetwork.ts';
import { type Answer, entryOf, WholeNode } from '../support/wholeNode.ts';

const RUN_MS_MAX = 60_000;
const WITNESS_NAME = 'museum.example/witness';

describe('two networks, one of which witnesses the log of the other', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  const witnessesFile = path.join(folder, 'witnesses.txt');
  let authority: RealAuthority;
  let camera: Camera;
  /** It witnesses. */
  let museum: WholeNode;
  /** It is witnessed. */
  let archive: WholeNode;
  let witnessKey = '';
  let logKey = '';
  /** Wants the quorum of the archive's network, and the museum. */
  let policy = new Uint8Array();

  const textOf = async (node: WholeNode, route: string): Promise<string> => {
    const { status, body } = await node.get(route);
    expect(status, route).to.equal(200);
    return String(body['text']);
  };
  const statusOf = async (node: WholeNode): Promise<ReturnType<typeof statusSchema.parse>> =>
    statusSchema.parse((await node.get('/api/v1/status')).body);
  const isWitnessed = async (): Promise<boolean> => {
    const { witnesses, log_size: size } = await statusOf(archive);
    return witnesses[0]?.cosigned_size === size;
  };
  const register = async (name: string): Promise<void> => {
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    const request = requestOf(camera, name, { chainId: archive.chainId, claims });
    const { state } = await archive.ended(await archive.accept(bodyOf(request)));
    expect(state).to.equal('committed');
  };
  const prove = async (name: string): Promise<ReturnType<typeof verify>> => {
    const hash = hashOfText(name);
    const proof = formatUtf8(await textOf(archive, `/api/v1/proof/${formatHex(hash)}`));
    return verify({ file: { hash }, proof, policy });
  };

  before(async () => {
    authority = await startRealAuthority(path.join(folder, 'authority'));
    camera = await provisionCamera(authority, 'WITNESSED-1');
    const places = ['museum', 'archive', 'witness'].map((each) => path.join(folder, each));
    const [museumDir = '', archiveDir = '', witnessDir = ''] = places;
    for (const each of [museumDir, archiveDir]) mkdirSync(each);
    witnessKey = await createWitness({ dir: witnessDir, name: WITNESS_NAME });

    // The settings of each name what the other shows.
    writeFileSync(witnessesFile, '# nobody yet\n');
    archive = await WholeNode.start(archiveDir, {
      authorities: [entryOf(authority.registryEntry)],
      params: ['batch_wait_ms=20'],
      environment: { WITNESSES: witnessesFile, WITNESSES_PRIVATE: 'true' },
    });
    logKey = (await textOf(archive, '/log.vkey')).trim();
    const logsFile = path.join(witnessDir, WITNESS_FILE.logs);
    writeFileSync(logsFile, `log ${logKey}\n`);
    museum = await WholeNode.start(museumDir, {
      environment: {
        WITNESS_KEY: path.join(witnessDir, WITNESS_FILE.key),
        WITNESS_NAME,
        WITNESS_LOGS: logsFile,
      },
    });
    writeFileSync(witnessesFile, `witness museum ${witnessKey} ${museum.running.apiUrl}\n`);
    const ofNetwork = await textOf(archive, '/policy');
    policy = new Uint8Array(
      formatUtf8(
        ofNetwork.replace(
          'quorum pbft\n',
          `witness museum ${witnessKey}\ngroup outside any museum\ngroup both all pbft outside\nquorum both\n`,
        ),
      ),
    );
    await archive.restart();
  });
  after(async () => {
    await Promise.all([museum, archive].map((node) => node.stop()));
    await authority.stop();
  });

  it('cosigns its checkpoint beside the quorum, as the policy of both wants it', async () => {
    await until(isWitnessed);
    const bytes = formatUtf8(await textOf(archive, '/checkpoint'));
    const checkpoint = parseSignedCheckpoint(bytes);
    const trusted = parsePolicy(policy);
    checkLogSignature(checkpoint, trusted);
    const cosigners = cosignersOf(checkpoint.note, trusted);
    checkQuorum(cosigners, trusted);

    expect(cosigners.map(({ name }) => name)).to.deep.equal(['birthmark.test/archive', 'museum']);
    expect(await textOf(archive, '/checkpoint?witnessed=true')).to.equal(
      await textOf(archive, '/checkpoint'),
    );
  });

  it('follows it as photographs are registered, whose proofs hold under both', async () => {
    await register('a photograph');
    await until(isWitnessed);
    const { verdict, steps } = await prove('a photograph');

    expect(verdict).to.equal('registered_original');
    expect(steps.find(({ name }) => name === 'cosigners')?.detail).to.include(
      'museum at Unix time',
    );
  });

  it('shows what it has cosigned last', async () => {
    const { origin, treeSize } = parseSignedCheckpoint(
      formatUtf8(await textOf(archive, '/checkpoint')),
    );
    const hash = formatHex(sha256(formatUtf8(origin)));
    const shown = parseSignedCheckpoint(
      formatUtf8(await textOf(museum, `/witness/${hash}/checkpoint`)),
    );

    expect(shown).to.deep.include({ origin, treeSize });
    expect(shown.note.signatures.map(({ name }) => name)).to.deep.equal([origin, WITNESS_NAME]);
  });

  it('is told of on both sides', async () => {
    const asking = await statusOf(archive);
    const witnessing = await statusOf(museum);
    const [asked, answered] = await Promise.all([
      textOf(archive, '/metrics'),
      textOf(museum, '/metrics'),
    ]);

    expect(asking.witnesses).to.deep.equal([
      { name: 'museum', cosigned_size: asking.log_size, problem: null, conflicting: false },
    ]);
    expect(asking.witnessing).to.equal(null);
    expect(witnessing.witnesses).to.deep.equal([]);
    expect(witnessing.witnessing).to.deep.equal({
      verifier_key: witnessKey,
      logs: [{ origin: parseVerifierKey(logKey).name, size: asking.log_size, forked: false }],
    });
    expect(asked).to.match(
      /^birthmark_witness_questions_total\{witness="museum",outcome="cosigned"\} \d/m,
    );
    expect(asked).to.include(`birthmark_witness_size{witness="museum"} ${asking.log_size}`);
    expect(answered).to.match(/^birthmark_checkpoints_witnessed_total\{outcome="cosigned"\} \d/m);
  });

  it('remembers what it has cosigned, over a restart', async () => {
    const { apiUrl } = museum.running;
    await museum.restart();
    const before = parseSignedCheckpoint(formatUtf8(await textOf(archive, '/checkpoint')));
    const question = formatAddCheckpoint({ oldSize: 0, hashes: [], checkpoint: before });
    const answer = await fetch(new URL('/add-checkpoint', museum.running.apiUrl), {
      method: 'POST',
      body: question,
    });

    expect(museum.running.apiUrl).to.not.equal(apiUrl);
    expect(answer.status).to.equal(409);
    expect(answer.headers.get('content-type')).to.equal('text/x.tlog.size');
    expect(await answer.text()).to.equal(`${before.treeSize}\n`);
  });

  it('holds nothing up where it is away: photographs are registered, and proved as before', async () => {
    // The museum listens elsewhere since its restart.
    await register('while it is away');
    await until(async () => (await statusOf(archive)).witnesses[0]?.problem !== null);
    const fresh = await prove('while it is away');
    const old = await prove('a photograph');

    expect(fresh).to.include({ verdict: 'not_verified', code: 'ERR_QUORUM' });
    expect(old.verdict).to.equal('registered_original');
    expect((await statusOf(archive)).witnesses[0]?.problem).to.include('not available');
  });

  it('leaves the one that is witnessed with what it has got, over a restart', async () => {
    await archive.restart();
    const { verdict } = await prove('a photograph');

    expect(verdict).to.equal('registered_original');
  });

  it('cosigns what came meanwhile when it can be asked again', async () => {
    writeFileSync(witnessesFile, `witness museum ${witnessKey} ${museum.running.apiUrl}\n`);
    await archive.restart();
    await until(isWitnessed);
    const { verdict } = await prove('while it is away');

    expect(verdict).to.equal('registered_original');
  });

  it('is not to be the network itself', async () => {
    const own: Answer = await archive.get('/log.vkey');
    const logsFile = path.join(folder, 'witness', WITNESS_FILE.logs);
    writeFileSync(logsFile, `log ${String(own.body['text']).trim()}\n`);
    const { environment } = archive;
    await archive.stop();
    archive.environment = {
      ...environment,
      WITNESS_KEY: path.join(folder, 'witness', WITNESS_FILE.key),
      WITNESS_NAME,
      WITNESS_LOGS: logsFile,
    };
    let refused: unknown;
    await archive.start().catch((error: unknown) => (refused = error));
    archive.environment = environment;
    await archive.start();

    expect(refused).to.deep.include({ code: 'ERR_WITNESS' });
  });
});
