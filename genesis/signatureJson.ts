/** A signature of a genesis as it stands in the document, and in a file of its own that can be sent. */
import { formatBase64, formatHex } from '../chain/bytes.ts';
import { HASH_BYTES } from '../chain/record.ts';
import { SIGNATURE_BYTES } from '../chain/signature.ts';
import { JsonReader } from './json.ts';
import { VALIDATOR_NAME } from './validatorJson.ts';

/** An institution's signature over the chain id, by its validator's name. */
export interface GenesisSignature {
  readonly validator: string;
  readonly signature: Uint8Array;
}

/** A signature apart from its document. */
export interface DetachedSignature extends GenesisSignature {
  readonly chainId: Uint8Array;
}

const SIGNATURE_FORMAT = 'birthmark-genesis-signature-v1';

const FIELDS = ['validator', 'signature'];

/** Returns a signature as JSON, for `JSON.stringify`. */
export function formatSignature({
  validator,
  signature,
}: GenesisSignature): Readonly<Record<string, unknown>> {
  return { validator, signature: formatBase64(signature) };
}

/** Returns a signature of a document, reporting what is wrong with it. It is read, not judged. */
export function parseSignature(json: unknown, path: string, reader: JsonReader): GenesisSignature {
  return readSignature(reader.fields(json, path, FIELDS), `${path}.`, reader);
}

/** Returns the file of a signature as JSON, for `JSON.stringify`. */
export function formatDetached({ chainId, ...signature }: DetachedSignature): unknown {
  return {
    format: SIGNATURE_FORMAT,
    chain_id: formatHex(chainId),
    ...formatSignature(signature),
  };
}

/** Returns the signature of a file. Throws ERR_GENESIS with every problem; it is read, not judged. */
export function parseDetached(json: unknown): DetachedSignature {
  const reader = new JsonReader();
  const fields = reader.fields(json, '', ['format', 'chain_id', ...FIELDS]);
  if (fields['format'] !== SIGNATURE_FORMAT) {
    reader.report('format', `must be "${SIGNATURE_FORMAT}"`);
  }
  const detached = {
    chainId: reader.hex(fields['chain_id'], 'chain_id', HASH_BYTES),
    ...readSignature(fields, '', reader),
  };
  reader.finish('the signature file');
  return detached;
}

function readSignature(
  fields: Readonly<Record<string, unknown>>,
  prefix: string,
  reader: JsonReader,
): GenesisSignature {
  return {
    validator: reader.text(fields['validator'], `${prefix}validator`, VALIDATOR_NAME),
    signature: reader.base64(fields['signature'], `${prefix}signature`, SIGNATURE_BYTES),
  };
}
