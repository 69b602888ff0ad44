import { expect } from 'chai';

import { recordLink } from '../../../api/certificate/recordLink.ts';
import { ApiError } from '../../../api/errors.ts';

const ASKED = { publicUrl: undefined, isTls: false };

describe('the address of a record', () => {
  const hosts = [
    'node.example',
    'NODE.example:8545',
    '127.0.0.1:80',
    '[::1]:8545',
    'my_host',
    `${'a'.repeat(63)}.example`,
  ];
  for (const host of hosts) {
    it(`is under ${host}, where the node was asked`, () => {
      expect(recordLink('ab', ASKED, host)).to.equal(`http://${host.toLowerCase()}/verify/ab`);
    });
  }

  it('has the scheme of TLS where the node speaks it', () => {
    const link = recordLink('ab', { ...ASKED, isTls: true }, 'node.example');

    expect(link).to.equal('https://node.example/verify/ab');
  });

  it('is under the address that the operator has set, whatever the Host', () => {
    const addresses = { publicUrl: 'https://node.example', isTls: false };

    for (const host of [undefined, 'elsewhere.example', 'a b'])
      expect(recordLink('ab', addresses, host)).to.equal('https://node.example/verify/ab');
  });

  const refused = [
    undefined,
    '',
    'a b',
    'user@host',
    'host/path',
    'host?x',
    'host#x',
    'a"b',
    'a<b',
    'host:',
    'host:123456',
    '[::1',
    '::1',
    '.host',
    'host..example',
    '-host',
    'höst',
    'javascript:alert',
    'a'.repeat(64),
    `${'a.'.repeat(130)}a`,
    'host\n',
  ];
  for (const host of refused) {
    it(`is refused for the Host ${String(host).trim().slice(0, 40)}`, () => {
      expect(() => recordLink('ab', ASKED, host))
        .to.throw(ApiError, 'header Host')
        .with.property('code', 'ERR_FIELD');
    });
  }
});
