/** German. */
import type { CertificateCatalog } from './en.ts';

/** What a certificate says. */
export const DE_CERTIFICATE: CertificateCatalog = {
  title: 'Bescheinigung der Registrierung',
  about: 'Was das Log {origin} über ein Bild enthält, und wer dafür unterschrieben hat.',
  registered_original: 'Als Originalfotografie registriert',
  declared_edit: 'Als Bearbeitung anderer Bilder registriert',
  statement_original:
    'Eine Fotografie aus genau diesen Bytes wurde als Original registriert. Was geprüft wurde, von wem, und was das nicht beweist, steht darunter.',
  statement_edit:
    'Ein Bild aus genau diesen Bytes wurde als Bearbeitung anderer Bilder registriert, die es nennt; es ist kein Original.',
  file_hash: 'SHA-256 der Datei',
  known_since: 'Dem Netz bekannt seit',
  known_since_note:
    '{time}: die Zeit des Blocks, auf die sich ein Quorum von Institutionen geeinigt hat.',
  camera_time: 'Zeit nach Angabe der Kamera',
  camera_time_note: '{time}: die eigene Uhr der Kamera, die niemand geprüft hat.',
  edit_time: 'Zeit nach Angabe des Urhebers',
  edit_time_note: '{time}: die Uhr des Geräts ihres Urhebers, die niemand geprüft hat.',
  registered_by: 'Registriert von',
  kind_camera: 'einer Kamera',
  kind_legacy: 'einer Kamera in der alten Form',
  kind_edit: 'einem Gerät, das eine Bearbeitung gemacht hat',
  manufacturer: 'Hersteller',
  not_published: 'nicht veröffentlicht',
  submitted_through: 'Eingereicht über',
  place: 'Stelle im Log',
  place_value: 'Eintrag {index} von {size}, in Block {height}',
  cosigned_by: 'Institutionen, die das Log mit diesem Eintrag mitunterschrieben haben',
  cosigned_at: '{name}, {time}',
  quorum: 'Ein Quorum von ihnen hatte es nach ihren eigenen Uhren spätestens am {time} getan.',
  made_from: 'Gemacht aus Bildern mit diesen SHA-256',
  checked: 'Was geprüft wurde',
  checked_issuer:
    'Jede Institution, die für den Block gestimmt hat, hat geprüft, dass ein im Register der Kette festgelegter Schlüssel eines Herstellers das Zertifikat der Kamera unterschrieben hat und dessen Daten die Fotografie zulassen.',
  checked_v1:
    'Jede Institution, die für den Block gestimmt hat, hat geprüft, dass die Kamera den Hash und die Zeit unterschrieben hat (Form v1).',
  checked_v1n:
    'Jede Institution, die für den Block gestimmt hat, hat geprüft, dass die Kamera den Hash, ihr Zertifikat und die Zeit unterschrieben hat (Form v1n).',
  checked_v2:
    'Jede Institution, die für den Block gestimmt hat, hat geprüft, dass die Kamera alle Felder des Eintrags für diese Kette unterschrieben hat (Form v2).',
  checked_reported:
    'Die Institution, die es eingereicht hat, hat die Stelle des Herstellers gefragt, und die hat die Kamera zugelassen; das ist das Wort dieser Institution.',
  checked_signed:
    'Jede Institution, die für den Block gestimmt hat, hat geprüft, dass die Stelle des Herstellers die Zulassung der Kamera unterschrieben hat.',
  checked_log:
    'Der Knoten, der dieses Dokument gemacht hat, hat den beigefügten Beweis geprüft: den Eintrag, seinen Weg zur Wurzel des Logs, und die Unterschriften des Logs und der genannten Institutionen.',
  not_shown: 'Was das nicht beweist',
  not_scene:
    'Dass die Szene echt ist: Eine Kamera kann auf einen Bildschirm, einen Abzug oder etwas Gestelltes gerichtet sein.',
  not_when: 'Wann das Bild aufgenommen wurde: Die Uhr der Kamera ist ihre eigene Angabe.',
  not_later: 'Was später kam, etwa ein Widerruf der Kamera oder ihres Herstellers.',
  not_legacy: 'Die Unterschrift der Kamera: In der alten Form kann nur der Hersteller sie prüfen.',
  not_changes:
    'Was zwischen den Ausgangsbildern und diesem geändert wurde, und ob jene registriert sind.',
  not_absent:
    'Irgendetwas über andere Dateien: Eine gespeicherte, verkleinerte oder neu komprimierte Kopie hat eine andere SHA-256.',
  how: 'Wie man es prüft, ohne diesem Dokument zu glauben',
  how_text:
    'Dieses Dokument ist nicht unterschrieben; was zählt, ist beigefügt. Speichern Sie beide Anhänge, nehmen Sie die Policy von einer Institution, der Sie vertrauen, statt von hier, und rufen Sie auf:',
  how_node:
    'Oder fragen Sie einen beliebigen Knoten: Der Code und die Adresse oben führen zu dem, was einer heute weiß.',
  proof_about: 'Der Beweis zum Prüfen ohne Netz (C2SP tlog-proof)',
  policy_about: 'Die Policy des Netzes (C2SP tlog-policy)',
  code_alt: 'QR-Code der Adresse {link}',
  page: 'Seite {page} von {pages}',
};
