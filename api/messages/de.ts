/** German. */
import type { BadgeCatalog, Catalog } from './en.ts';

/** What a badge says. */
export const DE_BADGE: BadgeCatalog = {
  registered_original: 'Als Originalfotografie registriert',
  same_picture_data: 'Registriert: dasselbe Bild in einer anderen Datei',
  declared_edit: 'Als Bearbeitung anderer Bilder registriert',
  registered_revoked: 'Registriert und später widerrufen',
  pending: 'Eingereicht, noch nicht entschieden',
  not_found: 'Keine Registrierung gefunden',
  unknown: 'Ansehen, was dieser Knoten über das Bild weiß',
  asked: '{host}, {time}',
};

/** What the page says. */
export const DE: Catalog = {
  title: 'Eine Fotografie prüfen',
  lead: 'Finden Sie heraus, ob genau diese Datei registriert wurde, als sie eine Kamera verließ, und prüfen Sie den Beweis selbst.',
  language: 'Sprache',
  docs: 'Wie man diesen Knoten fragt',
  'drop.title': 'Fotografien hier ablegen',
  'drop.choose': 'Dateien wählen',
  'drop.or':
    'Sie können Dateien oder ihre Fingerabdrücke auch an jeder Stelle dieser Seite einfügen.',
  'hash.label': 'Fingerabdruck einer Datei (SHA-256)',
  'hash.add': 'Nachschlagen',
  'hash.none':
    'Darin ist kein Fingerabdruck. Ein SHA-256 hat 64 Stellen: 0 bis 9 und die Buchstaben a bis f.',
  privacy:
    'Kein Byte einer Datei verlässt dieses Gerät. Ihr Browser berechnet von jeder Datei einen Fingerabdruck, und nichts als der Fingerabdruck wird gesendet, an {host}.',
  offline: 'Ist diese Seite einmal geladen, werden Fingerabdrücke auch ohne Netz berechnet.',
  'private.label': 'Fragen, ohne zu verraten, um welche Fotografie es geht',
  'private.help':
    'Nur die ersten Stellen eines Fingerabdrucks werden gesendet. Der Knoten antwortet mit allen Einträgen, die so beginnen, und verglichen wird hier.',
  limit: 'Diese Seite fasst {count} Dateien auf einmal; die übrigen wurden ausgelassen.',
  results: 'Ergebnisse',
  'total.files': 'Dateien: {done} von {count}',
  'total.bytes': '{done} von {total}',
  'total.summary':
    'Registriert: {registered} · als Bearbeitung registriert: {edits} · keine Registrierung gefunden: {absent} · andere: {others}',
  'total.unconfirmed': 'durch keinen Beweis bestätigt: {count}',
  'total.done': 'Alle sind beantwortet.',
  'total.progress': 'Fingerabdrücke aller Dateien',
  'file.progress': 'Fingerabdruck von {name}',
  clear: 'Alle entfernen',
  remove: 'Aus dieser Liste entfernen',
  again: 'Noch einmal fragen',
  'stage.waiting': 'Wartet',
  'stage.hashing': 'Der Fingerabdruck wird berechnet',
  'stage.asking': 'Der Knoten wird gefragt',
  'stage.unreadable': 'Diese Datei kann nicht gelesen werden',
  'stage.unreadable.help':
    'Vielleicht ist sie ein Ordner, oder sie wurde inzwischen geändert oder entfernt. Wählen Sie sie noch einmal.',
  'stage.unasked': 'Der Knoten konnte nicht gefragt werden',
  'stage.unasked.help':
    'Der Fingerabdruck ist berechnet. Über die Fotografie ist nichts bekannt, bis der Knoten antwortet.',
  stale: 'Der Knoten hat diesmal nicht geantwortet. Gezeigt wird seine Antwort vom {time}.',
  'verdict.registered_original': 'Als Originalfotografie registriert',
  'verdict.same_picture_data': 'Registriert: dasselbe Bild in einer anderen Datei',
  'verdict.declared_edit': 'Als Bearbeitung registriert',
  'verdict.registered_revoked': 'Registriert und später widerrufen',
  'verdict.pending': 'Eingereicht, noch nicht entschieden',
  'verdict.not_found': 'Keine Registrierung gefunden',
  'verdict.unnamed': 'Zu diesem Fingerabdruck gibt es einen Eintrag',
  'headline.unproved': 'Der Knoten sagt: {verdict}',
  'headline.unconfirmed': 'Die Antwort des Knotens ließ sich nicht bestätigen',
  'headline.contradicted': 'Die Antwort des Knotens widerspricht seinem Beweis',
  'statement.registered_original':
    'Eine Fotografie mit genau diesen Bytes wurde als Original registriert. Was von wem geprüft wurde, und was nicht, steht daneben.',
  'statement.same_picture_data':
    'Das Bild in dieser Datei wurde mit einer anderen Datei registriert: die Bilddaten sind dieselben, die Bytes um sie herum nicht.',
  'statement.declared_edit':
    'Ein Bild mit genau diesen Bytes wurde als Bearbeitung anderer Bilder registriert, die es nennt; es ist kein Original.',
  'statement.registered_revoked':
    'Eine Fotografie mit genau diesen Bytes wurde registriert, und ihre Kamera oder die Stelle ihres Herstellers wurde widerrufen.',
  'statement.pending':
    'Eine Kamera hat diesen Fingerabdruck bei diesem Knoten eingereicht, und er ist noch nicht entschieden. Fragen Sie in einigen Sekunden noch einmal.',
  'statement.not_found':
    'Zu diesem Fingerabdruck ist keine Registrierung bekannt. Das sagt nichts über die Echtheit: die meisten Fotografien werden nie registriert, und eine gespeicherte, verkleinerte oder neu komprimierte Kopie hat einen anderen Fingerabdruck.',
  'statement.unnamed':
    'Der Knoten hat einen Eintrag zu diesem Fingerabdruck. Ob es ein Original oder eine Bearbeitung ist, von wem und seit wann, sagt er nur, wenn man nach genau diesem fragt.',
  'statement.unconfirmed':
    'Der Knoten hat geantwortet: „{verdict}“. Was er als Beweis gesendet hat, zeigt das nicht; die Antwort ließ sich also nicht bestätigen. Das sagt nichts über die Fotografie.',
  'statement.contradicted':
    'Der Knoten hat geantwortet: „{verdict}“. Der Beweis, den er gesendet hat, sagt etwas anderes. Das sagt nichts über die Fotografie: mit dem, was dieser Knoten sendet, stimmt etwas nicht.',
  'revoked.word':
    'Dass sie widerrufen wurde, ist das Wort des Knotens: ein Beweis zeigt, was galt, als er gemacht wurde.',
  'details.ask': 'Nach den Einzelheiten fragen (das verrät dem Knoten den Fingerabdruck)',
  'absent.title': 'Was Sie tun können',
  'absent.copy':
    'Bitten Sie um die Datei, wie sie aus der Kamera kam. Nachrichtendienste und soziale Netze erzeugen neue Dateien, und jede hat einen anderen Fingerabdruck.',
  'absent.later':
    'Fragen Sie später noch einmal: eine Kamera kann eine Fotografie lange nach der Aufnahme registrieren.',
  'absent.others':
    'Beurteilen Sie die Fotografie mit anderen Mitteln, wie jede, die keine Kamera registriert hat.',
  'fact.sha256': 'Fingerabdruck (SHA-256)',
  'fact.kind': 'Registriert von',
  'kind.camera': 'einer Kamera',
  'kind.legacy': 'einer Kamera mit der alten Form',
  'kind.edit': 'einer Bearbeitung, die nennt, woraus sie gemacht wurde',
  'fact.authority': 'Hersteller',
  'authority.none': 'nicht veröffentlicht',
  'fact.block_time': 'Dem Netz bekannt seit',
  'fact.timestamp': 'Zeit nach der Uhr der Kamera',
  'timestamp.claim': 'die Angabe der Kamera, die niemand geprüft hat',
  'fact.window': 'Dazwischen',
  'window.ahead': 'die Uhr der Kamera ging vor: {duration}',
  'fact.camera_signature': 'Unterschrift der Kamera',
  'signature.v1': 'Form v1',
  'signature.v1n': 'Form v1n',
  'signature.v2': 'Form v2',
  'signature.not_checkable': 'kann von anderen nicht geprüft werden',
  'fact.aggregator': 'Eingereicht über',
  'fact.block_height': 'Block',
  'fact.parents': 'Gemacht aus',
  'fact.derivatives': 'Erklärte Bearbeitungen davon',
  'fact.also': 'Später noch einmal registriert',
  'fact.image_hash': 'Registrierter Fingerabdruck',
  'fact.verdict': 'Befund',
  'fact.authority_check': 'Wer für die Antwort des Herstellers bürgt',
  'fact.tx_hash': 'Stapel',
  'fact.log_index': 'Platz im Protokoll',
  as_of: 'Der Knoten hat bis zu Block {height} nachgesehen, vom {time}.',
  seconds_after_1970: '{seconds} s nach 1970',
  'section.facts': 'Was registriert ist',
  'section.answered': 'Was der Knoten geantwortet hat',
  'section.checked': 'Was geprüft wurde, und von wem',
  'section.not_checked': 'Was dies nicht zeigt',
  'node.word': 'Wort des Knotens',
  'proof.word': 'der Beweis',
  'checked.issuer':
    'Jeder Validator, der für den Block gestimmt hat, hat geprüft, dass das Zertifikat der Kamera mit einem Herstellerschlüssel unterschrieben ist, der im Register der Kette festgehalten ist, und dass seine Daten zur Fotografie passen.',
  'checked.v1':
    'Jeder Validator, der für den Block gestimmt hat, hat geprüft, dass die Kamera den Fingerabdruck des Bildes und die Zeitangabe unterschrieben hat (Form v1).',
  'checked.v1n':
    'Jeder Validator, der für den Block gestimmt hat, hat geprüft, dass die Kamera den Fingerabdruck des Bildes, ihr Zertifikat und die Zeitangabe unterschrieben hat (Form v1n).',
  'checked.v2':
    'Jeder Validator, der für den Block gestimmt hat, hat geprüft, dass die Kamera alle Felder des Eintrags für diese Kette unterschrieben hat (Form v2).',
  'checked.reported':
    'Der Aggregator hat die Stelle des Herstellers gefragt, die die Kamera anerkannt hat; diese Antwort ist das Wort des Aggregators.',
  'checked.signed':
    'Jeder Validator, der für den Block gestimmt hat, hat geprüft, dass die Stelle des Herstellers ihre Antwort, mit der sie die Kamera anerkennt, unterschrieben hat.',
  'not_checked.legacy':
    'Die Unterschrift der Kamera: die alte Form kann niemand außer dem Hersteller prüfen.',
  'not_checked.edit':
    'Was zwischen den Ausgangsbildern und diesem geändert wurde, und ob jene registriert sind.',
  'not_checked.scene':
    'Was das Bild zeigt: eine Kamera kann auf einen Bildschirm, einen Abzug oder eine gestellte Szene gerichtet werden.',
  'not_checked.time':
    'Die Zeit der Aufnahme: sie kommt von der Uhr der Kamera. Das Netz weiß nur, dass es den Fingerabdruck zur Zeit des Blocks gab.',
  'not_checked.word':
    'Diese Antwort ist das Wort des Knotens, der sie gab; der Beweis lässt sich prüfen, ohne dem Knoten zu glauben.',
  'check.title': 'Der Beweis, in diesem Browser geprüft',
  'check.running': 'Der Beweis wird geholt und geprüft',
  'check.passed': 'Der Beweis hält. Bestandene Schritte: {count} von {count}.',
  'check.failed': 'Der Beweis hält nicht. Er endet beim Schritt „{step}“.',
  'check.failed.help':
    'Das sagt nichts über die Fotografie. Es sagt, dass das, was dieser Knoten gesendet hat, nicht zeigt, was er geantwortet hat: fragen Sie eine andere Institution des Netzes, und sagen Sie es dieser.',
  'check.contradicted': 'Der Beweis sagt etwas anderes, als der Knoten geantwortet hat.',
  'check.absent': 'Der Knoten hat noch keinen Beweis gegeben.',
  'check.mismatch':
    'Die Antwort dieses Knotens und der Beweis sagen Verschiedenes über: {fields}. Verlassen Sie sich auf den Beweis, und fragen Sie eine andere Institution des Netzes.',
  'check.agrees':
    'Was der Knoten geantwortet hat, ist, was der Beweis sagt. Was als Wort des Knotens gekennzeichnet ist, steht in keinem Beweis.',
  'check.cosigners': 'Institutionen, die mitunterschrieben haben',
  'check.cosigners.few': 'Institutionen, die immerhin mitunterschrieben haben',
  'check.cosigners.none':
    'Keine der Institutionen, die die Richtlinie nennt, hat mitunterschrieben.',
  'check.nobody': 'Die Richtlinie verlangt niemandes Unterschrift.',
  'check.steps': 'Jeder Schritt',
  'outcome.passed': 'bestanden',
  'outcome.failed': 'nicht bestanden',
  'outcome.skipped': 'ausgelassen',
  'outcome.not_reached': 'nicht erreicht',
  'step.file': 'Fingerabdruck',
  'step.file.help': 'Der SHA-256 der Datei, hier berechnet.',
  'step.proof': 'Beweis',
  'step.proof.help': 'Der Beweis, den der Knoten gesendet hat, ist lesbar.',
  'step.policy': 'Richtlinie',
  'step.policy.help': 'Die Liste der Institutionen, deren Unterschriften zählen, ist lesbar.',
  'step.entry': 'Eintrag',
  'step.entry.help': 'Der Beweis enthält einen Eintrag, und es ist der zu diesem Fingerabdruck.',
  'step.path': 'Platz im Protokoll',
  'step.path.help': 'Der Eintrag führt, Hash für Hash, zum Kopf des öffentlichen Protokolls.',
  'step.log': 'Unterschrift des Protokolls',
  'step.log.help': 'Das Protokoll, das die Richtlinie nennt, hat diesen Kopf unterschrieben.',
  'step.cosigners': 'Mitunterschriften',
  'step.cosigners.help': 'Die Unterschriften der Institutionen unter diesem Kopf sind gültig.',
  'step.quorum': 'Genug Institutionen',
  'step.quorum.help': 'So viele Institutionen haben unterschrieben, wie die Richtlinie verlangt.',
  'policy.title': 'Wessen Unterschriften zählen',
  'policy.node':
    'Die Richtlinie kam von diesem Knoten selbst, {host}, und dieser Browser bewahrt sie seit dem {date} auf. Eine Prüfung mit ihr zeigt, dass Antwort, Beweis und Richtlinie zusammenpassen und dass die Richtlinie seitdem dieselbe ist. Sie zeigt nicht, dass die Institutionen die sind, deren Namen sie tragen.',
  'policy.reader':
    'Beweise werden mit Ihrer eigenen Datei geprüft, {name}. Was dieser Knoten darüber sagt, wem zu glauben ist, spielt keine Rolle.',
  'policy.advice':
    'Um niemandem dazwischen zu glauben, holen Sie die Datei der Richtlinie von einer Institution, die Sie kennen, auf einem anderen Weg als über diese Seite, und wählen Sie sie hier.',
  'policy.choose': 'Eine eigene Richtlinie verwenden',
  'policy.forget': 'Wieder die Richtlinie dieses Knotens verwenden',
  'policy.changed':
    'Dieser Knoten gibt eine andere Richtlinie aus als die, die dieser Browser seit dem {date} aufbewahrt. Beweise werden weiter mit der aufbewahrten geprüft. Fragen Sie eine Institution, die Sie kennen, warum sie anders ist, bevor Sie die andere annehmen.',
  'policy.accept': 'Die andere Richtlinie annehmen',
  'policy.bad': 'Diese Datei ist keine Richtlinie, also hat sich nichts geändert.',
  'policy.missing': 'Die Richtlinie dieses Knotens ist noch nicht geholt.',
  'policy.log': 'Protokoll',
  'policy.institutions': 'Institutionen',
  'policy.quorum': 'Nötig',
  'picture.title': 'Woraus es gemacht wurde, und was daraus gemacht wurde',
  'picture.asked': 'diese Datei',
  'picture.original': 'ein Original',
  'picture.edit': 'Bearbeitung',
  'picture.absent': 'nicht registriert',
  'picture.more': '{count} weitere',
  'picture.ancestors': 'Bilder, aus denen es gemacht wurde: {count}.',
  'picture.derivatives': 'Bilder, die daraus gemacht wurden: {count}.',
  'picture.incomplete': 'Es gibt weitere, die nicht gezeichnet sind.',
  'range.told': 'Gesendet: {prefix} ({digits} von 64 Stellen). Einträge, die so beginnen: {total}.',
  'range.few.expected':
    'Stellen, die gesendet werden: {digits}. Einträge dieses Knotens, die gleich beginnen: etwa {count} von {total}.',
  'range.few':
    'Das sind weniger als {min}. Wer den Knoten betreibt, könnte erraten, welche Fotografie Sie haben.',
  'take.title': 'Mitnehmen',
  'take.link': 'Dauerhafter Link',
  'take.copy': 'Link kopieren',
  'take.copied': 'Kopiert',
  'take.copy.failed': 'Der Link konnte nicht kopiert werden. Er lautet: {link}',
  'take.proof': 'Beweis (.tlog-proof)',
  'take.policy': 'Richtlinie dieses Knotens als Datei',
  'take.report': 'Bericht (JSON)',
  'take.certificate': 'Urkunde (PDF)',
  'take.csv': 'Tabelle von allen (CSV)',
  'take.reports': 'Bericht über alle (JSON)',
  'take.badge': 'Plakette für Ihre eigene Seite',
  'take.badge.help':
    'Fügen Sie dies in die Seite ein, die die Fotografie zeigt. Es fragt den Knoten jedes Mal neu und ist ein einfacher Link, wo keine Skripte laufen.',
  'take.badge.link': 'Birthmark-Eintrag',
};
