/** Fields that several answers share. Absent values are null. */
import { z } from 'zod';

/** 32 bytes in lower-case hex. */
export const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** 32 bytes in hex of either case, as requests may have them. */
export const hashText = z.string().regex(/^[0-9a-fA-F]{64}$/);
/** 64 bytes in lower-case hex. */
export const signature = z.string().regex(/^[0-9a-f]{128}$/);
/** A whole number that counts something. */
export const count = z.int().min(0);
/** Unix seconds. */
export const seconds = z.int().min(0);
/** ISO 8601 in UTC with milliseconds. */
export const time = z.iso.datetime();

/** The name of a validator, or its key in hex where the chain no longer knows a name for it. */
export const validatorName = z
  .string()
  .meta({ description: 'Name of a validator in the genesis; its key in hex if none is known.' });

/** Up to where an answer looked. */
export const asOfSchema = z
  .object({ height: count, block_time: seconds, log_size: count })
  .meta({ id: 'AsOf', description: 'The last block that the answer knows of.' });

/** A UUID in lower case. */
export const receiptId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .meta({ examples: ['0b9f2c1e-6a0f-4a57-9a3e-1f6f0c9d2b11'] });

/** A UUID in either case, as requests may have it. */
export const receiptIdText = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/);

/** How much of a submission's way is done. */
export const submissionState = z.enum([
  'received',
  'certificate_verified',
  'authority_pending',
  'validated',
  'batched',
  'committed',
  'rejected',
]);
