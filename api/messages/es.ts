/** Spanish. */
import type { BadgeCatalog, Catalog } from './en.ts';

/** What a badge says. */
export const ES_BADGE: BadgeCatalog = {
  registered_original: 'Registrada como fotografía original',
  same_picture_data: 'Registrada: la misma imagen en otro archivo',
  declared_edit: 'Registrada como edición de otras imágenes',
  registered_revoked: 'Registrada, y revocada después',
  pending: 'Enviada, aún sin decidir',
  not_found: 'No se encontró ningún registro',
  unknown: 'Vea lo que este nodo sabe de la imagen',
  asked: '{host}, {time}',
};

/** What the page says. */
export const ES: Catalog = {
  title: 'Comprobar una fotografía',
  lead: 'Averigüe si exactamente este archivo quedó registrado al salir de una cámara, y compruebe usted mismo la prueba.',
  language: 'Idioma',
  docs: 'Cómo preguntar a este nodo',
  'drop.title': 'Suelte aquí las fotografías',
  'drop.choose': 'Elegir archivos',
  'drop.or': 'También puede pegar archivos, o sus huellas, en cualquier parte de esta página.',
  'hash.label': 'Huella de un archivo (SHA-256)',
  'hash.add': 'Buscar',
  'hash.none':
    'Ahí no hay ninguna huella. Un SHA-256 tiene 64 dígitos: del 0 al 9 y las letras de la a a la f.',
  privacy:
    'Ningún byte de un archivo sale de este dispositivo. Su navegador calcula una huella de cada archivo, y solo la huella se envía, a {host}.',
  offline: 'Una vez cargada esta página, las huellas se calculan también sin red.',
  'private.label': 'Preguntar sin decir por cuál fotografía',
  'private.help':
    'Solo se envían los primeros dígitos de una huella. El nodo responde con todos los registros que empiezan por ellos, y la comparación se hace aquí.',
  limit: 'Esta página admite {count} archivos a la vez; los demás se dejaron fuera.',
  results: 'Resultados',
  'total.files': 'Archivos: {done} de {count}',
  'total.bytes': '{done} de {total}',
  'total.summary':
    'Registradas: {registered} · registradas como edición: {edits} · sin registro encontrado: {absent} · otras: {others}',
  'total.unconfirmed': 'sin confirmar por una prueba: {count}',
  'total.done': 'Todas tienen respuesta.',
  'total.progress': 'Huellas de todos los archivos',
  'file.progress': 'Huella de {name}',
  clear: 'Quitar todo',
  remove: 'Quitar de esta lista',
  again: 'Preguntar de nuevo',
  'stage.waiting': 'En espera',
  'stage.hashing': 'Calculando la huella',
  'stage.asking': 'Preguntando al nodo',
  'stage.unreadable': 'No se puede leer este archivo',
  'stage.unreadable.help':
    'Puede ser una carpeta, o haber cambiado o desaparecido entretanto. Elíjalo otra vez.',
  'stage.unasked': 'No se pudo preguntar al nodo',
  'stage.unasked.help':
    'La huella está calculada. Nada se sabe de la fotografía hasta que el nodo responda.',
  stale: 'Esta vez el nodo no respondió. Lo que se muestra es su respuesta del {time}.',
  'verdict.registered_original': 'Registrada como fotografía original',
  'verdict.same_picture_data': 'Registrada: la misma imagen en otro archivo',
  'verdict.declared_edit': 'Registrada como edición',
  'verdict.registered_revoked': 'Registrada, y revocada después',
  'verdict.pending': 'Enviada, aún sin decidir',
  'verdict.not_found': 'No se encontró ningún registro',
  'verdict.unnamed': 'Existe un registro de esta huella',
  'headline.unproved': 'El nodo dice: {verdict}',
  'headline.unconfirmed': 'La respuesta del nodo no se pudo confirmar',
  'headline.contradicted': 'La respuesta del nodo contradice su prueba',
  'statement.registered_original':
    'Una fotografía con exactamente estos bytes se registró como original. Al lado se dice qué se comprobó, quién lo hizo y qué no se comprobó.',
  'statement.same_picture_data':
    'La imagen de este archivo se registró con otro archivo: los datos de la imagen son los mismos, los bytes que la rodean no.',
  'statement.declared_edit':
    'Una imagen con exactamente estos bytes se registró como edición de otras imágenes, que nombra; no es un original.',
  'statement.registered_revoked':
    'Una fotografía con exactamente estos bytes se registró, y su cámara o la autoridad de su fabricante fue revocada.',
  'statement.pending':
    'Una cámara ha enviado esta huella a este nodo y aún no está decidida. Pregunte de nuevo en unos segundos.',
  'statement.not_found':
    'No se conoce ningún registro de esta huella. Eso no dice nada sobre la autenticidad: la mayoría de las fotografías nunca se registran, y una copia guardada, redimensionada o recomprimida tiene otra huella.',
  'statement.unnamed':
    'El nodo tiene un registro de esta huella. Si es un original o una edición, de quién y desde cuándo, solo lo dice a quien pregunta por ella.',
  'statement.unconfirmed':
    'El nodo respondió: «{verdict}». Lo que envió como prueba no lo demuestra, así que la respuesta no se pudo confirmar. Eso no dice nada sobre la fotografía.',
  'statement.contradicted':
    'El nodo respondió: «{verdict}». La prueba que envió dice otra cosa. Eso no dice nada sobre la fotografía: algo falla en lo que envía este nodo.',
  'revoked.word':
    'Que fue revocada es palabra del nodo: una prueba muestra lo que era así cuando se hizo.',
  'details.ask': 'Pedir los detalles (esto revela la huella al nodo)',
  'absent.title': 'Qué puede hacer',
  'absent.copy':
    'Pida el archivo tal como salió de la cámara. Los servicios de mensajería y las redes sociales crean archivos nuevos, y cada uno tiene otra huella.',
  'absent.later':
    'Pregunte más tarde: una cámara puede registrar una fotografía mucho después de tomarla.',
  'absent.others':
    'Juzgue la fotografía por otros medios, como cualquier otra que ninguna cámara haya registrado.',
  'fact.sha256': 'Huella (SHA-256)',
  'fact.kind': 'Registrada por',
  'kind.camera': 'una cámara',
  'kind.legacy': 'una cámara con la forma antigua',
  'kind.edit': 'una edición que nombra de qué se hizo',
  'fact.authority': 'Fabricante',
  'authority.none': 'no publicado',
  'fact.block_time': 'Conocida por la red desde',
  'fact.timestamp': 'Hora según el reloj de la cámara',
  'timestamp.claim': 'lo afirma la cámara; nadie lo comprobó',
  'fact.window': 'Entre ambas',
  'window.ahead': 'el reloj de la cámara iba adelantado: {duration}',
  'fact.camera_signature': 'Firma de la cámara',
  'signature.v1': 'forma v1',
  'signature.v1n': 'forma v1n',
  'signature.v2': 'forma v2',
  'signature.not_checkable': 'no la pueden comprobar otros',
  'fact.aggregator': 'Enviada a través de',
  'fact.block_height': 'Bloque',
  'fact.parents': 'Hecha a partir de',
  'fact.derivatives': 'Ediciones declaradas de ella',
  'fact.also': 'Registrada de nuevo, más tarde',
  'fact.image_hash': 'Huella registrada',
  'fact.verdict': 'Veredicto',
  'fact.authority_check': 'Quién responde por la contestación del fabricante',
  'fact.tx_hash': 'Lote',
  'fact.log_index': 'Lugar en el registro público',
  as_of: 'El nodo miró hasta el bloque {height}, del {time}.',
  seconds_after_1970: '{seconds} s después de 1970',
  'section.facts': 'Qué está registrado',
  'section.answered': 'Qué respondió el nodo',
  'section.checked': 'Qué se comprobó, y quién lo hizo',
  'section.not_checked': 'Qué no demuestra esto',
  'node.word': 'palabra del nodo',
  'proof.word': 'la prueba',
  'checked.issuer':
    'Cada validador que votó por el bloque comprobó que el certificado de la cámara fue firmado con una clave de fabricante fijada en el registro de la cadena, y que sus fechas admiten la fotografía.',
  'checked.v1':
    'Cada validador que votó por el bloque comprobó que la cámara firmó la huella de la imagen y la marca de tiempo (forma v1).',
  'checked.v1n':
    'Cada validador que votó por el bloque comprobó que la cámara firmó la huella de la imagen, su certificado y la marca de tiempo (forma v1n).',
  'checked.v2':
    'Cada validador que votó por el bloque comprobó que la cámara firmó todos los campos del registro para esta cadena (forma v2).',
  'checked.reported':
    'El agregador preguntó a la autoridad del fabricante, que dio por buena la cámara; esa contestación es la palabra del agregador.',
  'checked.signed':
    'Cada validador que votó por el bloque comprobó que la autoridad del fabricante firmó su contestación de que la cámara es buena.',
  'not_checked.legacy':
    'La firma de la cámara: la forma antigua no la puede comprobar nadie más que el fabricante.',
  'not_checked.edit':
    'Qué se cambió entre las imágenes de partida y esta, y si aquellas están registradas.',
  'not_checked.scene':
    'Lo que muestra la imagen: una cámara puede apuntar a una pantalla, a una copia impresa o a una escena preparada.',
  'not_checked.time':
    'La hora de la toma: es la del reloj de la propia cámara. La red solo sabe que la huella existía a la hora del bloque.',
  'not_checked.word':
    'Esta respuesta es la palabra del nodo que la dio; la prueba se puede comprobar sin creer al nodo.',
  'check.title': 'La prueba, comprobada en este navegador',
  'check.running': 'Obteniendo y comprobando la prueba',
  'check.passed': 'La prueba se sostiene. Pasos superados: {count} de {count}.',
  'check.failed': 'La prueba no se sostiene. Termina en el paso «{step}».',
  'check.failed.help':
    'Eso no dice nada sobre la fotografía. Dice que lo que envió este nodo no demuestra lo que respondió: pregunte a otra institución de la red, y avise a esta.',
  'check.contradicted': 'La prueba dice otra cosa que la respuesta del nodo.',
  'check.absent': 'El nodo aún no dio ninguna prueba.',
  'check.mismatch':
    'La respuesta de este nodo y la prueba dicen cosas distintas sobre: {fields}. Confíe en la prueba y pregunte a otra institución de la red.',
  'check.agrees':
    'Lo que respondió el nodo es lo que dice la prueba. Lo que está marcado como palabra del nodo no está en ninguna prueba.',
  'check.cosigners': 'Instituciones que refrendaron',
  'check.cosigners.few': 'Instituciones que sí refrendaron',
  'check.cosigners.none': 'No refrendó ninguna de las instituciones que nombra la política.',
  'check.nobody': 'La política no pide el refrendo de nadie.',
  'check.steps': 'Cada paso',
  'outcome.passed': 'superado',
  'outcome.failed': 'no superado',
  'outcome.skipped': 'omitido',
  'outcome.not_reached': 'no alcanzado',
  'step.file': 'Huella',
  'step.file.help': 'El SHA-256 del archivo, calculado aquí.',
  'step.proof': 'Prueba',
  'step.proof.help': 'La prueba que envió el nodo se puede leer.',
  'step.policy': 'Política',
  'step.policy.help': 'La lista de instituciones cuyas firmas cuentan se puede leer.',
  'step.entry': 'Registro',
  'step.entry.help': 'La prueba lleva un registro, y es el de esta huella.',
  'step.path': 'Lugar en el registro público',
  'step.path.help': 'El registro conduce, huella a huella, a la cabeza del registro público.',
  'step.log': 'Firma del registro público',
  'step.log.help': 'El registro público que nombra la política firmó esta cabeza.',
  'step.cosigners': 'Refrendos',
  'step.cosigners.help': 'Las firmas de las instituciones sobre esta cabeza son válidas.',
  'step.quorum': 'Suficientes instituciones',
  'step.quorum.help': 'Firmaron tantas instituciones como pide la política.',
  'policy.title': 'Qué firmas cuentan',
  'policy.node':
    'La política vino de este mismo nodo, {host}, y este navegador la guarda desde el {date}. Una comprobación con ella muestra que respuesta, prueba y política concuerdan, y que la política no ha cambiado desde entonces. No muestra que las instituciones sean quienes dicen sus nombres.',
  'policy.reader':
    'Las pruebas se comprueban con su propio archivo, {name}. Lo que este nodo diga sobre a quién creer no importa.',
  'policy.advice':
    'Para no tener que creer a nadie en medio, obtenga el archivo de política de una institución que conozca, por otra vía que esta página, y elíjalo aquí.',
  'policy.choose': 'Usar un archivo de política propio',
  'policy.forget': 'Volver a usar la política de este nodo',
  'policy.changed':
    'Este nodo sirve otra política que la que este navegador guarda desde el {date}. Las pruebas se siguen comprobando con la guardada. Pregunte a una institución que conozca por qué cambió antes de aceptar la otra.',
  'policy.accept': 'Aceptar la otra política',
  'policy.bad': 'Ese archivo no es una política, así que nada cambió.',
  'policy.missing': 'La política de este nodo aún no se ha obtenido.',
  'policy.log': 'Registro público',
  'policy.institutions': 'Instituciones',
  'policy.quorum': 'Necesarias',
  'picture.title': 'Qué se usó para hacerla, y qué se hizo con ella',
  'picture.asked': 'este archivo',
  'picture.original': 'un original',
  'picture.edit': 'una edición',
  'picture.absent': 'sin registro',
  'picture.more': '{count} más',
  'picture.ancestors': 'Imágenes de las que se hizo: {count}.',
  'picture.derivatives': 'Imágenes hechas con ella: {count}.',
  'picture.incomplete': 'Hay más que no se dibujan.',
  'range.told': 'Enviado: {prefix} ({digits} de 64 dígitos). Registros que empiezan así: {total}.',
  'range.few.expected':
    'Dígitos que se envían: {digits}. Registros de este nodo que empiezan igual: unos {count} de {total}.',
  'range.few':
    'Son menos de {min}. Quien gestiona el nodo podría adivinar qué fotografía tiene usted.',
  'take.title': 'Para llevar',
  'take.link': 'Enlace permanente',
  'take.copy': 'Copiar el enlace',
  'take.copied': 'Copiado',
  'take.copy.failed': 'No se pudo copiar el enlace. Es: {link}',
  'take.proof': 'Prueba (.tlog-proof)',
  'take.policy': 'Archivo de política de este nodo',
  'take.report': 'Informe (JSON)',
  'take.certificate': 'Certificado (PDF)',
  'take.csv': 'Tabla de todas (CSV)',
  'take.reports': 'Informe de todas (JSON)',
  'take.badge': 'Distintivo para su propia página',
  'take.badge.help':
    'Pegue esto en la página que muestra la fotografía. Pregunta al nodo en vivo, y es un simple enlace donde no hay scripts.',
  'take.badge.link': 'Registro Birthmark',
};
