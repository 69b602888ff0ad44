/**
 * What a certificate says, as texts: everything follows from a proof that has been verified, its policy, the address of
 * the record, and a language. So the same proof gives the same certificate.
 */
import { formatHex } from '../../chain/bytes.ts';
import type { Registration } from '../../chain/log/verify.ts';
import {
  AUTHORITY_CHECK,
  type AuthorityCheck,
  RECORD_KIND,
  type RecordKind,
  SIGNED_FORM,
  type SignedForm,
} from '../../chain/record.ts';
import {
  CERTIFICATE_CATALOGS,
  type CertificateLanguage,
} from '../messages/certificate/catalogs.ts';
import type { CertificateCatalog } from '../messages/certificate/en.ts';

/** A file that a certificate carries. */
export interface Attachment {
  readonly name: string;
  readonly about: string;
  readonly bytes: Uint8Array;
}

/** A heading with what stands below it, one paragraph each. */
export interface Section {
  readonly title: string;
  readonly items: readonly string[];
}

/** A certificate's texts. */
export interface Sheet {
  readonly language: CertificateLanguage;
  readonly title: string;
  readonly about: string;
  readonly verdict: string;
  readonly statement: string;
  readonly hashTitle: string;
  readonly imageHash: string;
  /** Label and value. */
  readonly facts: readonly (readonly [string, string])[];
  /** Hashes of parents; undefined where there are none. */
  readonly parents: Section | undefined;
  readonly cosigners: Section;
  /** Undefined where the policy asks for no cosigner. */
  readonly quorum: string | undefined;
  readonly checked: Section;
  readonly notShown: Section;
  readonly how: Section;
  /** Lines of one command. */
  readonly command: string;
  readonly atNode: string;
  readonly link: string;
  readonly codeAlt: string;
  readonly attachments: readonly Attachment[];
  /** Why it is not in the language that was asked for; undefined where it is. */
  readonly excuse: string | undefined;
  /** `{page}` and `{pages}`. */
  readonly pageTemplate: string;
  /** Unix seconds: when the quorum had cosigned. */
  readonly createdAtS: number;
}

/** What a certificate is made from. */
export interface Proven {
  readonly registration: Registration;
  readonly proof: Uint8Array;
  readonly policy: Uint8Array;
  /** Of the institution that submitted it. */
  readonly aggregatorName: string;
  /** Address of the record's page. */
  readonly link: string;
}

type Key = keyof CertificateCatalog;

const KIND_KEY: Readonly<Record<RecordKind, Key>> = {
  [RECORD_KIND.camera]: 'kind_camera',
  [RECORD_KIND.legacy]: 'kind_legacy',
  [RECORD_KIND.edit]: 'kind_edit',
};
const SIGNATURE_KEYS: Readonly<Record<SignedForm, readonly Key[]>> = {
  [SIGNED_FORM.notCheckable]: [],
  [SIGNED_FORM.v1]: ['checked_issuer', 'checked_v1'],
  [SIGNED_FORM.v1n]: ['checked_issuer', 'checked_v1n'],
  [SIGNED_FORM.v2]: ['checked_issuer', 'checked_v2'],
};
const AUTHORITY_KEY: Readonly<Record<AuthorityCheck, Key>> = {
  [AUTHORITY_CHECK.reported]: 'checked_reported',
  [AUTHORITY_CHECK.signed]: 'checked_signed',
};
const NOT_SHOWN_KEYS: Readonly<Record<RecordKind, readonly Key[]>> = {
  [RECORD_KIND.camera]: ['not_scene', 'not_when', 'not_later', 'not_absent'],
  [RECORD_KIND.legacy]: ['not_legacy', 'not_scene', 'not_when', 'not_later', 'not_absent'],
  [RECORD_KIND.edit]: ['not_changes', 'not_scene', 'not_when', 'not_later', 'not_absent'],
};

/** Returns the texts of a certificate. */
export function createSheet(
  proven: Proven,
  language: CertificateLanguage,
  excuse: string | undefined,
): Sheet {
  const say = createSpeaker(language);
  const { registration, link } = proven;
  const { entry, origin, cosigners, quorumTimeS } = registration;
  const { record } = entry;
  const imageHash = formatHex(record.imageHash);
  const isEdit = record.kind === RECORD_KIND.edit;
  const proofName = `${imageHash}.tlog-proof`;
  return {
    language,
    title: say('title'),
    about: say('about', { origin }),
    verdict: say(isEdit ? 'declared_edit' : 'registered_original'),
    statement: say(isEdit ? 'statement_edit' : 'statement_original'),
    hashTitle: say('file_hash'),
    imageHash,
    facts: factsOf(proven, say),
    parents:
      record.parents.length === 0
        ? undefined
        : { title: say('made_from'), items: record.parents.map(formatHex) },
    cosigners: {
      title: say('cosigned_by'),
      items: cosigners.map(({ name, timeS }) =>
        say('cosigned_at', { name: printable(name), time: say.time(timeS) }),
      ),
    },
    quorum: quorumTimeS === undefined ? undefined : say('quorum', { time: say.time(quorumTimeS) }),
    checked: {
      title: say('checked'),
      items: [
        ...SIGNATURE_KEYS[record.signedForm],
        AUTHORITY_KEY[record.authorityCheck],
        'checked_log' as const,
      ].map((key) => say(key)),
    },
    notShown: {
      title: say('not_shown'),
      items: NOT_SHOWN_KEYS[record.kind].map((key) => say(key)),
    },
    how: { title: say('how'), items: [say('how_text')] },
    command: `birthmark verify photo.jpg \\\n  --proof ${proofName} \\\n  --policy policy.txt`,
    atNode: say('how_node'),
    link,
    codeAlt: say('code_alt', { link }),
    attachments: [
      { name: proofName, about: say('proof_about'), bytes: proven.proof },
      { name: 'policy.txt', about: say('policy_about'), bytes: proven.policy },
    ],
    excuse,
    pageTemplate: say('page'),
    createdAtS: quorumTimeS ?? Math.floor(entry.timestampMs / 1_000),
  };
}

function factsOf(
  { registration, aggregatorName }: Proven,
  say: Speaker,
): readonly (readonly [string, string])[] {
  const { entry, index, treeSize } = registration;
  const { record, height } = entry;
  const isEdit = record.kind === RECORD_KIND.edit;
  const knownSince = say.time(Math.floor(entry.timestampMs / 1_000));
  const claimed = { time: say.time(record.capturedAt) };
  const numbers = { index: say.count(index), size: say.count(treeSize), height: say.count(height) };
  const maker = record.authorityId === '' ? say('not_published') : printable(record.authorityId);
  return [
    [say('known_since'), say('known_since_note', { time: knownSince })],
    isEdit
      ? [say('edit_time'), say('edit_time_note', claimed)]
      : [say('camera_time'), say('camera_time_note', claimed)],
    [say('registered_by'), say(KIND_KEY[record.kind])],
    [say('manufacturer'), maker],
    [say('submitted_through'), printable(aggregatorName)],
    [say('place'), say('place_value', numbers)],
  ];
}

/** Says things in one language. */
interface Speaker {
  (key: Key, values?: Readonly<Record<string, string>>): string;
  /** Unix seconds as a date and time in UTC. */
  time(seconds: number): string;
  count(value: number): string;
}

function createSpeaker(language: CertificateLanguage): Speaker {
  const catalog = CERTIFICATE_CATALOGS[language];
  const times = new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'medium',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });
  const counts = new Intl.NumberFormat(language);
  const say = (key: Key, values: Readonly<Record<string, string>> = {}): string =>
    catalog[key].replaceAll(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
  return Object.assign(say, {
    time: (seconds: number) => {
      const time = new Date(seconds * 1_000);
      // A camera may claim a time that no calendar has.
      return Number.isNaN(time.getTime()) ? `1970 + ${seconds} s` : `${times.format(time)} UTC`;
    },
    count: (value: number) => counts.format(value),
  });
}

/** Names that the fonts of a certificate lack letters for keep the others. */
function printable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e\u00a0-\u00ff]/gu, '?');
}
