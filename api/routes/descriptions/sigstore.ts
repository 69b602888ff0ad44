/** What the documents say of the routes of the Sigstore log. */
import { z } from 'zod';

import type { Description } from '../../route.ts';
import { hashText } from '../../schemas/fields.ts';
import {
  BUNDLE_TYPE,
  bundleSchema,
  createEntrySchema,
  transparencyLogEntrySchema,
  trustedRootSchema,
} from '../../schemas/sigstore.ts';

const TEXT = 'text/plain';

/** `GET /api/v1/sigstore/{image_hash}`. */
export const SIGSTORE_BUNDLE: Description = {
  operationId: 'sigstoreBundle',
  tag: 'Journalists',
  summary: 'The Sigstore bundle of a photograph, for cosign and others to check.',
  detail:
    "This institution's signature over a photograph that is registered as an original, with its place in the institution's own log. It is made when it is first asked for, ten a second of one client.",
  params: z.object({
    image_hash: hashText.meta({ description: "SHA-256 of the photograph's file." }),
  }),
  answers: {
    200: { description: 'The bundle.', schema: bundleSchema, contentType: BUNDLE_TYPE },
  },
  refusals: ['ERR_NO_SIGSTORE', 'ERR_FIELD', 'ERR_NOT_FOUND', 'ERR_NOT_ORIGINAL', 'ERR_NOT_READY'],
};

/** `GET /api/v1/sigstore/trusted_root.json`. */
export const SIGSTORE_TRUSTED_ROOT: Description = {
  operationId: 'sigstoreTrustedRoot',
  tag: 'Journalists',
  summary: "What bundles of this institution are judged by: its log's key and its authorities.",
  detail:
    'Whoever takes it from the same stranger as the bundle has checked nothing: compare it with what the institution publishes elsewhere.',
  answers: { 200: { description: 'The trusted root.', schema: trustedRootSchema } },
  refusals: ['ERR_NO_SIGSTORE'],
};

/** `GET /api/v1/sigstore/key.pem`. */
export const SIGSTORE_KEY: Description = {
  operationId: 'sigstoreKey',
  tag: 'Journalists',
  summary: 'The key with which this institution signs photographs, as PEM.',
  answers: { 200: { description: 'The key.', contentType: TEXT } },
  refusals: ['ERR_NO_SIGSTORE'],
};

/** `POST /api/v2/log/entries`. */
export const SIGSTORE_APPEND: Description = {
  operationId: 'sigstoreAppend',
  tag: 'Institutions',
  summary: "Put a signature that was made elsewhere with the institution's key into its log.",
  detail:
    'As Rekor v2 has it, for `hashedrekord` alone. The photograph must be registered as an original, and the key or certificate be that of this institution: nobody else writes here.',
  request: createEntrySchema,
  answers: {
    201: { description: 'The entry with its proof.', schema: transparencyLogEntrySchema },
  },
  refusals: [
    'ERR_NO_SIGSTORE',
    'ERR_JSON',
    'ERR_FIELD',
    'ERR_RANGE',
    'ERR_BODY_TOO_LARGE',
    'ERR_TIMEOUT',
    'ERR_NOT_FOUND',
    'ERR_NOT_ORIGINAL',
    'ERR_UNKNOWN_SIGNER',
    'ERR_SIGNATURE',
    'ERR_LOGGED',
    'ERR_NOT_READY',
  ],
};

/** `GET /api/v2/checkpoint`. */
export const SIGSTORE_CHECKPOINT: Description = {
  operationId: 'sigstoreCheckpoint',
  tag: 'Log',
  summary: "The newest head of the institution's Sigstore log.",
  detail: 'A signed note (C2SP tlog-checkpoint) with the signature of the log alone.',
  answers: { 200: { description: 'The checkpoint.', contentType: TEXT } },
  refusals: ['ERR_NO_SIGSTORE'],
};

/** `GET /api/v2/tile/{path}`. */
export const SIGSTORE_TILE: Description = {
  operationId: 'sigstoreTile',
  tag: 'Log',
  summary: "A tile of the institution's Sigstore log: 1 to 256 hashes of a level, or entries.",
  detail: 'Paths are those of C2SP tlog-tiles. A tile never changes.',
  params: z.object({
    path: z.string().meta({ description: 'As `0/x001/234` or `entries/000.p/17`.' }),
  }),
  answers: { 200: { description: 'The tile.', contentType: 'application/octet-stream' } },
  refusals: ['ERR_NO_SIGSTORE', 'ERR_NOT_FOUND'],
};
