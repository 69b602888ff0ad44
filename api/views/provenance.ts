/**
 * What a picture was made from, and what was made from it: a walk that ends.
 *
 * Records name their parents by hash, and nothing keeps two from naming each other: a picture is visited once. Parents
 * are those of all registrations of a picture, as the index of derivatives has them, so both directions agree.
 *
 * The walk goes breadth first, upwards and downwards in turn, so that a picture with many derivatives does not hide
 * its parents.
 */
import { formatHex, parseHex } from '../../chain/bytes.ts';
import { PROVENANCE_DEPTH_MAX, PROVENANCE_PICTURE_COUNT_MAX } from '../limits.ts';
import type { LedgerPort, Registration } from '../ports.ts';
import type { Provenance, ProvenanceEnd, ProvenancePicture } from '../schemas/provenance.ts';
import type { Names } from './names.ts';
import { toSeconds } from './text.ts';
import { formatAsOf, KIND, verdictOf } from './verify.ts';

type Direction = ProvenanceEnd['direction'];

interface Visit {
  readonly hash: string;
  readonly relation: ProvenancePicture['relation'];
  readonly distance: number;
  readonly registrations: readonly Registration[];
}

const RELATION = { parents: 'ancestor', derivatives: 'derivative' } as const;
const DIRECTIONS = ['parents', 'derivatives'] as const;

/** Returns the walk around a picture; undefined where it is not registered, and no registered one names it. */
export function provenanceOf(
  imageHash: Uint8Array,
  ledger: LedgerPort,
  names: Names,
): Provenance | undefined {
  const neighbours = neighbourReader(ledger);
  const visits = walk(imageHash, ledger, neighbours);
  const [asked] = visits.values();
  if (visits.size === 1 && asked?.registrations.length === 0) return undefined;
  const cutOff = [...visits.values()].flatMap((visit) => endsOf(visit, visits, neighbours));
  return {
    image_hash: formatHex(imageHash),
    pictures: [...visits.values()].map((visit) => formatVisit(visit, names)),
    steps: [...visits.values()].flatMap(({ hash, registrations }) =>
      parentsOf(registrations)
        .filter((parent) => visits.has(parent))
        .map((parent) => ({ parent, child: hash })),
    ),
    complete: cutOff.length === 0,
    cut_off: cutOff,
    as_of: formatAsOf(ledger.asOf()),
  };
}

function walk(
  imageHash: Uint8Array,
  ledger: LedgerPort,
  neighbours: Neighbours,
): ReadonlyMap<string, Visit> {
  const hash = formatHex(imageHash);
  const registrations = ledger.findRegistrations(imageHash);
  const asked: Visit = { hash, relation: 'asked', distance: 0, registrations };
  const visits = new Map([[hash, asked]]);
  let edge: Readonly<Record<Direction, readonly Visit[]>> = {
    parents: [asked],
    derivatives: [asked],
  };
  for (let distance = 1; distance <= PROVENANCE_DEPTH_MAX; distance++) {
    const next = (direction: Direction): readonly Visit[] =>
      edge[direction].flatMap((visit) =>
        neighbours(visit, direction).flatMap((neighbour) => {
          if (visits.has(neighbour) || visits.size >= PROVENANCE_PICTURE_COUNT_MAX) return [];
          const found: Visit = {
            hash: neighbour,
            relation: RELATION[direction],
            distance,
            registrations: ledger.findRegistrations(parseHex(neighbour)),
          };
          visits.set(neighbour, found);
          return [found];
        }),
      );
    edge = { parents: next('parents'), derivatives: next('derivatives') };
  }
  return visits;
}

type Neighbours = (visit: Visit, direction: Direction) => readonly string[];

/** Reads the derivatives of a picture once: the walk asks for them, and so does what says where it ended. */
function neighbourReader(ledger: LedgerPort): Neighbours {
  const known = new Map<Visit, readonly string[]>();
  const derivativesOf = (visit: Visit): readonly string[] => {
    const kept = known.get(visit);
    if (kept !== undefined) return kept;
    // One more than all that are listed, so that one of them is not.
    const countMax = PROVENANCE_PICTURE_COUNT_MAX + 1;
    const read = ledger.findDerivatives(parseHex(visit.hash), countMax).map(formatHex);
    known.set(visit, read);
    return read;
  };
  return (visit, direction) =>
    direction === 'parents' ? parentsOf(visit.registrations) : derivativesOf(visit);
}

function parentsOf(registrations: readonly Registration[]): readonly string[] {
  const parents = registrations.flatMap(({ entry }) => entry.record.parents.map(formatHex));
  return [...new Set(parents)];
}

/** Where the walk went from a picture and did not go all the way. */
function endsOf(
  visit: Visit,
  visits: ReadonlyMap<string, Visit>,
  neighbours: Neighbours,
): readonly ProvenanceEnd[] {
  const { hash, relation, distance } = visit;
  return DIRECTIONS.filter(
    (direction) => relation === 'asked' || relation === RELATION[direction],
  ).flatMap((direction) => {
    const isWhole = neighbours(visit, direction).every((each) => visits.has(each));
    const limit = distance === PROVENANCE_DEPTH_MAX ? 'depth' : 'pictures';
    return isWhole ? [] : [{ image_hash: hash, direction, limit }];
  });
}

function formatVisit(visit: Visit, names: Names): ProvenancePicture {
  const { hash, relation, distance, registrations } = visit;
  const entry = registrations[0]?.entry;
  return {
    image_hash: hash,
    relation,
    distance,
    verdict: entry === undefined ? 'not_found' : verdictOf(entry.record),
    kind: entry === undefined ? null : KIND[entry.record.kind],
    aggregator: entry === undefined ? null : names.nameOf(entry.aggregator),
    block_time: entry === undefined ? null : toSeconds(entry.timestampMs),
  };
}
