/**
 * The ports of the interface in memory: a ledger that grows by the chain's own rules, an intake whose
 * submissions the test moves on, and a node whose words the test sets.
 */
import type {
  ApiPorts,
  AuthorityView,
  CameraRequest,
  IntakePort,
  LegacyRequest,
  NodeStatus,
  ReceiptView,
  SubmissionState,
  ValidatorView,
} from '../../api/ports.ts';
import type { Measures } from '../../api/measures.ts';
import { concatBytes, equalBytes, formatHex } from '../../chain/bytes.ts';
import { hashDomain } from '../../chain/hash.ts';
import { bytesOf, GENESIS_MS, MemoryLedger } from './memoryLedger.ts';
import { MemoryLog } from './memoryLog.ts';

/** What a test may change of a receipt. */
export type ReceiptChange = Partial<Omit<ReceiptView, 'id' | 'imageHash' | 'steps'>> & {
  readonly state: SubmissionState;
};

/** An intake that accepts everything until the test says otherwise, and moves when the test says so. */
export class MemoryIntake implements IntakePort {
  readonly requests: CameraRequest[] = [];
  readonly legacyRequests: LegacyRequest[] = [];
  readonly addresses: string[] = [];
  /** Called with how many clients wait, whenever one begins to. */
  onWait: (waiting: number) => void = () => undefined;
  /** Called whenever a client's wait ends. */
  onEnd: () => void = () => undefined;
  /** Returns the error with which a submission is refused. */
  refuse: (imageHash: Uint8Array) => Error | undefined = () => undefined;
  /** Called whenever a submission has come in, before it is answered. */
  onSubmit: () => void = () => undefined;
  /** Resolves when a submission may be answered. */
  hold: Promise<void> = Promise.resolve();
  notKept: readonly string[] = [];
  readonly #receipts = new Map<string, ReceiptView>();
  readonly #waiting = new Map<() => void, string>();
  #clockMs = GENESIS_MS;

  async submit(request: CameraRequest, address: string): Promise<ReceiptView> {
    this.requests.push(request);
    return this.#accept(
      concatBytes(request.imageHash, request.certificateBytes),
      request.imageHash,
      address,
    );
  }

  async submitLegacy(request: LegacyRequest, address: string): Promise<ReceiptView> {
    this.legacyRequests.push(request);
    return this.#accept(concatBytes(request.imageHash, request.token), request.imageHash, address);
  }

  findReceipt(id: Uint8Array): ReceiptView | undefined {
    return this.#receipts.get(formatHex(id));
  }

  waitForChange(id: Uint8Array, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const end = (): void => {
      if (this.#waiting.delete(end)) this.onEnd();
      resolve(undefined);
    };
    this.#waiting.set(end, formatHex(id));
    signal.addEventListener('abort', end, { once: true });
    this.onWait(this.#waiting.size);
    return promise;
  }

  isPending(imageHash: Uint8Array): boolean {
    return [...this.#receipts.values()].some((receipt) => {
      const state = receipt.steps.at(-1)?.state;
      return (
        equalBytes(receipt.imageHash, imageHash) && state !== 'committed' && state !== 'rejected'
      );
    });
  }

  /** Moves a submission on, and wakes who waits for it. */
  advance(id: Uint8Array, { state, ...change }: ReceiptChange): void {
    const receipt = this.findReceipt(id);
    if (receipt === undefined) throw new Error('no such receipt');
    this.#clockMs += 1;
    const steps = [...receipt.steps, { state, atMs: this.#clockMs }];
    this.#receipts.set(formatHex(id), { ...receipt, ...change, steps });
    for (const [end, waitsFor] of this.#waiting) if (waitsFor === formatHex(id)) end();
  }

  async #accept(key: Uint8Array, imageHash: Uint8Array, address: string): Promise<ReceiptView> {
    this.addresses.push(address);
    this.onSubmit();
    await this.hold;
    const refusal = this.refuse(imageHash);
    if (refusal !== undefined) throw refusal;
    const id = hashDomain('receipt', key).slice(0, 16);
    const before = this.findReceipt(id);
    if (before !== undefined) return before;
    const receipt: ReceiptView = {
      id,
      imageHash,
      steps: [{ state: 'received', atMs: this.#clockMs }],
      rejection: undefined,
      duplicateOf: undefined,
      attempts: 0,
      nextAttemptMs: undefined,
      problem: undefined,
      batchId: undefined,
      notKept: this.notKept,
    };
    this.#receipts.set(formatHex(id), receipt);
    return receipt;
  }
}

/** A node's words, as a test sets them. */
export interface MemoryNode {
  status: NodeStatus;
  validators: readonly ValidatorView[];
  authorities: readonly AuthorityView[];
  measures: Measures;
}

/** All ports in memory, with what they were told. */
export interface MemoryPorts extends ApiPorts {
  readonly ledger: MemoryLedger;
  /** Cosigned up to genesis, and further when the test says so. */
  readonly log: MemoryLog;
  readonly intake: MemoryIntake;
  readonly node: MemoryNode;
  readonly logLevels: string[];
  readonly responses: (readonly [route: string, status: number])[];
  readonly faults: unknown[];
}

/** Returns ports of a healthy node of a chain with only its genesis. */
export function createMemoryPorts(ledger = new MemoryLedger()): MemoryPorts {
  const node = healthyNode(ledger);
  const log = new MemoryLog(ledger);
  log.cosign();
  const logLevels: string[] = [];
  const responses: (readonly [string, number])[] = [];
  const faults: unknown[] = [];
  return {
    ledger,
    log,
    intake: new MemoryIntake(),
    node,
    logLevels,
    responses,
    faults,
    status: {
      status: () => node.status,
      validators: () => node.validators,
      authorities: () => node.authorities,
      metrics: async () => ({
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        body: '# TYPE birthmark_height gauge\nbirthmark_height 0\n',
      }),
      measure: async () => node.measures,
    },
    timestamps: undefined,
    sigstore: undefined,
    witness: undefined,
    admin: {
      retryAuthority: (id) => (id === 'maker' ? 3 : undefined),
      setLogLevel: (level) => void logLevels.push(level),
    },
    onResponse: (route, status) => void responses.push([route, status]),
    onFault: (error) => void faults.push(error),
  };
}

function healthyNode(ledger: MemoryLedger): MemoryNode {
  return {
    status: {
      nodeId: 'alpha',
      version: '0.1.0',
      chainId: ledger.state().chainId,
      mode: 'pbft',
      uptimeS: 61.5,
      uptimeShare: 0.9996,
      pendingSubmissions: 0,
      view: 0,
      proposer: 'alpha',
      quorum: 2,
      faultsTolerated: 0,
      stopsTolerated: 0,
      missing: [],
      stalled: undefined,
      lastRefusal: undefined,
      signFloor: undefined,
      syncing: false,
      observer: false,
      following: undefined,
      checkpoint: { finalSize: 1, cosignedSize: 1, refusal: undefined },
      timestamps: undefined,
      witnesses: [],
      witnessing: undefined,
      notReady: [],
    },
    validators: [
      {
        name: 'alpha',
        publicKey: bytesOf(5),
        peerId: 'peer-alpha',
        addresses: ['/ip4/127.0.0.1/tcp/26656'],
        status: 'up',
        lastSeenMs: GENESIS_MS,
        lastSignedHeight: 0,
        lostViews: 0,
        suspendedUntil: undefined,
        evidenceElsewhere: undefined,
        evidence: [],
      },
    ],
    authorities: [
      {
        id: 'maker',
        name: 'The Maker',
        endpoints: ['http://localhost:8001/'],
        signsVerdicts: false,
        blind: false,
        answering: true,
        pendingSubmissions: 0,
        lastAnswerMs: undefined,
        lastProblem: undefined,
      },
    ],
    measures: {
      submissions: 0,
      records: 0,
      signatures: 0,
      pendingByState: new Map(),
      peersConnected: 1,
      blocksBehind: 0,
      memoryBytes: 150_000_000,
      diskFreeBytes: 25_000_000_000,
    },
  };
}
