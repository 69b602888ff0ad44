import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { CHANNELS, channelsBetween } from '../../p2p/channel.ts';
import { LIMITS } from '../../p2p/limits.ts';

const README = readFileSync(new URL('../../p2p/README.md', import.meta.url), 'utf8');
const MIB = 1_048_576;
const format = (count: number): string => count.toLocaleString('en-US');

describe('the limits', () => {
  for (const channel of CHANNELS) {
    it(`of ${channel} are those of the README`, () => {
      const limits = LIMITS.channels[channel];
      const row = README.split('\n').find((line) => line.startsWith(`| ${channel} `)) ?? '';

      expect(row.split('|').map((cell) => cell.trim())).to.include.members([
        `${limits.messageBytesMax / MIB} MiB`,
        `${format(limits.queueMessagesMax)} messages, ${limits.queueBytesMax / MIB} MiB`,
        `${format(limits.inboundMessagesPerS)} and ${limits.inboundBytesPerS / MIB} MiB a s`,
      ]);
    });
  }

  it('leave room for a message of the largest size in each queue', () => {
    for (const channel of CHANNELS) {
      const { messageBytesMax, queueBytesMax } = LIMITS.channels[channel];
      expect(queueBytesMax, channel).to.be.at.least(2 * messageBytesMax);
    }
  });

  it('keep a window below what a stream may keep unread, or full streams would be reset', () => {
    expect(LIMITS.windowBytesMax).to.be.below(LIMITS.readBufferBytesMax);
    expect(LIMITS.sliceBytesMax * 4).to.be.below(LIMITS.writeBufferBytesMax);
  });

  it('let a network be whole within ten seconds of the end of any outage', () => {
    const { reconnectMsMax, reconnectCourtesyMs, dialTimeoutMs } = LIMITS;
    expect(reconnectMsMax + reconnectCourtesyMs + dialTimeoutMs).to.be.below(10_000);
  });
});

describe('the channels between two peers', () => {
  const cases = [
    ['validator', 'validator', ['votes', 'batches', 'sync']],
    ['validator', 'observer', ['sync']],
    ['observer', 'validator', ['sync']],
    ['observer', 'observer', []],
  ] as const;
  for (const [ours, theirs, channels] of cases) {
    it(`of ${ours} and ${theirs} are ${channels.join(', ') || 'none'}`, () => {
      expect(channelsBetween(ours, theirs)).to.deep.equal(channels);
    });
  }
});
