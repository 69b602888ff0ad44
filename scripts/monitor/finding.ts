/** What a monitor finds: the words in which people are told, and the files that prove it. */
import { formatBase64 } from '../../chain/bytes.ts';
import type { SignedCheckpoint } from '../../chain/log/checkpoint.ts';

/** Something that a look at a node came to. */
export type Finding =
  /** The node's log contains all that was seen of it before, and its files are whole. */
  | { readonly type: 'sound'; readonly url: string; readonly treeSize: number }
  /** As before, as far as it was read: there was not time for all. */
  | {
      readonly type: 'following';
      readonly url: string;
      readonly treeSize: number;
      readonly entryCount: number;
    }
  /** Nobody answered: that says nothing of the log. */
  | { readonly type: 'unreachable'; readonly url: string; readonly why: string }
  /** Something was served that does not check: no two signed checkpoints contradict each other by it. */
  | { readonly type: 'wrong'; readonly url: string; readonly why: string }
  /** Two checkpoints that enough validators have signed contradict each other. */
  | Fork;

/** A fork, with the files that prove it. */
export interface Fork {
  readonly type: 'fork';
  /** Where the checkpoints were seen. */
  readonly urls: readonly string[];
  readonly why: string;
  readonly evidence: readonly string[];
}

/** Returns a sentence for people. */
export function formatFinding(finding: Finding): string {
  switch (finding.type) {
    case 'sound':
      return `${finding.url}: ${finding.treeSize} entries, all checked; nothing that was there before has changed`;
    case 'following':
      return `${finding.url}: ${finding.entryCount} of ${finding.treeSize} entries checked so far`;
    case 'unreachable':
      return `${finding.url}: cannot be reached, which says nothing about its log (${finding.why})`;
    case 'wrong':
      return `${finding.url}: serves something that is not what was signed (${finding.why})`;
    case 'fork':
      return (
        `FORK: two histories of the same log were signed. ${finding.why}. Both cannot be true: ` +
        `somebody shows different people different logs. Keep these files, which prove it to anybody who has the ` +
        `policy: ${finding.evidence.join(', ')}`
      );
  }
}

/** Returns a finding as JSON. */
export function formatFindingJson(finding: Finding): unknown {
  switch (finding.type) {
    case 'sound':
      return { finding: 'sound', url: finding.url, tree_size: finding.treeSize };
    case 'following':
      return {
        finding: 'following',
        url: finding.url,
        tree_size: finding.treeSize,
        entries: finding.entryCount,
      };
    case 'unreachable':
    case 'wrong':
      return { finding: finding.type, url: finding.url, why: finding.why };
    case 'fork':
      return {
        finding: 'fork',
        urls: finding.urls,
        why: finding.why,
        evidence: finding.evidence,
      };
  }
}

/** Returns what two checkpoints of one size say. */
export function describeRoots(a: SignedCheckpoint, b: SignedCheckpoint): string {
  const [first, second] = [a, b].map(({ root }) => formatBase64(root));
  return `one says that the log of ${a.treeSize} entries has the root ${first}, the other that it has ${second}`;
}

/** Returns what a larger log says of the beginning that a smaller checkpoint names. */
export function describeBeginning(smaller: SignedCheckpoint, larger: SignedCheckpoint): string {
  return (
    `the log of ${larger.treeSize} entries does not begin with the ${smaller.treeSize} entries that were ` +
    'signed before'
  );
}
