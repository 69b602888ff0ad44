import { expect } from 'chai';

import { isPublicAddress } from '../../../node/authority/address.ts';

describe('an address that may be asked', () => {
  const publicAddresses = [
    '8.8.8.8',
    '93.184.216.34',
    '100.63.255.255',
    '100.128.0.0',
    '172.32.0.1',
  ];
  const publicAddressesV6 = ['2606:4700:4700::1111', '2a00:1450:4001:81b::200e'];
  for (const address of [...publicAddresses, ...publicAddressesV6]) {
    it(`is ${address}`, () => {
      expect(isPublicAddress(address)).to.be.true;
    });
  }
});

describe('an address that may not be asked', () => {
  const cases = [
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'the end of loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', '"this network"'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'behind a carrier-grade NAT'],
    ['100.100.100.200', 'the metadata service of Alibaba'],
    ['169.254.169.254', 'the metadata service of most clouds'],
    ['168.63.129.16', 'the metadata service of Azure'],
    ['192.0.0.192', 'the metadata service of Oracle'],
    ['fd00:ec2::254', 'the metadata service of Amazon in IPv6'],
    ['192.0.2.1', 'for documents'],
    ['198.18.0.1', 'for measurements'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['fec0::1', 'site-local'],
    ['fc00::1', 'unique local'],
    ['fd12:3456::1', 'unique local'],
    ['ff02::1', 'multicast'],
    ['::ffff:127.0.0.1', 'IPv4-mapped loopback'],
    ['::ffff:8.8.8.8', 'IPv4-mapped, even if public'],
    ['::ffff:0:127.0.0.1', 'IPv4-translated'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['64:ff9b::7f00:1', 'NAT64 of loopback'],
    ['64:ff9b:1::a00:1', 'local NAT64'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['2001:0:0:0:0:0:0:1', 'Teredo'],
    ['2001:db8::1', 'for documents'],
    ['100::1', 'discard-only'],
    ['4000::1', 'not assigned'],
    ['2130706433', 'a number'],
    ['0x7f000001', 'a hexadecimal number'],
    ['0177.0.0.1', 'octal'],
    ['010.0.0.1', 'octal to some, decimal to others'],
    ['127.1', 'short'],
    ['', 'nothing'],
    ['localhost', 'a name'],
  ] as const;

  for (const [address, because] of cases) {
    it(`is ${address}: ${because}`, () => {
      expect(isPublicAddress(address)).to.be.false;
    });
  }
});
