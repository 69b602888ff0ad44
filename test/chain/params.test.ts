import { expect } from 'chai';

import { decode, encode } from '../../chain/codec.ts';
import { InvariantError } from '../../chain/invariant.ts';
import { DEFAULT_PARAMS, PARAM_BOUNDS, paramsSchema } from '../../chain/params.ts';

const BOUNDS = Object.entries(PARAM_BOUNDS) as [
  keyof typeof PARAM_BOUNDS,
  readonly [number, number],
][];

describe('parameters', () => {
  it('read back as they were written', () => {
    expect(decode(paramsSchema, encode(paramsSchema, DEFAULT_PARAMS))).to.deep.equal(
      DEFAULT_PARAMS,
    );
  });

  it('are written in the order of the format', () => {
    const names = Object.keys(DEFAULT_PARAMS);

    expect(names).to.deep.equal([...BOUNDS.map(([name]) => name), 'legacy', 'publishAuthority']);
  });

  for (const [name, [min, max]] of BOUNDS) {
    it(`have ${name} in ${min}..${max}`, () => {
      const encodeWith = (value: number): Uint8Array =>
        encode(paramsSchema, { ...DEFAULT_PARAMS, [name]: value });

      for (const value of [min, max]) expect(encodeWith(value)).not.to.be.empty;
      for (const value of [min - 1, max + 1]) {
        expect(() => encodeWith(value), `${value}`).to.throw(InvariantError);
      }
    });
  }

  it('have defaults that fit each other', () => {
    expect(DEFAULT_PARAMS.batchTarget).to.be.at.most(DEFAULT_PARAMS.batchMax);
    expect(DEFAULT_PARAMS.batchMax).to.be.at.most(DEFAULT_PARAMS.blockRecordsMax);
    expect(DEFAULT_PARAMS.viewTimeoutMs).to.be.at.most(DEFAULT_PARAMS.viewTimeoutMaxMs);
  });
});
