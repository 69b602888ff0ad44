/**
 * An institution's application: what its validator will be in a genesis, signed before there is one.
 *
 * ```
 * {"format":"birthmark-application-v1","network":"birthmark.example",
 *  "validator":{"name","consensus_key","cosigner_key","peer_id","addresses"},
 *  "log_key_recipient":"age1…","signatures":{"consensus","cosigner","network"}}
 * ```
 *
 * The three keys sign the same bytes, so that nobody applies with a key that is somebody else's. What is
 * signed is 32 bytes long, and nothing that the cosigner and network keys sign elsewhere is. The network's
 * name is signed too: an application for one network says nothing about another.
 */
import { formatBase64 } from '../chain/bytes.ts';
import { encode, literal, str, tuple } from '../chain/codec.ts';
import { ID_BYTES_MAX } from '../chain/limits.ts';
import { SIGNATURE_BYTES, type Signer, verifySigned } from '../chain/signature.ts';
import { type Validator, validatorSchema } from '../chain/validatorSet.ts';
import { JsonReader } from './json.ts';
import { networkKeyOf } from './peerId.ts';
import { formatValidator, NETWORK_NAME, parseValidator } from './validatorJson.ts';

/** What an institution applies for. */
export interface Application {
  readonly network: string;
  readonly validator: Validator;
  /** X25519 recipient of age (`age1…`) for whom the log's secret key is sealed. */
  readonly logKeyRecipient: string;
}

/** The keys that sign an application. */
export const APPLICATION_KEYS = ['consensus', 'cosigner', 'network'] as const;
type ApplicationKey = (typeof APPLICATION_KEYS)[number];

/** An application whose signatures verify. */
export interface SignedApplication {
  readonly application: Application;
  readonly signatures: Readonly<Record<ApplicationKey, Uint8Array>>;
}

const APPLICATION_FORMAT = 'birthmark-application-v1';

const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const RECIPIENT_BYTES = 62;

const applicationSchema = tuple<Application & { readonly version: 1 }>({
  version: literal(1),
  network: str(ID_BYTES_MAX),
  validator: validatorSchema,
  logKeyRecipient: str(RECIPIENT_BYTES),
});

/** Returns the application with its signatures. */
export function signApplication(
  application: Application,
  signers: Readonly<Record<ApplicationKey, Signer>>,
): SignedApplication {
  const bytes = bytesOf(application);
  return {
    application,
    signatures: {
      consensus: signers.consensus('application', bytes),
      cosigner: signers.cosigner('application', bytes),
      network: signers.network('application', bytes),
    },
  };
}

/** Returns an application as JSON, for `JSON.stringify`. */
export function formatApplication({ application, signatures }: SignedApplication): unknown {
  return {
    format: APPLICATION_FORMAT,
    network: application.network,
    validator: formatValidator(application.validator),
    log_key_recipient: application.logKeyRecipient,
    signatures: Object.fromEntries(
      APPLICATION_KEYS.map((name) => [name, formatBase64(signatures[name])]),
    ),
  };
}

/** Returns the application of a parsed JSON value. Throws ERR_GENESIS with every problem, signatures included. */
export function parseApplication(json: unknown): SignedApplication {
  const reader = new JsonReader();
  const names = ['format', 'network', 'validator', 'log_key_recipient', 'signatures'];
  const fields = reader.fields(json, '', names);
  if (fields['format'] !== APPLICATION_FORMAT) {
    reader.report('format', `must be "${APPLICATION_FORMAT}"`);
  }
  const application: Application = {
    network: reader.text(fields['network'], 'network', NETWORK_NAME),
    validator: parseValidator(fields['validator'], 'validator', reader),
    logKeyRecipient: reader.text(fields['log_key_recipient'], 'log_key_recipient', RECIPIENT),
  };
  if (application.validator.addresses.length === 0) {
    reader.report('validator.addresses', 'must name at least one: the others dial it');
  }
  const signed = reader.fields(fields['signatures'], 'signatures', APPLICATION_KEYS);
  const read = (name: ApplicationKey): Uint8Array =>
    reader.base64(signed[name], `signatures.${name}`, SIGNATURE_BYTES);
  const signatures = {
    consensus: read('consensus'),
    cosigner: read('cosigner'),
    network: read('network'),
  };
  const what = 'the application';
  reader.finish(what);
  reportForged({ application, signatures }, reader);
  reader.finish(what);
  return { application, signatures };
}

function reportForged({ application, signatures }: SignedApplication, reader: JsonReader): void {
  const { consensusKey, cosignerKey, peerId } = application.validator;
  const keys = { consensus: consensusKey, cosigner: cosignerKey, network: networkKeyOf(peerId) };
  const bytes = bytesOf(application);
  for (const name of APPLICATION_KEYS) {
    const publicKey = keys[name] ?? new Uint8Array();
    const signature = signatures[name];
    if (!verifySigned({ publicKey, domain: 'application', bytes, signature })) {
      reader.report(
        `signatures.${name}`,
        'does not verify: the file was changed, or made without that key',
      );
    }
  }
}

function bytesOf(application: Application): Uint8Array {
  return encode(applicationSchema, { version: 1, ...application });
}
