import { expect } from 'chai';
import fc from 'fast-check';

import { formatHex, parseHex } from '../../chain/bytes.ts';
import {
  checkHello,
  decodeControl,
  encodeBeat,
  encodeHello,
  type Hello,
} from '../../p2p/control.ts';
import { bytesOf, hashOfText } from '../support/chainValues.ts';
import { codeOf } from './rig.ts';

const CHAIN_ID = bytesOf(32, 0xcc);
const HELLO: Hello = { chainId: CHAIN_ID, height: 7, addresses: ['/ip4/10.0.0.1/tcp/1'] };
const LENGTH_BYTES = 4;

/** Reads a body as a node of `CHAIN_ID` does. */
function read(body: Uint8Array): Hello {
  const message = decodeControl(body);
  if (message.kind !== 'hello') throw new Error('not a hello');
  return checkHello(message, CHAIN_ID);
}

const bodyOf = (frame: Uint8Array): Uint8Array => frame.subarray(LENGTH_BYTES);

describe('a hello', () => {
  it('is these bytes', () => {
    const chain = 'cc'.repeat(32);
    const address = '2f6970342f31302e302e302e312f7463702f31';

    expect(formatHex(encodeHello(HELLO))).to.equal(
      `0000003c` + `010001` + `93` + `c420${chain}` + `07` + `91b3${address}`,
    );
  });

  it('is read as it was written', () => {
    expect(read(bodyOf(encodeHello(HELLO)))).to.deep.equal(HELLO);
  });

  it('of another chain is refused and says what differs', () => {
    const other = bodyOf(encodeHello({ ...HELLO, chainId: hashOfText('another') }));

    expect(() => read(other))
      .to.throw(`chain id ${'cc'.repeat(32)} here, ${formatHex(hashOfText('another'))} there`)
      .with.property('code', 'ERR_OTHER_CHAIN');
  });

  it('of another version is refused before the rest is read', () => {
    expect(() => read(parseHex('010002ffff')))
      .to.throw('protocol version 1 here, 2 there')
      .with.property('code', 'ERR_VERSION');
  });

  const wrong = [
    ['01', 'nothing behind the kind'],
    ['0100', 'half a version'],
    ['010001', 'no content'],
    [`01000192c420${'cc'.repeat(32)}07`, 'a field too few'],
    [`01000193c420${'cc'.repeat(32)}cc0790`, 'a height that is not in its shortest form'],
    [`01000193c420${'cc'.repeat(32)}0791a46e6f7065`, 'an address that is none'],
    [`01000193c420${'cc'.repeat(32)}0791a42f0a0a0a`, 'an address with line feeds'],
    ['', 'nothing'],
    ['03', 'an unknown kind'],
  ] as const;
  for (const [hex, what] of wrong) {
    it(`is not ${what}`, () => {
      expect(() => read(parseHex(hex)))
        .to.throw()
        .with.property('code', 'ERR_FRAMING');
    });
  }
});

describe('a beat', () => {
  it('is these bytes', () => {
    expect(formatHex(encodeBeat(300))).to.equal('00000005' + '02' + '91cd012c');
  });

  it('is read as it was written', () => {
    expect(decodeControl(bodyOf(encodeBeat(300)))).to.deep.equal({ kind: 'beat', height: 300 });
  });
});

describe('control messages of random bytes', () => {
  it('are read or refused with a code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.integer({ min: 0, max: 3 }), async (bytes, kind) => {
        const code = await codeOf((async () => read(Uint8Array.of(kind, 0, 1, ...bytes)))());

        expect(code instanceof Error && code.message !== 'not a hello' ? code : undefined).to.equal(
          undefined,
        );
      }),
    );
  });
});
