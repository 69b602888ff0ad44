import { expect } from 'chai';

import { timeView } from '../../../../api/web/network/found.ts';

/** The values that stand in a template, as text. */
function textOf(view: ReturnType<typeof timeView>): string {
  return view.values.map(String).join(' ');
}

describe('a moment on the operator’s page', () => {
  it('is shown in UTC', () => {
    expect(textOf(timeView(1_760_000_000_000))).to.include('2025-10-09 08:53:20');
  });

  it('is shown as it was claimed where no calendar has it', () => {
    for (const claimedMs of [8.64e15 + 1, Number.MAX_SAFE_INTEGER]) {
      expect(textOf(timeView(claimedMs))).to.match(/^[\d,]+$/);
    }
  });
});
