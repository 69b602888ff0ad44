/**
 * English: the language that the others are translated from, key by key.
 *
 * A name in braces stands for a value. Counts stand apart from the words they count, so that no language needs forms
 * of plural. No text says that a picture is false, or that somebody changed it: nothing here can know.
 */

/** What a badge says. */
export const EN_BADGE = {
  registered_original: 'Registered as an original photograph',
  same_picture_data: 'Registered: the same picture in another file',
  declared_edit: 'Registered as an edit of other pictures',
  registered_revoked: 'Registered, and later revoked',
  pending: 'Submitted, not decided yet',
  not_found: 'No registration found',
  unknown: 'See what this node knows of the picture',
  asked: '{host}, {time}',
};

/** What a badge says, in any language. */
export type BadgeCatalog = Readonly<Record<keyof typeof EN_BADGE, string>>;

/** What the page says. */
export const EN = {
  title: 'Check a photograph',
  lead: 'Find out whether exactly this file was registered when it left a camera, and check the proof yourself.',
  language: 'Language',

  docs: 'How to ask this node',

  'drop.title': 'Drop photographs here',
  'drop.choose': 'Choose files',
  'drop.or': 'You can also paste files, or their fingerprints, anywhere on this page.',
  'hash.label': 'Fingerprint of a file (SHA-256)',
  'hash.add': 'Look up',
  'hash.none':
    'There is no fingerprint in that. A SHA-256 has 64 digits: 0 to 9 and the letters a to f.',
  privacy:
    'No byte of a file leaves this device. Your browser computes a fingerprint of each file, and nothing but the fingerprint is sent, to {host}.',
  offline: 'Once this page is loaded, fingerprints are computed without a network too.',
  'private.label': 'Ask without telling which photograph',
  'private.help':
    'Only the first digits of a fingerprint are sent. The node answers with all records that begin with them, and the comparison is made here.',
  limit: 'This page holds {count} files at a time; the others were left out.',

  results: 'Results',
  'total.files': 'Files: {done} of {count}',
  'total.bytes': '{done} of {total}',
  'total.summary':
    'Registered: {registered} · registered as edits: {edits} · no registration found: {absent} · other: {others}',
  'total.unconfirmed': 'not confirmed by a proof: {count}',
  'total.done': 'All are answered.',
  'total.progress': 'Fingerprints of all files',
  'file.progress': 'Fingerprint of {name}',
  clear: 'Remove all',
  remove: 'Remove from this list',
  again: 'Ask again',

  'stage.waiting': 'Waiting',
  'stage.hashing': 'Computing the fingerprint',
  'stage.asking': 'Asking the node',
  'stage.unreadable': 'This file cannot be read',
  'stage.unreadable.help':
    'It may be a folder, or it was changed or removed meanwhile. Choose it once more.',
  'stage.unasked': 'The node could not be asked',
  'stage.unasked.help':
    'The fingerprint was computed. Nothing is known about the photograph until the node answers.',
  stale: 'The node did not answer this time. What is shown is its answer of {time}.',

  'verdict.registered_original': 'Registered as an original photograph',
  'verdict.same_picture_data': 'Registered: the same picture in another file',
  'verdict.declared_edit': 'Registered as an edit',
  'verdict.registered_revoked': 'Registered, and later revoked',
  'verdict.pending': 'Submitted, not decided yet',
  'verdict.not_found': 'No registration found',
  'verdict.unnamed': 'There is a record of this fingerprint',
  'headline.unproved': 'The node says: {verdict}',
  'headline.unconfirmed': 'The node’s answer could not be confirmed',
  'headline.contradicted': 'The node’s answer contradicts its proof',

  'statement.registered_original':
    'A photograph of exactly these bytes was registered as an original. What was checked, by whom, and what was not, is said beside.',
  'statement.same_picture_data':
    'The picture in this file was registered with another file: the picture data are the same, the bytes around them are not.',
  'statement.declared_edit':
    'A picture of exactly these bytes was registered as an edit of other pictures, which it names; it is not an original.',
  'statement.registered_revoked':
    'A photograph of exactly these bytes was registered, and its camera or the authority of its manufacturer was revoked.',
  'statement.pending':
    'A camera has submitted this hash to this node, and it is not decided yet. Ask again in a few seconds.',
  'statement.not_found':
    'No registration of this hash is known. That says nothing about authenticity: most photographs are never registered, and a saved, resized or recompressed copy has another hash.',
  'statement.unnamed':
    'The node has a record of this fingerprint. Whether it is an original or an edit, from whom and since when, it says only to whoever asks about this one.',
  'statement.unconfirmed':
    'The node answered: “{verdict}”. What it sent as proof does not show that, so the answer could not be confirmed. That says nothing about the photograph.',
  'statement.contradicted':
    'The node answered: “{verdict}”. The proof that it sent says otherwise. That says nothing about the photograph: something is wrong with what this node sends.',
  'revoked.word':
    'That it was revoked is the node’s word: a proof shows what was so when it was made.',
  'details.ask': 'Ask for the details (this tells the node the fingerprint)',

  'absent.title': 'What you can do',
  'absent.copy':
    'Ask for the file as it came out of the camera. Messengers and social networks make new files, and each has another fingerprint.',
  'absent.later': 'Ask again later: a camera may register a photograph long after it was taken.',
  'absent.others':
    'Judge the photograph by other means, as you would any that no camera has registered.',

  'fact.sha256': 'Fingerprint (SHA-256)',
  'fact.kind': 'Registered by',
  'kind.camera': 'a camera',
  'kind.legacy': 'a camera with the legacy form',
  'kind.edit': 'an edit that names what it was made from',
  'fact.authority': 'Manufacturer',
  'authority.none': 'not published',
  'fact.block_time': 'Known to the network since',
  'fact.timestamp': 'Time by the camera’s own clock',
  'timestamp.claim': 'the camera’s claim, which nobody checked',
  'fact.window': 'Between the two',
  'window.ahead': 'the camera’s clock was ahead: {duration}',
  'fact.camera_signature': 'Camera’s signature',
  'signature.v1': 'form v1',
  'signature.v1n': 'form v1n',
  'signature.v2': 'form v2',
  'signature.not_checkable': 'cannot be checked by others',
  'fact.aggregator': 'Submitted through',
  'fact.block_height': 'Block',
  'fact.parents': 'Made from',
  'fact.derivatives': 'Declared edits of it',
  'fact.also': 'Registered again, later',
  'fact.image_hash': 'Registered fingerprint',
  'fact.verdict': 'Verdict',
  'fact.authority_check': 'Who vouches for the manufacturer’s answer',
  'fact.tx_hash': 'Batch',
  'fact.log_index': 'Place in the log',
  as_of: 'The node looked up to block {height}, made on {time}.',
  seconds_after_1970: '{seconds} s after 1970',

  'section.facts': 'What is registered',
  'section.answered': 'What the node answered',
  'section.checked': 'What was checked, and by whom',
  'section.not_checked': 'What this does not show',
  'node.word': 'the node’s word',
  'proof.word': 'the proof',
  'checked.issuer':
    "Every validator that voted for the block checked that the camera's certificate was signed by a manufacturer key pinned in the chain's registry, and that its dates admit the photograph.",
  'checked.v1':
    'Every validator that voted for the block checked that the camera signed the image hash and the timestamp (form v1).',
  'checked.v1n':
    'Every validator that voted for the block checked that the camera signed the image hash, its certificate and the timestamp (form v1n).',
  'checked.v2':
    'Every validator that voted for the block checked that the camera signed all fields of the record for this chain (form v2).',
  'checked.reported':
    "The aggregator asked the manufacturer's authority, which passed the camera; that answer is the aggregator's word.",
  'checked.signed':
    "Every validator that voted for the block checked that the manufacturer's authority signed its answer that the camera passed.",
  'not_checked.legacy':
    "The camera's signature: the legacy form cannot be checked by anybody but the manufacturer.",
  'not_checked.edit':
    'What was changed between the parents and this picture, and whether the parents are registered.',
  'not_checked.scene':
    'What the picture shows: a camera can be pointed at a screen, a print or a staged scene.',
  'not_checked.time':
    "The time of capture: it is the camera's own clock. The network knows only that the hash existed by the time of the block.",
  'not_checked.word':
    'This answer is the word of the node that gave it; its proof can be checked without believing the node.',

  'check.title': 'The proof, checked in this browser',
  'check.running': 'Fetching and checking the proof',
  'check.passed': 'The proof holds. Steps passed: {count} of {count}.',
  'check.failed': 'The proof does not hold. It ends at the step “{step}”.',
  'check.failed.help':
    'That says nothing about the photograph. It says that what this node sent does not show what it answered: ask another institution of the network, and tell this one.',
  'check.contradicted': 'The proof says other than the node answered.',
  'check.absent': 'The node gave no proof yet.',
  'check.mismatch':
    'This node’s answer and the proof say different things about: {fields}. Rely on the proof, and ask another institution of the network.',
  'check.agrees':
    'What the node answered is what the proof says. What is marked as the node’s word is in no proof.',
  'check.cosigners': 'Institutions that cosigned',
  'check.cosigners.few': 'Institutions that did cosign',
  'check.cosigners.none': 'None of the institutions that the policy names cosigned.',
  'check.nobody': 'The policy asks for nobody’s cosignature.',
  'check.steps': 'Each step',
  'outcome.passed': 'passed',
  'outcome.failed': 'did not pass',
  'outcome.skipped': 'left out',
  'outcome.not_reached': 'not reached',
  'step.file': 'Fingerprint',
  'step.file.help': 'The file’s SHA-256, computed here.',
  'step.proof': 'Proof',
  'step.proof.help': 'The proof that the node sent can be read.',
  'step.policy': 'Policy',
  'step.policy.help': 'The list of institutions whose signatures count can be read.',
  'step.entry': 'Entry',
  'step.entry.help': 'The proof carries a record, and it is of this fingerprint.',
  'step.path': 'Place in the log',
  'step.path.help': 'The record leads, hash by hash, to the head of the public log.',
  'step.log': 'Signature of the log',
  'step.log.help': 'The log that the policy names signed this head.',
  'step.cosigners': 'Cosignatures',
  'step.cosigners.help': 'The signatures of the institutions on this head are good.',
  'step.quorum': 'Enough institutions',
  'step.quorum.help': 'As many institutions signed as the policy asks for.',

  'policy.title': 'Whose signatures count',
  'policy.node':
    'The policy came from this node itself, {host}, and this browser has kept it since {date}. A check with it shows that answer, proof and policy fit together, and that the policy has not changed since then. It does not show that the institutions are who their names say.',
  'policy.reader':
    'Proofs are checked with your own file, {name}. What this node says about whom to believe does not matter.',
  'policy.advice':
    'To believe nobody in between, get the policy file from an institution that you know, by another way than this page, and choose it here.',
  'policy.choose': 'Use a policy file of your own',
  'policy.forget': 'Use this node’s policy again',
  'policy.changed':
    'This node serves another policy than the one that this browser has kept since {date}. Proofs are still checked with the one that was kept. Ask an institution that you know why it changed before you accept the other.',
  'policy.accept': 'Accept the other policy',
  'policy.bad': 'That file is no policy, so nothing changed.',
  'policy.missing': 'The policy of this node has not been fetched yet.',
  'policy.log': 'Log',
  'policy.institutions': 'Institutions',
  'policy.quorum': 'Needed',

  'picture.title': 'What it was made from, and what was made from it',
  'picture.asked': 'this file',
  'picture.original': 'an original',
  'picture.edit': 'an edit',
  'picture.absent': 'not registered',
  'picture.more': '{count} more',
  'picture.ancestors': 'Pictures it was made from: {count}.',
  'picture.derivatives': 'Pictures made from it: {count}.',
  'picture.incomplete': 'There are more that are not drawn.',

  'range.told': 'Sent: {prefix} ({digits} of 64 digits). Records that begin with it: {total}.',
  'range.few.expected':
    'Digits that go out: {digits}. Records of this node that begin alike: about {count} of {total}.',
  'range.few':
    'That is fewer than {min}. Whoever runs the node could guess which photograph you have.',

  'take.title': 'Take away',
  'take.link': 'Permanent link',
  'take.copy': 'Copy the link',
  'take.copied': 'Copied',
  'take.copy.failed': 'The link could not be copied. It is: {link}',
  'take.proof': 'Proof (.tlog-proof)',
  'take.policy': 'Policy file of this node',
  'take.report': 'Report (JSON)',
  'take.certificate': 'Certificate (PDF)',
  'take.csv': 'Table of all (CSV)',
  'take.reports': 'Report of all (JSON)',
  'take.badge': 'Badge for your own page',
  'take.badge.help':
    'Paste this into the page that shows the photograph. It asks the node live, and is a plain link where scripts are off.',
  'take.badge.link': 'Birthmark record',
};

/** What the page says, in any language. */
export type Catalog = Readonly<Record<keyof typeof EN, string>>;
/** A key of a text of the page. */
export type MessageKey = keyof Catalog;
