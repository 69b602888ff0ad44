/** French. */
import type { BadgeCatalog, Catalog } from './en.ts';

/** What a badge says. */
export const FR_BADGE: BadgeCatalog = {
  registered_original: 'Enregistrée comme photographie originale',
  same_picture_data: 'Enregistrée : la même image dans un autre fichier',
  declared_edit: 'Enregistrée comme retouche d’autres images',
  registered_revoked: 'Enregistrée, puis révoquée',
  pending: 'Soumise, pas encore décidée',
  not_found: 'Aucun enregistrement trouvé',
  unknown: 'Voir ce que ce nœud sait de l’image',
  asked: '{host}, {time}',
};

/** What the page says. */
export const FR: Catalog = {
  title: 'Vérifier une photographie',
  lead: 'Découvrez si exactement ce fichier a été enregistré à sa sortie d’un appareil photo, et vérifiez vous-même la preuve.',
  language: 'Langue',
  docs: 'Comment interroger ce nœud',
  'drop.title': 'Déposez des photographies ici',
  'drop.choose': 'Choisir des fichiers',
  'drop.or':
    'Vous pouvez aussi coller des fichiers, ou leurs empreintes, n’importe où sur cette page.',
  'hash.label': 'Empreinte d’un fichier (SHA-256)',
  'hash.add': 'Chercher',
  'hash.none':
    'Il n’y a pas d’empreinte là-dedans. Un SHA-256 compte 64 chiffres : de 0 à 9 et les lettres de a à f.',
  privacy:
    'Aucun octet d’un fichier ne quitte cet appareil. Votre navigateur calcule une empreinte de chaque fichier, et rien d’autre que l’empreinte n’est envoyé, à {host}.',
  offline: 'Une fois cette page chargée, les empreintes se calculent aussi sans réseau.',
  'private.label': 'Demander sans dire de quelle photographie il s’agit',
  'private.help':
    'Seuls les premiers chiffres d’une empreinte sont envoyés. Le nœud répond par tous les enregistrements qui commencent ainsi, et la comparaison se fait ici.',
  limit: 'Cette page tient {count} fichiers à la fois ; les autres ont été laissés de côté.',
  results: 'Résultats',
  'total.files': 'Fichiers : {done} sur {count}',
  'total.bytes': '{done} sur {total}',
  'total.summary':
    'Enregistrées : {registered} · enregistrées comme retouches : {edits} · aucun enregistrement trouvé : {absent} · autres : {others}',
  'total.unconfirmed': 'non confirmées par une preuve : {count}',
  'total.done': 'Toutes ont une réponse.',
  'total.progress': 'Empreintes de tous les fichiers',
  'file.progress': 'Empreinte de {name}',
  clear: 'Tout retirer',
  remove: 'Retirer de cette liste',
  again: 'Demander à nouveau',
  'stage.waiting': 'En attente',
  'stage.hashing': 'Calcul de l’empreinte',
  'stage.asking': 'Question au nœud',
  'stage.unreadable': 'Ce fichier ne peut pas être lu',
  'stage.unreadable.help':
    'C’est peut-être un dossier, ou il a changé ou disparu entre-temps. Choisissez-le encore une fois.',
  'stage.unasked': 'Le nœud n’a pas pu être interrogé',
  'stage.unasked.help':
    'L’empreinte est calculée. On ne sait rien de la photographie tant que le nœud n’a pas répondu.',
  stale: 'Cette fois, le nœud n’a pas répondu. Ce qui est montré est sa réponse du {time}.',
  'verdict.registered_original': 'Enregistrée comme photographie originale',
  'verdict.same_picture_data': 'Enregistrée : la même image dans un autre fichier',
  'verdict.declared_edit': 'Enregistrée comme retouche',
  'verdict.registered_revoked': 'Enregistrée, puis révoquée',
  'verdict.pending': 'Soumise, pas encore décidée',
  'verdict.not_found': 'Aucun enregistrement trouvé',
  'verdict.unnamed': 'Il existe un enregistrement de cette empreinte',
  'headline.unproved': 'Le nœud dit : {verdict}',
  'headline.unconfirmed': 'La réponse du nœud n’a pas pu être confirmée',
  'headline.contradicted': 'La réponse du nœud contredit sa preuve',
  'statement.registered_original':
    'Une photographie d’exactement ces octets a été enregistrée comme originale. Ce qui a été vérifié, par qui, et ce qui ne l’a pas été, est dit à côté.',
  'statement.same_picture_data':
    'L’image de ce fichier a été enregistrée avec un autre fichier : les données de l’image sont les mêmes, les octets autour ne le sont pas.',
  'statement.declared_edit':
    'Une image d’exactement ces octets a été enregistrée comme retouche d’autres images, qu’elle nomme ; ce n’est pas un original.',
  'statement.registered_revoked':
    'Une photographie d’exactement ces octets a été enregistrée, et son appareil ou l’autorité de son fabricant a été révoqué.',
  'statement.pending':
    'Un appareil a soumis cette empreinte à ce nœud, et elle n’est pas encore décidée. Demandez à nouveau dans quelques secondes.',
  'statement.not_found':
    'Aucun enregistrement de cette empreinte n’est connu. Cela ne dit rien de l’authenticité : la plupart des photographies ne sont jamais enregistrées, et une copie sauvegardée, redimensionnée ou recompressée a une autre empreinte.',
  'statement.unnamed':
    'Le nœud a un enregistrement de cette empreinte. S’il s’agit d’un original ou d’une retouche, de qui et depuis quand, il ne le dit qu’à celui qui demande celle-ci.',
  'statement.unconfirmed':
    'Le nœud a répondu : « {verdict} ». Ce qu’il a envoyé comme preuve ne le montre pas, la réponse n’a donc pas pu être confirmée. Cela ne dit rien de la photographie.',
  'statement.contradicted':
    'Le nœud a répondu : « {verdict} ». La preuve qu’il a envoyée dit autre chose. Cela ne dit rien de la photographie : quelque chose ne va pas dans ce que ce nœud envoie.',
  'revoked.word':
    'La révocation est la parole du nœud : une preuve montre ce qui était vrai quand elle a été faite.',
  'details.ask': 'Demander les détails (cela révèle l’empreinte au nœud)',
  'absent.title': 'Ce que vous pouvez faire',
  'absent.copy':
    'Demandez le fichier tel qu’il est sorti de l’appareil. Les messageries et les réseaux sociaux créent de nouveaux fichiers, et chacun a une autre empreinte.',
  'absent.later':
    'Demandez plus tard : un appareil peut enregistrer une photographie longtemps après la prise de vue.',
  'absent.others':
    'Jugez la photographie par d’autres moyens, comme toute autre qu’aucun appareil n’a enregistrée.',
  'fact.sha256': 'Empreinte (SHA-256)',
  'fact.kind': 'Enregistrée par',
  'kind.camera': 'un appareil photo',
  'kind.legacy': 'un appareil photo avec l’ancienne forme',
  'kind.edit': 'une retouche qui nomme ce dont elle est faite',
  'fact.authority': 'Fabricant',
  'authority.none': 'non publié',
  'fact.block_time': 'Connue du réseau depuis',
  'fact.timestamp': 'Heure de l’horloge de l’appareil',
  'timestamp.claim': 'affirmée par l’appareil, vérifiée par personne',
  'fact.window': 'Entre les deux',
  'window.ahead': 'l’horloge de l’appareil avançait : {duration}',
  'fact.camera_signature': 'Signature de l’appareil',
  'signature.v1': 'forme v1',
  'signature.v1n': 'forme v1n',
  'signature.v2': 'forme v2',
  'signature.not_checkable': 'ne peut pas être vérifiée par d’autres',
  'fact.aggregator': 'Soumise par',
  'fact.block_height': 'Bloc',
  'fact.parents': 'Faite à partir de',
  'fact.derivatives': 'Retouches déclarées',
  'fact.also': 'Enregistrée à nouveau, plus tard',
  'fact.image_hash': 'Empreinte enregistrée',
  'fact.verdict': 'Verdict',
  'fact.authority_check': 'Qui répond de la réponse du fabricant',
  'fact.tx_hash': 'Lot',
  'fact.log_index': 'Place dans le journal',
  as_of: 'Le nœud a regardé jusqu’au bloc {height}, du {time}.',
  seconds_after_1970: '{seconds} s après 1970',
  'section.facts': 'Ce qui est enregistré',
  'section.answered': 'Ce que le nœud a répondu',
  'section.checked': 'Ce qui a été vérifié, et par qui',
  'section.not_checked': 'Ce que cela ne montre pas',
  'node.word': 'parole du nœud',
  'proof.word': 'la preuve',
  'checked.issuer':
    'Chaque validateur qui a voté pour le bloc a vérifié que le certificat de l’appareil a été signé par une clé de fabricant inscrite au registre de la chaîne, et que ses dates admettent la photographie.',
  'checked.v1':
    'Chaque validateur qui a voté pour le bloc a vérifié que l’appareil a signé l’empreinte de l’image et l’horodatage (forme v1).',
  'checked.v1n':
    'Chaque validateur qui a voté pour le bloc a vérifié que l’appareil a signé l’empreinte de l’image, son certificat et l’horodatage (forme v1n).',
  'checked.v2':
    'Chaque validateur qui a voté pour le bloc a vérifié que l’appareil a signé tous les champs de l’enregistrement pour cette chaîne (forme v2).',
  'checked.reported':
    'L’agrégateur a interrogé l’autorité du fabricant, qui a reconnu l’appareil ; cette réponse est la parole de l’agrégateur.',
  'checked.signed':
    'Chaque validateur qui a voté pour le bloc a vérifié que l’autorité du fabricant a signé sa réponse qui reconnaît l’appareil.',
  'not_checked.legacy':
    'La signature de l’appareil : l’ancienne forme ne peut être vérifiée que par le fabricant.',
  'not_checked.edit':
    'Ce qui a changé entre les images de départ et celle-ci, et si celles-là sont enregistrées.',
  'not_checked.scene':
    'Ce que montre l’image : un appareil peut être pointé vers un écran, un tirage ou une scène préparée.',
  'not_checked.time':
    'L’heure de la prise de vue : c’est celle de l’horloge de l’appareil. Le réseau sait seulement que l’empreinte existait à l’heure du bloc.',
  'not_checked.word':
    'Cette réponse est la parole du nœud qui l’a donnée ; la preuve peut être vérifiée sans croire le nœud.',
  'check.title': 'La preuve, vérifiée dans ce navigateur',
  'check.running': 'Obtention et vérification de la preuve',
  'check.passed': 'La preuve tient. Étapes réussies : {count} sur {count}.',
  'check.failed': 'La preuve ne tient pas. Elle s’arrête à l’étape « {step} ».',
  'check.failed.help':
    'Cela ne dit rien de la photographie. Cela dit que ce que ce nœud a envoyé ne montre pas ce qu’il a répondu : demandez à une autre institution du réseau, et prévenez celle-ci.',
  'check.contradicted': 'La preuve dit autre chose que la réponse du nœud.',
  'check.absent': 'Le nœud n’a pas encore donné de preuve.',
  'check.mismatch':
    'La réponse de ce nœud et la preuve disent des choses différentes sur : {fields}. Fiez-vous à la preuve, et demandez à une autre institution du réseau.',
  'check.agrees':
    'Ce que le nœud a répondu est ce que dit la preuve. Ce qui est marqué comme parole du nœud n’est dans aucune preuve.',
  'check.cosigners': 'Institutions qui ont cosigné',
  'check.cosigners.few': 'Institutions qui ont bien cosigné',
  'check.cosigners.none': 'Aucune des institutions que nomme la politique n’a cosigné.',
  'check.nobody': 'La politique ne demande la cosignature de personne.',
  'check.steps': 'Chaque étape',
  'outcome.passed': 'réussie',
  'outcome.failed': 'non réussie',
  'outcome.skipped': 'laissée de côté',
  'outcome.not_reached': 'non atteinte',
  'step.file': 'Empreinte',
  'step.file.help': 'Le SHA-256 du fichier, calculé ici.',
  'step.proof': 'Preuve',
  'step.proof.help': 'La preuve que le nœud a envoyée peut être lue.',
  'step.policy': 'Politique',
  'step.policy.help': 'La liste des institutions dont les signatures comptent peut être lue.',
  'step.entry': 'Enregistrement',
  'step.entry.help': 'La preuve porte un enregistrement, et c’est celui de cette empreinte.',
  'step.path': 'Place dans le journal',
  'step.path.help': 'L’enregistrement mène, empreinte par empreinte, à la tête du journal public.',
  'step.log': 'Signature du journal',
  'step.log.help': 'Le journal que nomme la politique a signé cette tête.',
  'step.cosigners': 'Cosignatures',
  'step.cosigners.help': 'Les signatures des institutions sur cette tête sont bonnes.',
  'step.quorum': 'Assez d’institutions',
  'step.quorum.help': 'Autant d’institutions ont signé que la politique en demande.',
  'policy.title': 'Quelles signatures comptent',
  'policy.node':
    'La politique est venue de ce nœud lui-même, {host}, et ce navigateur la garde depuis le {date}. Une vérification avec elle montre que réponse, preuve et politique vont ensemble, et que la politique n’a pas changé depuis. Elle ne montre pas que les institutions sont celles que leurs noms disent.',
  'policy.reader':
    'Les preuves sont vérifiées avec votre propre fichier, {name}. Ce que ce nœud dit de qui croire n’importe pas.',
  'policy.advice':
    'Pour ne croire personne entre les deux, obtenez le fichier de politique d’une institution que vous connaissez, par une autre voie que cette page, et choisissez-le ici.',
  'policy.choose': 'Utiliser votre propre fichier de politique',
  'policy.forget': 'Utiliser à nouveau la politique de ce nœud',
  'policy.changed':
    'Ce nœud sert une autre politique que celle que ce navigateur garde depuis le {date}. Les preuves sont toujours vérifiées avec celle qui a été gardée. Demandez à une institution que vous connaissez pourquoi elle a changé avant d’accepter l’autre.',
  'policy.accept': 'Accepter l’autre politique',
  'policy.bad': 'Ce fichier n’est pas une politique, rien n’a donc changé.',
  'policy.missing': 'La politique de ce nœud n’a pas encore été obtenue.',
  'policy.log': 'Journal',
  'policy.institutions': 'Institutions',
  'policy.quorum': 'Nécessaires',
  'picture.title': 'De quoi elle est faite, et ce qui en a été fait',
  'picture.asked': 'ce fichier',
  'picture.original': 'un original',
  'picture.edit': 'une retouche',
  'picture.absent': 'non enregistrée',
  'picture.more': '{count} de plus',
  'picture.ancestors': 'Images dont elle est faite : {count}.',
  'picture.derivatives': 'Images faites à partir d’elle : {count}.',
  'picture.incomplete': 'Il y en a d’autres qui ne sont pas dessinées.',
  'range.told':
    'Envoyé : {prefix} ({digits} chiffres sur 64). Enregistrements qui commencent ainsi : {total}.',
  'range.few.expected':
    'Chiffres envoyés : {digits}. Enregistrements de ce nœud qui commencent ainsi : environ {count} sur {total}.',
  'range.few':
    'C’est moins que {min}. Celui qui gère le nœud pourrait deviner quelle photographie vous avez.',
  'take.title': 'À emporter',
  'take.link': 'Lien permanent',
  'take.copy': 'Copier le lien',
  'take.copied': 'Copié',
  'take.copy.failed': 'Le lien n’a pas pu être copié. Le voici : {link}',
  'take.proof': 'Preuve (.tlog-proof)',
  'take.policy': 'Fichier de politique de ce nœud',
  'take.report': 'Rapport (JSON)',
  'take.certificate': 'Certificat (PDF)',
  'take.csv': 'Tableau de toutes (CSV)',
  'take.reports': 'Rapport de toutes (JSON)',
  'take.badge': 'Badge pour votre propre page',
  'take.badge.help':
    'Collez ceci dans la page qui montre la photographie. Il interroge le nœud en direct, et reste un simple lien là où il n’y a pas de scripts.',
  'take.badge.link': 'Enregistrement Birthmark',
};
