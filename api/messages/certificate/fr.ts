/** French. */
import type { CertificateCatalog } from './en.ts';

/** What a certificate says. */
export const FR_CERTIFICATE: CertificateCatalog = {
  title: 'Certificat d’enregistrement',
  about: 'Ce que le journal {origin} contient sur une image, et qui l’a signé.',
  registered_original: 'Enregistrée comme photographie originale',
  declared_edit: 'Enregistrée comme retouche d’autres images',
  statement_original:
    'Une photographie composée exactement de ces octets a été enregistrée comme originale. Ce qui a été vérifié, par qui, et ce que cela ne prouve pas est dit ci-dessous.',
  statement_edit:
    'Une image composée exactement de ces octets a été enregistrée comme retouche d’autres images, qu’elle nomme ; ce n’est pas un original.',
  file_hash: 'SHA-256 du fichier',
  known_since: 'Connue du réseau depuis',
  known_since_note:
    '{time} : l’heure du bloc, sur laquelle un quorum d’institutions s’est accordé.',
  camera_time: 'Heure déclarée par l’appareil',
  camera_time_note: '{time} : l’horloge de l’appareil lui-même, que personne n’a vérifiée.',
  edit_time: 'Heure déclarée par son auteur',
  edit_time_note: '{time} : l’horloge de l’outil de son auteur, que personne n’a vérifiée.',
  registered_by: 'Enregistrée par',
  kind_camera: 'un appareil photo',
  kind_legacy: 'un appareil photo, sous l’ancienne forme',
  kind_edit: 'un outil qui a fait une retouche',
  manufacturer: 'Fabricant',
  not_published: 'non publié',
  submitted_through: 'Soumise par',
  place: 'Place dans le journal',
  place_value: 'Entrée {index} sur {size}, dans le bloc {height}',
  cosigned_by: 'Institutions qui ont cosigné le journal avec cette entrée',
  cosigned_at: '{name}, {time}',
  quorum: 'Un quorum d’entre elles l’avait fait au plus tard le {time}, selon leurs horloges.',
  made_from: 'Faite à partir d’images de ces SHA-256',
  checked: 'Ce qui a été vérifié',
  checked_issuer:
    'Chaque institution qui a voté le bloc a vérifié que le certificat de l’appareil est signé par une clé de fabricant inscrite au registre de la chaîne, et que ses dates admettent la photographie.',
  checked_v1:
    'Chaque institution qui a voté le bloc a vérifié que l’appareil a signé l’empreinte et l’heure (forme v1).',
  checked_v1n:
    'Chaque institution qui a voté le bloc a vérifié que l’appareil a signé l’empreinte, son certificat et l’heure (forme v1n).',
  checked_v2:
    'Chaque institution qui a voté le bloc a vérifié que l’appareil a signé tous les champs de l’enregistrement, pour cette chaîne (forme v2).',
  checked_reported:
    'L’institution qui l’a soumise a interrogé l’autorité du fabricant, qui a admis l’appareil ; c’est la parole de cette institution.',
  checked_signed:
    'Chaque institution qui a voté le bloc a vérifié que l’autorité du fabricant a signé que l’appareil est admis.',
  checked_log:
    'Le nœud qui a fait ce document a vérifié la preuve jointe : l’entrée, son chemin jusqu’à la racine du journal, et les signatures du journal et des institutions nommées.',
  not_shown: 'Ce que cela ne prouve pas',
  not_scene:
    'Que la scène est réelle : un appareil peut viser un écran, un tirage ou une mise en scène.',
  not_when: 'Quand l’image a été prise : l’heure de l’appareil est sa propre déclaration.',
  not_later: 'Ce qui est venu ensuite, comme la révocation de l’appareil ou de son fabricant.',
  not_legacy:
    'La signature de l’appareil : sous l’ancienne forme, seul le fabricant peut la vérifier.',
  not_changes:
    'Ce qui a changé entre les images de départ et celle-ci, et si celles-là sont enregistrées.',
  not_absent:
    'Quoi que ce soit sur d’autres fichiers : une copie enregistrée, redimensionnée ou recomprimée a un autre SHA-256.',
  how: 'Comment le vérifier sans croire ce document',
  how_text:
    'Ce document n’est pas signé ; ce qui compte y est joint. Enregistrez les deux pièces jointes, prenez la politique auprès d’une institution en qui vous avez confiance plutôt qu’ici, et lancez :',
  how_node:
    'Ou interrogez n’importe quel nœud : le code et l’adresse en haut mènent à ce que l’un d’eux sait aujourd’hui.',
  proof_about: 'La preuve hors ligne (C2SP tlog-proof)',
  policy_about: 'La politique du réseau (C2SP tlog-policy)',
  code_alt: 'Code QR de l’adresse {link}',
  page: 'Page {page} sur {pages}',
};
