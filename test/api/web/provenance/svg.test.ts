import { expect } from 'chai';

import { type Drawn, drawProvenance } from '../../../../api/web/provenance/picture.ts';
import { formatSvg } from '../../../../api/web/provenance/svg.ts';

const TEXTS = {
  title: 'What it was made from',
  asked: 'This picture',
  registered_original: 'Original',
  declared_edit: 'Edit',
  not_found: 'Not registered',
  more: '{count} more',
  ancestors: 'Made from: {count}.',
  derivatives: 'Made of it: {count}.',
  incomplete: 'There are more.',
};

const hashOf = (n: number): string => n.toString(16).padStart(2, '0').repeat(32);

type Entry = Drawn['pictures'][number];

function entry(n: number, relation: Entry['relation'], distance = 1): Entry {
  const verdict = relation === 'ancestor' ? 'registered_original' : 'declared_edit';
  return { image_hash: hashOf(n), relation, distance, verdict };
}

function drawn(fields: Partial<Drawn> = {}): Drawn {
  return {
    image_hash: hashOf(1),
    pictures: [entry(1, 'asked', 0), entry(2, 'ancestor'), entry(3, 'derivative')],
    steps: [
      { parent: hashOf(2), child: hashOf(1) },
      { parent: hashOf(1), child: hashOf(3) },
    ],
    complete: true,
    ...fields,
  };
}

const svgOf = (fields: Partial<Drawn> = {}): string =>
  formatSvg(drawProvenance(drawn(fields), TEXTS), 'p');

/** Asks about a picture of which `count` others were made. */
function withDerivatives(count: number): Drawn {
  const others = Array.from({ length: count }, (_, i) => entry(i + 3, 'derivative'));
  return drawn({
    pictures: [entry(1, 'asked', 0), ...others],
    steps: others.map((each) => ({ parent: hashOf(1), child: each.image_hash })),
  });
}

describe('the picture of provenance', () => {
  it('has ancestors above and derivatives below, each in its layer', () => {
    const far = [entry(4, 'ancestor', 2), entry(5, 'derivative', 2)];
    const { boxes } = drawProvenance(drawn({ pictures: [...drawn().pictures, ...far] }), TEXTS);

    const order = boxes.toSorted((a, b) => a.y - b.y).map(({ hash }) => hash);
    expect(order).to.deep.equal([4, 2, 1, 3, 5].map(hashOf));
    expect(new Set(boxes.map(({ y }) => y)).size).to.equal(5);
  });

  it('is no wider than a phone, with no two boxes over each other', () => {
    for (let count = 0; count <= 63; count++) {
      const { width, height, boxes } = drawProvenance(withDerivatives(count), TEXTS);

      expect(width, `${count}`).to.be.at.most(390);
      expect(boxes.length, `${count}`).to.equal(1 + Math.min(count, 6));
      for (const { x, y } of boxes) {
        expect(x >= 0 && x + 116 <= width, `${count}`).to.equal(true);
        expect(y >= 0 && y + 40 <= height, `${count}`).to.equal(true);
      }
      const places = new Set(boxes.map(({ x, y }) => `${x} ${y}`));
      expect(places.size, `${count}`).to.equal(boxes.length);
    }
  });

  it('says how many there is no room for', () => {
    const { boxes, arrows } = drawProvenance(withDerivatives(20), TEXTS);

    expect(boxes.at(-1)).to.deep.include({ lines: ['15 more'], hash: undefined });
    expect(arrows).to.have.lengthOf(5);
  });

  it('has an arrow for each step that ends at the child', () => {
    const { arrows, boxes } = drawProvenance(drawn(), TEXTS);

    const asked = boxes.find(({ isAsked }) => isAsked)!;
    expect(arrows).to.have.lengthOf(2);
    expect(arrows[0]!.head[0]).to.deep.equal({ x: asked.x + 58, y: asked.y });
  });

  it('has arrows upwards and sideways where pictures name each other, and none to itself', () => {
    const pictures = [entry(1, 'asked', 0), entry(2, 'ancestor'), entry(3, 'ancestor')];
    const steps = [
      { parent: hashOf(1), child: hashOf(2) },
      { parent: hashOf(2), child: hashOf(3) },
      { parent: hashOf(1), child: hashOf(1) },
    ];
    const { arrows, boxes } = drawProvenance(drawn({ pictures, steps }), TEXTS);

    const [above, beside] = boxes;
    expect(arrows.map(({ head }) => head[0])).to.deep.equal([
      { x: above!.x + 58, y: above!.y + 40 },
      { x: beside!.x, y: beside!.y + 20 },
    ]);
  });

  it('is described in words, with whether there is more', () => {
    const whole = drawProvenance(drawn(), TEXTS);
    const part = drawProvenance(drawn({ complete: false }), TEXTS);

    expect(whole.description).to.equal('Made from: 1. Made of it: 1.');
    expect(part.description).to.equal('Made from: 1. Made of it: 1. There are more.');
  });
});

describe('the picture of provenance as SVG', () => {
  it('has a name and a description that it is labelled by', () => {
    const svg = svgOf();

    expect(svg).to.include('role="img" aria-labelledby="p-title p-description"');
    expect(svg).to.include('<title id="p-title">What it was made from</title>');
    expect(svg).to.include('<desc id="p-description">Made from: 1. Made of it: 1.</desc>');
  });

  it('says in text what each box is', () => {
    const svg = svgOf();

    for (const text of ['This picture', 'Original', 'Edit', '0202020202…'])
      expect(svg).to.include(`>${text}</text>`);
  });

  it('draws what is not registered with a broken line', () => {
    const stranger: Entry = { ...entry(2, 'ancestor'), verdict: 'not_found' };

    expect(svgOf()).not.to.include('stroke-dasharray');
    expect(svgOf({ pictures: [entry(1, 'asked', 0), stranger] }))
      .to.include('stroke-dasharray')
      .and.to.include('>Not registered</text>');
  });

  it('has no script, no style and no address but those of links', () => {
    const svg = formatSvg(drawProvenance(drawn(), TEXTS), 'p', (hash) => `/verify/${hash}`);

    expect(svg).not.to.match(/<script|<style|\sstyle=|\son\w+=|url\(|xlink/);
    expect([...svg.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).to.deep.equal(
      [2, 1, 3].map((n) => `/verify/${hashOf(n)}`),
    );
    expect(svg)
      .to.include(`aria-label="Edit ${hashOf(3)}"`)
      .and.to.include('role="group"');
  });

  it('escapes whatever it is given', () => {
    const hash = `"'><script>&${'0'.repeat(50)}`;
    const pictures = [{ ...entry(1, 'asked', 0), image_hash: hash }];
    const texts = { ...TEXTS, title: '</title><b>', asked: '<i>' };
    const svg = formatSvg(drawProvenance(drawn({ pictures }), texts), '"x', (each) => each);

    expect(svg.match(/<[a-z]+/g)).to.have.members([
      '<svg',
      '<title',
      '<desc',
      '<a',
      '<rect',
      '<text',
      '<text',
    ]);
    expect(svg).to.include('aria-labelledby="&quot;x-title');
  });
});
