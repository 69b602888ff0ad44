import { sha256 } from '#crypto';
import { expect } from 'chai';

import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { type Domain, domainMessage, DOMAINS, hashDomain } from '../../chain/hash.ts';
import { InvariantError } from '../../chain/invariant.ts';

const TEXTS = Object.values(DOMAINS) as readonly string[];

describe('the domains', () => {
  it('are unique', () => {
    expect(new Set(TEXTS).size).to.equal(TEXTS.length);
  });

  it('are ASCII without the zero byte that ends them, and name a version', () => {
    for (const text of TEXTS) expect(text).to.match(/^birthmark\/[a-z-]+\/v[0-9]+$/);
  });

  it('do not begin one another, zero byte included', () => {
    for (const a of TEXTS) {
      for (const b of TEXTS) {
        if (a !== b) expect(`${a}\0`.startsWith(`${b}\0`), `${a} and ${b}`).to.equal(false);
      }
    }
  });
});

describe('a hash with a domain', () => {
  it('is SHA-256 over the domain, a zero byte and the bytes', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const message = formatUtf8('birthmark/batch/v1\0\u{1}\u{2}\u{3}');

    expect(domainMessage('batch', bytes)).to.deep.equal(message);
    expect(hashDomain('batch', bytes)).to.deep.equal(sha256(message));
  });

  it('differs in every domain', () => {
    const names = Object.keys(DOMAINS) as Domain[];
    const hashes = names.map((name) => formatHex(hashDomain(name, new Uint8Array())));

    expect(new Set(hashes).size).to.equal(names.length);
  });

  it('under no domain stops the node', () => {
    expect(() => hashDomain('none' as Domain, new Uint8Array())).to.throw(InvariantError);
  });
});
