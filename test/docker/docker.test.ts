/** docker/, as far as it can be checked where no Docker engine runs. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import { parse } from 'yaml';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Service {
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly command: readonly string[];
  readonly volumes: readonly string[];
  readonly read_only?: boolean;
  readonly privileged?: boolean;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const read = (name: string): string => readFileSync(path.join(ROOT, 'docker', name), 'utf8');

/** Returns a Dockerfile's instructions in order, continued lines joined. */
function instructionsOf(dockerfile: string): readonly (readonly [string, string])[] {
  return dockerfile
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, '')
    .split('\n')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', rest = '']) => [name, rest] as const);
}

describe('the Dockerfile', () => {
  const instructions = instructionsOf(read('Dockerfile'));
  const all = (name: string): readonly string[] =>
    instructions.filter(([instruction]) => instruction === name).map(([, rest]) => rest);

  it('names the version of its base image', () => {
    expect(all('FROM')).to.deep.equal(['node:24-slim']);
  });

  it('runs as a user that is not root, from before its command on', () => {
    const names = instructions.map(([name]) => name);

    expect(all('USER')).to.deep.equal(['node']);
    expect(names.indexOf('USER')).to.be.below(names.indexOf('ENTRYPOINT'));
  });

  it('asks the node for its health, with what the image has', () => {
    const [check = ''] = all('HEALTHCHECK');

    expect(check).to.contain('"node", "-e"').and.to.contain('http://127.0.0.1:8545/health');
  });

  it('starts the command without a shell, so that signals reach it', () => {
    expect(all('ENTRYPOINT')).to.deep.equal(['["node", "bin/birthmark.js"]']);
    expect(existsSync(path.join(ROOT, 'bin/birthmark.js'))).to.equal(true);
  });

  it('takes the folders that it is told to take, and no others', () => {
    const [first, ...rest] = read('Dockerfile.dockerignore')
      .replaceAll(/^#.*\n/gm, '')
      .split('\n');

    expect(first).to.equal('*');
    expect(rest).to.include.members(['!package-lock.json', '!bin', '!chain', '!node', '!scripts']);
  });
});

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as Compose;
  const entries = Object.entries(services);

  it('runs a node and an authority', () => {
    expect(services['node']?.command.slice(0, 1)).to.deep.equal(['start']);
    expect(services['authority']?.command.slice(0, 2)).to.deep.equal(['authority', 'start']);
  });

  it('builds from a Dockerfile that exists', () => {
    for (const [name, { build }] of entries) {
      const file = path.join(ROOT, 'docker', build.context, build.dockerfile);
      expect(existsSync(file), name).to.equal(true);
    }
  });

  it('keeps what it keeps in volumes that it declares', () => {
    for (const [name, service] of entries) {
      const mounted = service.volumes.map((volume) => volume.split(':')[0]);
      expect(Object.keys(volumes), name).to.include.members(mounted);
    }
  });

  it('gives nobody more rights than it needs', () => {
    for (const [name, service] of entries) {
      expect(service, name).to.include({ read_only: true }).and.not.to.have.property('privileged');
    }
  });
});
