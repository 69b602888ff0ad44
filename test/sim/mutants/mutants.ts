/**
 * Planted bugs, each against a rule: what the simulator must find.
 *
 * A mutant replaces one piece of text in one production file. It changes five lines at most, leaves the types as
 * they are, and a network without faults runs as before.
 */

/** One planted bug. */
export interface Mutant {
  readonly name: string;
  /** The rule that it breaks, as chain/consensus/README.md numbers them. */
  readonly rule: string;
  readonly file: string;
  /** Kills it; undefined where a search must show which does. */
  readonly seed?: number;
  /** What stands there, once. */
  readonly from: string;
  readonly to: string;
}

const ENGINE = 'chain/consensus';

/** All planted bugs. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'votes before the batches are checked',
    rule: 'R1',
    seed: 1,
    file: `${ENGINE}/voting.ts`,
    from: 'if (proposal === undefined || !isAccepted(height) || index === undefined) return;',
    to: 'if (proposal === undefined || index === undefined) return;',
  },
  {
    name: 'a batch is pooled before it is durable',
    rule: 'R1',
    seed: 1,
    file: 'node/mempool/admission.ts',
    from: 'await this.#keep(checked);',
    to: 'void this.#keep(checked);',
  },
  {
    name: 'evidence is not checked',
    rule: 'R1',
    seed: 13,
    file: 'node/mempool/admission.ts',
    from: 'await this.#queue.run(rank, () => this.#ports.checkEvidence(sent, this.#ports.state()));',
    to: 'await this.#queue.run(rank, () => Promise.resolve());',
  },
  {
    name: 'signatures of votes are not checked',
    rule: 'R2',
    seed: 30,
    file: `${ENGINE}/statement.ts`,
    from: "if (!context.verify({ publicKey, domain: 'vote', bytes, signature })) {",
    to: "if (context.verify({ publicKey, domain: 'vote', bytes, signature }) === undefined) {",
  },
  {
    name: 'sends before it is durable',
    rule: 'R3',
    seed: 1,
    file: 'node/consensus/driveLoop.ts',
    from: 'await wal.append(ready.persist.map((message) => encode(durableSchema, message)));',
    to: 'void wal.append(ready.persist.map((message) => encode(durableSchema, message)));',
  },
  {
    name: 'the log is not synced',
    rule: 'R3',
    seed: 1,
    file: 'node/consensus/wal.ts',
    from: "await file.sync();\n      onPoint('after-log-sync');",
    to: "onPoint('after-log-sync');",
  },
  {
    name: 'what was said is forgotten at a restart',
    rule: 'R3',
    seed: 8,
    file: `${ENGINE}/heightState.ts`,
    from: '  height.own.add(message);\n  for (const statement',
    to: '  for (const statement',
  },
  {
    name: 'a quorum is 2f + 1',
    rule: 'R4',
    seed: 27,
    file: `${ENGINE}/quorum.ts`,
    from: 'return Math.ceil((validatorCount + maxFaulty(validatorCount) + 1) / 2);',
    to: 'return 2 * maxFaulty(validatorCount) + 1;',
  },
  {
    name: 'signers of a certificate may stand there twice',
    rule: 'R4',
    seed: 20,
    file: `${ENGINE}/statement.ts`,
    from: 'if (index <= previous) {',
    to: 'if (index < previous) {',
  },
  {
    name: 'anybody may propose',
    rule: 'R5',
    seed: 14,
    file: `${ENGINE}/receiving.ts`,
    from: 'if (index !== proposerOf(height, view)) {',
    to: 'if (proposerOf(height, view) === -1) {',
  },
  {
    name: 'views are lost by the certificate, not by the header',
    rule: 'R5',
    seed: 1,
    file: 'node/ledger.ts',
    from: 'const block = { header, batches, lostProposers: lostProposers(state, header) };',
    to: 'const block = { header, batches, lostProposers: lostProposers(state, { ...header, view: 0 }) };',
  },
  {
    name: 'no clock judges a proposal',
    rule: 'R6',
    seed: 73,
    file: `${ENGINE}/blockTime.ts`,
    from: 'if (timestampMs > latest) {',
    to: 'if (timestampMs > latest * 2) {',
  },
  {
    name: 'timers do not run',
    rule: 'R7',
    seed: 1,
    file: `${ENGINE}/viewChanging.ts`,
    from: 'const isDue = core.work && height.isOpen && canChange;',
    to: 'const isDue = core.work && height.isOpen && canChange && height.view > 0;',
  },
  {
    name: 'a block is not synced',
    rule: 'R8',
    seed: 1,
    file: 'node/store/rowChainStore.ts',
    from: 'await this.#rows.write(changes, { durable: true });',
    to: 'await this.#rows.write(changes, { durable: false });',
  },
  {
    name: 'a COMMIT rests on nothing durable',
    rule: 'R9',
    seed: 1,
    file: `${ENGINE}/voting.ts`,
    from: 'vote(core, createVote<Commit>(fields, options), [certificate]);',
    to: 'vote(core, createVote<Commit>(fields, options));',
  },
  {
    name: 'a prepared certificate is believed without its votes',
    rule: 'R9',
    seed: 20,
    file: `${ENGINE}/preparedCertificate.ts`,
    from: 'for (const statement of preparedStatements(certificate)) checkStatement(statement, context);',
    to: 'preparedStatements(certificate);',
  },
  {
    name: 'the choice of a NEW-VIEW is not made again',
    rule: 'R10',
    seed: 6,
    file: `${ENGINE}/newView.ts`,
    from: '  checkChoice(message, context);\n}',
    to: '  if (proposal.view < 0) checkChoice(message, context);\n}',
  },
  {
    name: 'a view that was left is voted in',
    rule: 'R11',
    seed: 6,
    file: `${ENGINE}/receiving.ts`,
    from: 'if (view < height.view || (view === height.view && height.proposal !== undefined)) return false;',
    to: 'if (view === height.view && height.proposal !== undefined) return false;',
  },
  {
    name: 'only the COMMITs of the present view decide',
    rule: 'R12',
    seed: 13,
    file: `${ENGINE}/voting.ts`,
    from: 'for (const view of height.ballots.viewsOf(PHASE.commit, blockHash)) {',
    to: 'for (const view of [height.view]) {',
  },
  {
    name: 'nobody joins the others in a later view',
    rule: 'R13',
    seed: 1,
    file: `${ENGINE}/viewChanging.ts`,
    from: 'if (smallest !== undefined) enterView(core, smallest);',
    to: 'if (smallest === -1) enterView(core, smallest);',
  },
  {
    name: 'a view has its time before a quorum is there',
    rule: 'R14',
    seed: 2,
    file: `${ENGINE}/viewChanging.ts`,
    from: 'height.isOpen ||= reached.length >= height.quorum;',
    to: 'height.isOpen ||= reached.length >= 0;',
  },
  {
    name: 'nothing is said again',
    rule: 'R15',
    seed: 6,
    file: `${ENGINE}/engine.ts`,
    from: 'core.owed.send.push(...core.height.own.messagesFor(core.height.view));\n      core.owed.status',
    to: 'core.owed.status',
  },
  {
    name: 'a lost history is not noticed',
    rule: 'R16',
    seed: 155,
    file: 'node/consensus/testimony.ts',
    from: 'return { floor: lost === undefined ? 0 : highest + FLOOR_MARGIN, lost };',
    to: 'return { floor: 0, lost };',
  },
  {
    name: 'a sound history counts as lost',
    rule: 'R16',
    seed: 1,
    file: 'node/consensus/testimony.ts',
    from: "if (!hasLog && isRunning) return 'the write-ahead log is missing on a chain that has begun';",
    to: "if (isRunning) return 'the write-ahead log is missing on a chain that has begun';",
  },
  {
    name: 'of two contradicting statements no proof is made',
    rule: 'R17',
    seed: 1,
    file: `${ENGINE}/ballotBox.ts`,
    from: 'if (same.isReported) return undefined;',
    to: 'if (!same.isReported) return undefined;',
  },
  {
    name: 'a lane has no bound',
    rule: 'R18',
    seed: 17,
    file: 'node/mempool/batchPool.ts',
    from: 'const isLaneFull = count >= LANE_BATCH_COUNT_MAX || bytes >= LANE_BYTES_MAX;',
    to: 'const isLaneFull = count < 0 || bytes >= LANE_BYTES_MAX;',
  },
  {
    name: 'a message that cannot be judged stops the node',
    rule: 'R20',
    seed: 3,
    file: 'node/replica.ts',
    from: "if (error instanceof ChainError) this.#parts.peers.report(from.peerId, 'reject', error.code);\n      else this.#events.onFault(error);",
    to: 'this.#events.onFault(error);',
  },
  {
    name: 'a cosignature leaves before it is durable',
    rule: 'R21',
    seed: 1,
    file: 'node/cosigning/cosigner.ts',
    from: "await this.#ports.work.write([{ type: 'put-cosigned', cosigned }], { durable: true });",
    to: "await this.#ports.work.write([{ type: 'put-cosigned', cosigned }], { durable: false });",
  },
  {
    name: 'times of cosignatures go back with the clock',
    rule: 'R21',
    seed: 8,
    file: 'node/cosigning/cosigner.ts',
    from: 'timeS: Math.max(nowS, this.#last?.timeS ?? 0)',
    to: 'timeS: nowS',
  },
  {
    name: 'a checkpoint is final before a quorum has cosigned',
    rule: 'R21',
    seed: 1,
    file: 'node/cosigning/gathering.ts',
    from: 'return this.#lines.size >= quorumSize(this.head.validators.length);',
    to: 'return this.#lines.size > maxFaulty(this.head.validators.length);',
  },
  {
    name: 'cosignatures that were lost are not asked for',
    rule: 'R21',
    file: 'node/cosigning/fetcher.ts',
    from: 'if (this.#abort.signal.aborted || !this.#ports.isBehind()) return;',
    to: 'if (!this.#abort.signal.aborted) return;',
  },
  {
    name: 'what waits is not told again',
    rule: 'promises',
    seed: 1,
    file: 'node/replica.ts',
    from: "if (input.type === 'tick') this.mempool.repeat();",
    to: '',
  },
  {
    name: 'a synced block needs no certificate',
    rule: 'R4',
    file: 'node/sync/checkBlock.ts',
    from: "  if (verified.includes(false)) {\n    throw new ChainError('ERR_QUORUM'",
    to: "  if (verified.length === 0) {\n    throw new ChainError('ERR_QUORUM'",
  },
  {
    name: 'a batch is asked for as often as it is named',
    rule: 'judgement',
    file: 'node/mempool/fetcher.ts',
    from: 'const ids = [...new Map(named.map((id) => [formatHex(id), id])).values()];',
    to: 'const ids = [...named];',
  },
  {
    name: 'batches of a start are not found again',
    rule: 'promises',
    file: 'node/recovery.ts',
    from: 'if (submission.verdict !== undefined) return () => ports.batcher.push(id);',
    to: 'if (submission.verdict !== undefined) return () => undefined;',
  },
];
