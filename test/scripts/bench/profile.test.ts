import { expect } from 'chai';

import { type CpuProfile, readProfile } from '../../../scripts/bench/profile.ts';

function frame(id: number, functionName: string, url: string): CpuProfile['nodes'][number] {
  return { id, callFrame: { functionName, url, lineNumber: 41 } };
}

const PROFILE: CpuProfile = {
  nodes: [
    frame(1, '(idle)', ''),
    frame(2, 'decode', 'file:///home/me/node/chain/codec.ts'),
    frame(3, 'pack', 'file:///home/me/node/node_modules/msgpackr/pack.js'),
    frame(4, '', 'file:///home/me/node/chain/codec.ts'),
    frame(5, '(garbage collector)', ''),
  ],
  samples: [1, 2, 3, 4, 5],
  timeDeltas: [60, 10, 20, 5, 5],
};

describe('the time in a profile', () => {
  const spent = readProfile(PROFILE, 'file:///home/me/node/');

  it('is busy where the thread is not idle', () => {
    expect(spent.busyShare).to.equal(0.4);
  });

  it('is listed by function, the most first', () => {
    expect(spent.functions).to.deep.equal([
      { name: 'pack  msgpackr', share: 0.5 },
      { name: 'decode  chain/codec.ts', share: 0.25 },
      { name: '(line 42)  chain/codec.ts', share: 0.125 },
      { name: '(garbage collector)', share: 0.125 },
    ]);
  });

  it('is summed by file, package and part of V8', () => {
    expect(spent.places).to.deep.equal([
      { name: 'msgpackr', share: 0.5 },
      { name: 'chain/codec.ts', share: 0.375 },
      { name: '(garbage collector) of V8', share: 0.125 },
    ]);
  });
});
