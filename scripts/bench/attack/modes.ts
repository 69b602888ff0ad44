/** What an attacker does, and how it is told to. */

/** Signs two values for one slot, or batches with a signature that no camera made. */
export type AttackMode = 'equivocation' | 'signatures';

/** The word to begin or to end; the attacker says it again when it has. */
export interface AttackMessage {
  readonly attack: boolean;
}
