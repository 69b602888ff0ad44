import { expect } from 'chai';

import type { Validator } from '../../chain/validatorSet.ts';
import { PeerBook } from '../../p2p/peerBook.ts';
import { validatorPeersOf } from '../../p2p/peerList.ts';
import { bytesOf } from '../support/chainValues.ts';
import { idOf } from './rig.ts';

function validator(name: string): Validator {
  return {
    name,
    consensusKey: bytesOf(32, 1),
    cosignerKey: bytesOf(32, 2),
    peerId: idOf(name),
    addresses: [`/ip4/10.0.0.1/tcp/1`],
  };
}

const SET = [validator('north'), validator('south')];

describe('the peers of a validator set', () => {
  it('have the addresses of the set', () => {
    expect(validatorPeersOf(SET)[1]).to.deep.equal({
      name: 'south',
      peerId: idOf('south'),
      addresses: ['/ip4/10.0.0.1/tcp/1'],
    });
  });

  it('have the addresses that override them, in order', () => {
    const peers = validatorPeersOf(SET, [
      'south=/ip4/10.0.0.2/tcp/2',
      'south=/dns4/south.example/tcp/3',
    ]);

    expect(peers.map(({ addresses }) => addresses)).to.deep.equal([
      ['/ip4/10.0.0.1/tcp/1'],
      ['/ip4/10.0.0.2/tcp/2', '/dns4/south.example/tcp/3'],
    ]);
  });

  for (const wrong of [
    'west=/ip4/10.0.0.2/tcp/2',
    '/ip4/10.0.0.2/tcp/2',
    'south=',
    'south=10.0.0.2:2',
    'south=/ip4/10.0.0.2/udp/2',
    '',
  ]) {
    it(`refuse the override ${wrong || '(empty)'}`, () => {
      expect(() => validatorPeersOf(SET, [wrong]))
        .to.throw()
        .with.property('code', 'ERR_ADDRESS');
    });
  }
});

describe('the book of peers', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name, peerId: idOf(name), addresses: [] }));

  it('finds peers by index and by peer id, and never the node itself', () => {
    const book = new PeerBook(idOf('a'), { validators: [a!, b!], observers: [idOf('o')] });

    expect(book.find(1)).to.equal(book.find(idOf('b')));
    expect(book.find(idOf('o'))?.name).to.deep.equal({
      peerId: idOf('o'),
      role: 'observer',
      index: undefined,
      name: undefined,
    });
    for (const key of [0, 2, -1, 0.5, NaN, idOf('a'), 'b']) {
      expect(book.find(key), String(key)).to.equal(undefined);
    }
  });

  it('is that of a validator only if the list names the node', () => {
    expect(new PeerBook(idOf('a'), { validators: [a!], observers: [] }).ownRole).to.equal(
      'validator',
    );
    expect(new PeerBook(idOf('a'), { validators: [b!], observers: [] }).ownRole).to.equal(
      'observer',
    );
  });

  it('counts a validator that is also named an observer as a validator', () => {
    const book = new PeerBook(idOf('a'), { validators: [a!, b!], observers: [idOf('b')] });

    expect(book.peers.map(({ role }) => role)).to.deep.equal(['validator']);
  });

  it('keeps what it knows of a peer that stays in another list', () => {
    const book = new PeerBook(idOf('a'), { validators: [a!, b!, c!], observers: [] });
    const before = book.find(1);

    const change = book.replace({ validators: [b!, a!], observers: [] });

    expect(book.find(0)).to.equal(before);
    expect(before?.name.index).to.equal(0);
    expect(change.removed.map(({ peerId }) => peerId)).to.deep.equal([idOf('c')]);
    expect(change.changed).to.deep.equal([]);
  });

  it('says whose role has changed', () => {
    const book = new PeerBook(idOf('a'), { validators: [a!, b!], observers: [idOf('c')] });

    const { changed } = book.replace({ validators: [a!, b!, c!], observers: [] });

    expect(changed.map(({ peerId }) => peerId)).to.deep.equal([idOf('c')]);
  });

  it('says that all have changed when the role of the node itself has', () => {
    const book = new PeerBook(idOf('a'), { validators: [a!, b!, c!], observers: [] });

    const { changed } = book.replace({ validators: [b!, c!], observers: [] });

    expect(changed.map(({ peerId }) => peerId)).to.deep.equal([idOf('b'), idOf('c')]);
  });
});
