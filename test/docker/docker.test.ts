/** docker/, as far as it can be checked where no Docker engine runs. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import { parse } from 'yaml';

const ROOT = path.resolve(import.meta.dirname, '../..');
const VALIDATORS = ['validator-1', 'validator-2', 'validator-3', 'validator-4'];

interface Service {
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const read = (name: string): string => readFileSync(path.join(ROOT, 'docker', name), 'utf8');
const composeOf = (name: string): Compose => parse(read(name), { merge: true }) as Compose;

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
    expect(all('FROM')).to.deep.equal(['node:24-slim AS pages', 'node:24-slim']);
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

  it('gives its user every folder on which a volume of compose.yaml is first mounted', () => {
    const { services } = composeOf('compose.yaml');
    const first = ['authority', 'setup'].flatMap((name) => services[name]?.volumes ?? []);
    const written = first.filter((volume) => !volume.endsWith(':ro'));
    const made = all('RUN').find((line) => line.includes('--owner=node')) ?? '';

    expect(written).to.have.length(5);
    for (const volume of written) {
      expect(made.split(/\s+/)).to.include(volume.slice(volume.indexOf(':') + 1));
    }
  });
});

for (const file of ['compose.yaml', 'compose.node.yaml']) {
  describe(file, () => {
    const { services, volumes } = composeOf(file);
    const entries = Object.entries(services);

    it('builds from a Dockerfile that exists', () => {
      for (const [name, { build }] of entries) {
        const dockerfile = path.join(ROOT, 'docker', build.context, build.dockerfile);
        expect(existsSync(dockerfile), name).to.equal(true);
      }
    });

    it('keeps what it keeps in volumes that it declares', () => {
      for (const [name, service] of entries) {
        const mounted = service.volumes.map((volume) => volume.split(':')[0]);
        expect(Object.keys(volumes), name).to.include.members(mounted);
      }
    });

    it('gives nobody more rights or memory than it needs', () => {
      for (const [name, service] of entries) {
        expect(service, name).to.deep.include({
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
          pids_limit: 256,
        });
        expect(service, name)
          .to.have.property('mem_limit')
          .that.matches(/^\d+[gm]$/);
        expect(service, name).not.to.have.any.keys('privileged', 'user', 'cap_add', 'network_mode');
      }
    });
  });
}

describe('the network of compose.yaml', () => {
  const { services, volumes } = composeOf('compose.yaml');
  const validatorOf = (name: string): Service => services[name]!;

  it('has four validators, an authority, and what makes their keys and genesis', () => {
    expect(Object.keys(services).toSorted()).to.deep.equal(['authority', 'setup', ...VALIDATORS]);
    for (const name of VALIDATORS) {
      expect(validatorOf(name).command, name).to.deep.equal(['start', '--dir', '/data']);
    }
    expect(services['authority']?.command.slice(0, 2)).to.deep.equal(['authority', 'start']);
  });

  it('gives each validator a volume of its own, which no other validator sees', () => {
    for (const name of VALIDATORS) {
      expect(validatorOf(name).volumes).to.deep.equal([`${name}-data:/data`]);
    }
    expect(Object.keys(volumes)).to.have.length(5);
  });

  it('makes keys and genesis once, before a validator starts, and shows it no more than it needs', () => {
    const { restart, entrypoint, volumes: mounted } = services['setup']!;

    expect(restart).to.equal('no');
    expect(entrypoint).to.deep.equal(['sh', 'docker/setup.sh']);
    expect(read('Dockerfile.dockerignore').split('\n')).to.include('!docker/setup.sh');
    expect(mounted).to.deep.equal([
      'authority-data:/authority:ro',
      ...VALIDATORS.map((name) => `${name}-data:/setup/${name}`),
    ]);
    for (const name of VALIDATORS) {
      expect(validatorOf(name).depends_on, name).to.deep.equal({
        setup: { condition: 'service_completed_successfully' },
      });
    }
  });

  it('listens where the genesis says that validators are dialled', () => {
    const [, port] = /--address "\/dns4\/\$name\/tcp\/(\d+)"/.exec(read('setup.sh')) ?? [];

    for (const name of VALIDATORS) {
      expect(validatorOf(name).environment, name).to.include({ P2P_LISTEN: `0.0.0.0:${port}` });
    }
  });

  it('asks each validator whether it is ready', () => {
    for (const name of VALIDATORS) {
      const test = validatorOf(name).healthcheck?.test ?? [];
      expect(test.slice(0, 3)).to.deep.equal(['CMD', 'node', '-e']);
      expect(test[3]).to.contain("fetch('http://127.0.0.1:8545/ready')");
    }
  });

  it('publishes every interface on a port of its own, on loopback only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);

    expect(ports.every((port) => port.startsWith('127.0.0.1:'))).to.equal(true);
    expect(ports.map((port) => port.split(':')[1])).to.deep.equal([
      '8001',
      ...['8545', '8546', '8547', '8548'],
    ]);
  });
});
