/** The formats of the chain against examples that never change. */
import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { authoritySchema } from '../../chain/authority.ts';
import { batchSchema, hashBatch, itemSchema } from '../../chain/batch.ts';
import { commitCertificateSchema, hashHeader, headerSchema } from '../../chain/block.ts';
import { formatHex, parseHex } from '../../chain/bytes.ts';
import { decode, encode, type Schema } from '../../chain/codec.ts';
import { equivocationSchema } from '../../chain/consensus/equivocation.ts';
import { entrySchema } from '../../chain/entry.ts';
import { evidenceItemSchema, evidenceSchema } from '../../chain/evidence.ts';
import { paramsSchema } from '../../chain/params.ts';
import { imageRecordSchema } from '../../chain/record.ts';
import { verifySigned } from '../../chain/signature.ts';
import { hashState, stateSchema } from '../../chain/state.ts';
import { hashValidatorSet, validatorSetSchema } from '../../chain/validatorSet.ts';
import { type FormatVectors, makeFormatVectors } from '../vectors/formats.ts';

const FROZEN = JSON.parse(
  readFileSync(new URL('../vectors/formats.json', import.meta.url), 'utf8'),
) as FormatVectors;

const SCHEMAS: Readonly<Record<string, Schema<unknown>>> = {
  record: imageRecordSchema,
  'evidence-camera': evidenceItemSchema,
  'evidence-legacy': evidenceItemSchema,
  evidence: evidenceSchema,
  batch: batchSchema,
  equivocation: equivocationSchema,
  'item-4': itemSchema,
  header: headerSchema,
  'commit-certificate': commitCertificateSchema,
  'entry-1': entrySchema,
  'entry-2': entrySchema,
  'entry-3': entrySchema,
  'entry-4': entrySchema,
  params: paramsSchema,
  authority: authoritySchema,
  'validator-set': validatorSetSchema,
  'genesis-state': stateSchema,
  'genesis-block': headerSchema,
};

/** Returns the bytes of a frozen example. */
function bytesOf(format: string, name = 'bytes'): Uint8Array {
  return parseHex(FROZEN[format]?.[name] ?? `${format} has no ${name}`);
}

describe('the frozen examples of the formats', () => {
  it('are what is made today', () => {
    expect(makeFormatVectors()).to.deep.equal(FROZEN);
  });

  for (const [format, schema] of Object.entries(SCHEMAS)) {
    it(`read back and re-encode: ${format}`, () => {
      const bytes = bytesOf(format);

      expect(formatHex(encode(schema, decode(schema, bytes)))).to.equal(formatHex(bytes));
    });
  }

  it('have their hashes', () => {
    const hashes: readonly [string, Uint8Array][] = [
      ['batch', hashBatch(decode(batchSchema, bytesOf('batch')))],
      ['header', hashHeader(decode(headerSchema, bytesOf('header')))],
      ['genesis-block', hashHeader(decode(headerSchema, bytesOf('genesis-block')))],
      ['genesis-state', hashState(decode(stateSchema, bytesOf('genesis-state')))],
      ['validator-set', hashValidatorSet(decode(validatorSetSchema, bytesOf('validator-set')))],
    ];
    for (const [format, hash] of hashes) {
      expect(formatHex(hash), format).to.equal(FROZEN[format]?.['hash']);
    }
  });

  it('verify with their keys', () => {
    const signed = [
      ['vote', 'vote', bytesOf('vote')],
      ['verdict', 'verdict', bytesOf('verdict')],
      ['batch', 'batchSignature', bytesOf('batch', 'hash')],
    ] as const;
    for (const [format, domain, bytes] of signed) {
      const [publicKey, signature] = [bytesOf(format, 'publicKey'), bytesOf(format, 'signature')];
      expect(verifySigned({ publicKey, domain, bytes, signature }), format).to.equal(true);
    }
  });
});
