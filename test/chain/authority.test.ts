import { expect } from 'chai';

import { authoritySchema, isUnderEndpoint, parseEndpoint } from '../../chain/authority.ts';
import { decode, encode } from '../../chain/codec.ts';
import { bytesOf } from '../support/chainValues.ts';
import { authorityOf } from '../support/certificates.ts';

function isUnder(prefix: string, url: string): boolean {
  return isUnderEndpoint(authorityOf([], { endpoints: [prefix] }), url);
}

describe('an endpoint prefix', () => {
  const cases: readonly [prefix: string, under: readonly string[], outside: readonly string[]][] = [
    [
      'http://localhost:8001/',
      ['http://localhost:8001/validate-cert', 'http://localhost:8001/', 'http://localhost:8001'],
      ['http://localhost:80011/', 'http://localhost/', 'http://localhost:8001.evil.example/'],
    ],
    [
      'https://a.example/v1',
      ['https://a.example/v1', 'https://a.example/v1/', 'https://a.example/v1/validate/cert'],
      [
        'https://a.example/v10',
        'https://a.example/',
        'https://a.example/V1',
        'https://a.example/v',
      ],
    ],
    [
      'https://a.example/v1/',
      ['https://a.example/v1', 'https://a.example/v1/validate'],
      ['https://a.example/v1validate', 'https://a.example/v2/'],
    ],
    [
      'https://a.example',
      ['https://a.example/anything', 'https://A.EXAMPLE/x', 'HTTPS://a.example:443/x'],
      ['http://a.example/x', 'https://a.example:8443/x', 'https://b.a.example/x'],
    ],
    [
      'http://[::1]:8001/validate',
      ['http://[::1]:8001/validate', 'http://[0:0:0:0:0:0:0:1]:8001/validate'],
      ['http://[::2]:8001/validate', 'http://[::1]/validate', 'http://127.0.0.1:8001/validate'],
    ],
    [
      'http://127.0.0.1:8001/',
      ['http://127.0.0.1:8001/x', 'http://2130706433:8001/x'],
      ['http://127.0.0.2:8001/x', 'http://localhost:8001/x'],
    ],
  ];
  for (const [prefix, under, outside] of cases) {
    it(`${prefix} covers whole segments of its own scheme, host and port`, () => {
      for (const url of under) expect(isUnder(prefix, url), url).to.equal(true);
      for (const url of outside) expect(isUnder(prefix, url), url).to.equal(false);
    });
  }

  it('is one of several', () => {
    const authority = authorityOf([], { endpoints: ['https://a.example/', 'https://b.example/'] });

    expect(isUnderEndpoint(authority, 'https://b.example/x')).to.equal(true);
    expect(isUnderEndpoint(authority, 'https://c.example/x')).to.equal(false);
  });

  it('that is no endpoint itself covers nothing', () => {
    expect(isUnder('https://a.example/?', 'https://a.example/')).to.equal(false);
    expect(isUnder('not a url', 'not a url')).to.equal(false);
  });
});

describe('a URL that programs could read differently', () => {
  const urls: Readonly<Record<string, readonly string[]>> = {
    'has credentials': ['http://user@h/a', 'http://user:secret@h/a', 'http://@h/a', 'http://:@h/a'],
    'climbs by dots': [
      'http://h/a/../a',
      'http://h/./a',
      'http://h/a/.',
      'http://h/a/..',
      'http://h/..',
    ],
    'holds escapes': ['http://h/%61', 'http://h/a%2f..', 'http://%68/a', 'http://h/%2e%2e/a'],
    'holds a backslash': ['http://h\\a', 'http:\\\\h/a', 'http://h/a\\..\\b'],
    'has empty segments': ['http://h//a', 'http://h/a//', 'http://h/a//b'],
    'has a query or fragment': ['http://h/a?', 'http://h/a?b', 'http://h/a#', 'http://h/a#b'],
    'is not ASCII': [
      'http://h\u{e4}/a',
      'http://\u{ff48}/a',
      'http://h/\u{e4}',
      'http://h/a\u{2024}',
    ],
    'holds white space or control characters': [
      ' http://h/a',
      'http://h/a ',
      'http://h/a\n',
      'ht\ntp://h/a',
      'http://h/\ta',
      '\u{1}http://h/a',
      'http://h/a\u{1}',
      'http://h/a\u{0}',
    ],
    'leaves slashes out or adds some': [
      'http:h/a',
      'http:/h/a',
      'http:///h/a',
      '//h/a',
      '/a',
      'h/a',
    ],
    'is of another scheme': ['ftp://h/a', 'file:///a', 'https', 'javascript://h/a', 'ws://h/a'],
    'has no host or a bad port': ['http://', 'http:///', 'http://:80/a', 'http://h:99999/a', ''],
  };
  for (const [name, list] of Object.entries(urls)) {
    it(`and ${name} is no endpoint`, () => {
      for (const url of list) {
        expect(parseEndpoint(url), JSON.stringify(url)).to.equal(undefined);
        expect(isUnder('http://h/', url), JSON.stringify(url)).to.equal(false);
      }
    });
  }
});

describe('a registry entry', () => {
  it('reads back as it was written', () => {
    const entry = authorityOf([], {
      caCertificates: [bytesOf(500, 1)],
      verdictKey: bytesOf(32, 2),
      legacyEndpoint: 'https://a.example/validate',
      revocation: ['https://a.example/crl'],
    });

    expect(decode(authoritySchema, encode(authoritySchema, entry))).to.deep.equal(entry);
  });
});
