import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { formatHex } from '../../chain/bytes.ts';
import { DEFAULT_PARAMS, PARAM_BOUNDS } from '../../chain/params.ts';
import { genesisBlock } from '../../chain/state.ts';
import {
  chainIdOf,
  factsOf,
  formatGenesis,
  logOriginOf,
  parseGenesis,
} from '../../genesis/document.ts';
import { paramName } from '../../genesis/paramsJson.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { codeOf, hashOfText } from '../support/chainValues.ts';
import { GENESIS, SIGNED } from '../support/genesisValues.ts';

/** JSON that a test may change, without the chain id that would tell. */
type Json = Record<string, unknown> & {
  parameters: Record<string, unknown>;
  validators: Record<string, unknown>[];
  authorities: Record<string, unknown>[];
  signatures: Record<string, unknown>[];
};

function json(): Json {
  const copy = JSON.parse(JSON.stringify(formatGenesis(SIGNED))) as Json;
  delete copy['chain_id'];
  return copy;
}

/** Returns the problems of a document, a line each; none if it is accepted. */
function problemsOf(document: unknown): readonly string[] {
  try {
    parseGenesis(document);
    return [];
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_GENESIS')
      throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

/** Returns the problems of the document after a change. */
function problemsAfter(change: (document: Json) => void): readonly string[] {
  const document = json();
  change(document);
  return problemsOf(document);
}

describe('a genesis document', () => {
  it('is what its JSON says', () => {
    const text = JSON.stringify(formatGenesis(SIGNED));

    expect(parseGenesis(JSON.parse(text))).to.deep.equal(SIGNED);
  });

  it('has the chain id of its content, whoever signed it', () => {
    const { chain_id: chainId } = formatGenesis(SIGNED) as { readonly chain_id: string };
    const unsigned = parseGenesis({ ...json(), signatures: [] });

    expect(chainId).to.equal(formatHex(chainIdOf(GENESIS)));
    expect(chainIdOf(unsigned.genesis)).to.deep.equal(chainIdOf(GENESIS));
  });

  it('may leave out chain id, signatures, addresses and parameters', () => {
    const { format, network, time, log_key: logKey, authorities, validators } = json();
    const bare = validators.map(({ addresses: _addresses, ...rest }) => rest);
    const parsed = parseGenesis({
      format,
      network,
      time,
      log_key: logKey,
      authorities,
      validators: bare,
    });

    expect(parsed.genesis.params).to.deep.equal(DEFAULT_PARAMS);
    expect(parsed.genesis.validators[0]?.addresses).to.deep.equal([]);
  });

  it('makes block 0', () => {
    const { edge } = genesisBlock(factsOf(GENESIS));

    expect(edge.header.chainId).to.deep.equal(chainIdOf(GENESIS));
    expect(edge.header.timestampMs).to.equal(GENESIS.timestampMs);
  });

  it('gives the log its origin', () => {
    expect(logOriginOf(GENESIS)).to.equal(
      `birthmark.test/${formatHex(chainIdOf(GENESIS)).slice(0, 16)}`,
    );
  });

  it('is refused where its chain id is not that of its content', () => {
    const document = { ...json(), network: 'other', chain_id: formatHex(chainIdOf(GENESIS)) };

    expect(codeOf(() => parseGenesis(document))).to.equal('ERR_GENESIS');
  });

  for (const [what, document] of [
    ['nothing', null],
    ['a list', []],
    ['a number', 7],
    ['an empty object', {}],
  ] as const) {
    it(`is refused where it is ${what}`, () => {
      expect(codeOf(() => parseGenesis(document))).to.equal('ERR_GENESIS');
    });
  }

  it('is refused with the first hundred problems where there are more', () => {
    const problems = problemsAfter((document) => {
      for (let i = 0; i < 103; i++) document[`more-${i}`] = i;
    });

    expect(problems).to.have.length(101);
    expect(problems.at(-1)).to.equal('and 3 more');
  });

  it('is refused with all problems at once', () => {
    const problems = problemsAfter((document) => {
      document['network'] = 'Not A Network';
      document['time'] = 'yesterday';
      document.parameters['keepalive_s'] = 0;
      document.validators[1] = { ...document.validators[1], name: 'UPPER' };
      document.authorities[0] = { ...document.authorities[0], endpoints: [] };
    });

    expect(problems.map((line) => line.split(' ')[0])).to.deep.equal([
      'network',
      'time',
      'parameters.keepalive_s',
      'validators[1].name',
      'authorities[0].endpoints',
    ]);
  });
});

describe('a field of a genesis document is refused:', () => {
  const top: readonly (readonly [string, unknown])[] = [
    ['format', 'birthmark-genesis-v2'],
    ['format', undefined],
    ['network', ''],
    ['network', 'a'.repeat(65)],
    ['network', 'with space'],
    ['network', 7],
    ['time', '2026-11-21T00:00:00Z'],
    ['time', '2026-02-30T00:00:00.000Z'],
    ['time', '1969-12-31T23:59:59.999Z'],
    ['time', 1_795_219_200_123],
    ['log_key', 'ab'.repeat(31)],
    ['log_key', 'AB'.repeat(32)],
    ['log_key', 'ff'.repeat(32)],
    ['parameters', 7],
    ['parameters', 'defaults'],
    ['parameters', ['batch_max']],
    ['validators', undefined],
    ['validators', []],
    ['validators', {}],
    ['authorities', undefined],
    ['authorities', 'none'],
    ['signatures', {}],
  ];
  for (const [name, value] of top) {
    it(`${name} ${JSON.stringify(value)}`, () => {
      const problems = problemsAfter((document) => (document[name] = value));

      expect(
        problems.some((line) => line.startsWith(name)),
        problems.join(),
      ).to.be.true;
    });
  }

  const unknown: readonly (readonly [string, (document: Json) => void])[] = [
    ['observers', (document) => (document['observers'] = [])],
    ['validators[1].weight', ({ validators }) => Object.assign(validators[1] ?? {}, { weight: 2 })],
    [
      'authorities[0].trusted',
      ({ authorities }) => Object.assign(authorities[0] ?? {}, { trusted: 1 }),
    ],
    ['signatures[2].key', ({ signatures }) => Object.assign(signatures[2] ?? {}, { key: '' })],
    ['chain%1B[2Jid', (document) => (document['chain\u001b[2Jid'] = '')],
    [`${'x'.repeat(64)}…`, (document) => (document['x'.repeat(65)] = 1)],
    [
      '__proto__',
      (document) => Object.defineProperty(document, '__proto__', { value: {}, enumerable: true }),
    ],
  ];
  for (const [path, change] of unknown) {
    it(`${path}, which nobody reads`, () => {
      const problems = problemsAfter(change);

      expect(problems.map((line) => line.split(' is no field; there are ')[0])).to.deep.equal([
        path,
      ]);
    });
  }

  const inValidator: readonly (readonly [string, unknown])[] = [
    ['name', ''],
    ['name', 'has.dot'],
    ['name', 'a'.repeat(65)],
    ['consensus_key', 'ab'],
    ['consensus_key', `01${'00'.repeat(31)}`],
    ['cosigner_key', null],
    ['peer_id', 'no peer'],
    ['peer_id', '0OIl'.repeat(12)],
    ['peer_id', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'],
    ['addresses', 'one'],
    ['addresses', ['no-multiaddr']],
    ['addresses', Array.from({ length: 9 }, (_, i) => `/ip4/10.0.0.${i}/tcp/1`)],
  ];
  for (const [name, value] of inValidator) {
    it(`validators[2].${name} ${JSON.stringify(value).slice(0, 40)}`, () => {
      const problems = problemsAfter(({ validators }) => {
        validators[2] = { ...validators[2], [name]: value };
      });

      expect(
        problems.some((line) => line.startsWith(`validators[2].${name}`)),
        problems.join(),
      ).to.be.true;
    });
  }

  const inSignature: readonly (readonly [string, unknown])[] = [
    ['validator', 'UPPER'],
    ['signature', 'AAAA'],
    ['signature', 'no base64'],
  ];
  for (const [name, value] of inSignature) {
    it(`signatures[0].${name} ${JSON.stringify(value)}`, () => {
      const problems = problemsAfter(({ signatures }) => {
        signatures[0] = { ...signatures[0], [name]: value };
      });

      expect(problems.map((line) => line.split(' ')[0])).to.deep.equal([`signatures[0].${name}`]);
    });
  }

  it('more validators than a set may have', () => {
    const problems = problemsAfter((document) => {
      document.validators = Array.from({ length: 101 }, (_, i) => ({
        ...document.validators[0],
        name: `n${i}`,
        consensus_key: formatHex(ed25519PublicKey(hashOfText(`consensus ${i}`))),
        cosigner_key: formatHex(ed25519PublicKey(hashOfText(`cosigner ${i}`))),
        peer_id: peerIdOf(ed25519PublicKey(hashOfText(`peer ${i}`))),
      }));
    });

    expect(problems.some((line) => line.startsWith('validators '))).to.be.true;
  });

  const shared: readonly (readonly [string, (document: Json) => void, string])[] = [
    [
      'two validators of one name',
      ({ validators }) => (validators[1] = { ...validators[1], name: 'v0' }),
      'validators[1].name is the same as validators[0].name',
    ],
    [
      'two validators of one peer id',
      ({ validators }) =>
        (validators[1] = { ...validators[1], peer_id: validators[0]?.['peer_id'] }),
      'validators[1].peer_id is the key that is also validators[0].peer_id',
    ],
    [
      'one address for two validators, whatever peer it names',
      ({ validators }) =>
        (validators[2] = {
          ...validators[2],
          addresses: [`/dns4/v0.example/tcp/26656/p2p/${String(validators[2]?.['peer_id'])}`],
        }),
      'validators[2].addresses[0] is the same as validators[0].addresses[0]',
    ],
    [
      'one key for two validators',
      ({ validators }) =>
        (validators[1] = { ...validators[1], consensus_key: validators[0]?.['consensus_key'] }),
      'validators[1].consensus_key is the key that is also validators[0].consensus_key',
    ],
    [
      'one key for votes and cosignatures',
      ({ validators }) =>
        (validators[1] = { ...validators[1], cosigner_key: validators[1]?.['consensus_key'] }),
      'validators[1].cosigner_key is the key that is also validators[1].consensus_key',
    ],
    [
      'one key for votes and the network',
      ({ validators }) =>
        (validators[3] = {
          ...validators[3],
          consensus_key: formatHex(ed25519PublicKey(hashOfText('network v3'))),
        }),
      'validators[3].peer_id is the key that is also validators[3].consensus_key',
    ],
    [
      'the log’s key for votes',
      (document) => (document['log_key'] = document.validators[0]?.['consensus_key']),
      'validators[0].consensus_key is the key that is also log_key',
    ],
    [
      'two authorities of one id',
      ({ authorities }) => (authorities[1] = { ...authorities[1], id: 'acme_imaging' }),
      'authorities[1].id is the same as authorities[0].id',
    ],
  ];
  for (const [what, change, problem] of shared) {
    it(what, () => {
      expect(problemsAfter(change)).to.deep.equal([problem]);
    });
  }
});

describe('parameters of a genesis document', () => {
  const NAMES = Object.keys(PARAM_BOUNDS) as (keyof typeof PARAM_BOUNDS)[];

  for (const name of NAMES) {
    const [min, max] = PARAM_BOUNDS[name];
    it(`${paramName(name)} lies from ${min} to ${max}`, () => {
      const within = [min, max].map((value) =>
        problemsAfter(({ parameters }) => (parameters[paramName(name)] = value)).filter((line) =>
          line.startsWith(`parameters.${paramName(name)} `),
        ),
      );
      const without = [min - 1, max + 1, min + 0.5, `${min}`].map((value) =>
        problemsAfter(({ parameters }) => (parameters[paramName(name)] = value)).filter((line) =>
          line.startsWith(`parameters.${paramName(name)} must be`),
        ),
      );

      expect(within.flat()).to.deep.equal([]);
      expect(without.map(({ length }) => length)).to.deep.equal([1, 1, 1, 1]);
    });
  }

  for (const name of ['legacy', 'publish_authority']) {
    it(`${name} is true or false`, () => {
      const problems = [1, 'true', []].map((value) =>
        problemsAfter(({ parameters }) => (parameters[name] = value)),
      );

      expect(problems.map(([line]) => line)).to.deep.equal(
        Array.from({ length: 3 }, () => `parameters.${name} must be true or false`),
      );
    });
  }

  it('have names like batch_wait_ms, each its own', () => {
    const names = (Object.keys(DEFAULT_PARAMS) as (keyof typeof DEFAULT_PARAMS)[]).map(paramName);

    expect(names).to.include.members(['batch_target', 'keepalive_s', 'view_timeout_max_ms']);
    expect(new Set(names).size).to.equal(15);
  });

  it('refuse a name that is none, and name those that are', () => {
    const [problem = ''] = problemsAfter(({ parameters }) => (parameters['batch_size'] = 1));

    expect(problem).to.match(/^parameters\.batch_size is no parameter; .*batch_target, batch_max/);
  });

  const related: readonly (readonly [string, Record<string, number>, string])[] = [
    [
      'batch_target above batch_max',
      { batch_target: 11, batch_max: 10 },
      'batch_target above batch_max',
    ],
    [
      'batch_max above block_records_max',
      { batch_max: 200, block_records_max: 199 },
      'batch_max above block_records_max',
    ],
    [
      'view_timeout_ms above view_timeout_max_ms',
      { view_timeout_ms: 9_000 },
      'view_timeout_ms above view_timeout_max_ms',
    ],
  ];
  for (const [what, values, problem] of related) {
    it(`refuse ${what}`, () => {
      expect(problemsAfter(({ parameters }) => Object.assign(parameters, values))).to.deep.equal([
        `parameters has ${problem}`,
      ]);
    });
  }
});
