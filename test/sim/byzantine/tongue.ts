/** The ways of lying that there are, and the choice of some for a liar. */
import type { Setting } from '../parts.ts';
import { type Behaviour, Liar } from './liar.ts';
import {
  createBoaster,
  createDoubler,
  createFlooder,
  createGiant,
  createInventor,
  createMiscosigner,
  createMiser,
  createNoise,
  createSlanderer,
  createSyncLiar,
} from './others.ts';
import { createForger, createForgetful, createRigger, createRusher } from './views.ts';
import {
  createCensor,
  createDoubleVoter,
  createEager,
  createEquivocator,
  createMutator,
  createMute,
  createParrot,
  createPartialProposer,
  createSilentProposer,
  createSlowProposer,
  createStutterer,
  createTimeLiar,
  createUsurper,
} from './votes.ts';

const WAYS: readonly (() => Behaviour)[] = [
  createEquivocator,
  createDoubleVoter,
  createMutator,
  createForger,
  createForgetful,
  createRigger,
  createRusher,
  createParrot,
  createSilentProposer,
  createSlowProposer,
  createPartialProposer,
  createUsurper,
  createTimeLiar,
  createStutterer,
  createMute,
  createCensor,
  createEager,
  createMiser,
  createInventor,
  createDoubler,
  createFlooder,
  createSyncLiar,
  createBoaster,
  createNoise,
  createGiant,
  createSlanderer,
  createMiscosigner,
];

/** Ways that few occasions allow: a liar takes them up more often, so that some hundred seeds show them. */
const RARE = [createForgetful, createRigger];
const CHOICES = [...WAYS, ...RARE, ...RARE, ...RARE];

/** Names of all ways of lying. */
export const LIES: readonly string[] = WAYS.map((create) => create().name);

/** Returns a liar with two to eight behaviours. */
export function createLiar(setting: Setting): Liar {
  const { chance } = setting.world;
  const count = 2 + chance.below(7);
  const ways = new Set(Array.from({ length: count }, () => chance.pick(CHOICES)));
  return new Liar(
    setting,
    [...ways].map((create) => create()),
  );
}
