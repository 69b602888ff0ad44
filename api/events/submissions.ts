/** Follows a submission for whoever holds its receipt. */
import type { IntakePort, ReceiptView } from '../ports.ts';
import { stateOf } from '../views/receipt.ts';

/** Whose receipt is followed, and until when. */
export interface Followed {
  readonly intake: IntakePort;
  readonly id: Uint8Array;
  readonly signal: AbortSignal;
}

/** Tells a receipt as it stands, and again whenever it has changed; resolves when nothing more will happen to it. */
export async function followReceipt(
  { intake, id, signal }: Followed,
  tell: (receipt: ReceiptView) => void,
): Promise<void> {
  while (!signal.aborted) {
    const receipt = intake.findReceipt(id);
    if (receipt === undefined) return;
    tell(receipt);
    const state = stateOf(receipt);
    if (state === 'committed' || state === 'rejected') return;
    await intake.waitForChange(id, signal);
  }
}
