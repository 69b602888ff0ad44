/** Spanish. */
import type { CertificateCatalog } from './en.ts';

/** What a certificate says. */
export const ES_CERTIFICATE: CertificateCatalog = {
  title: 'Certificado de registro',
  about: 'Lo que el registro {origin} contiene sobre una imagen, y quién lo ha firmado.',
  registered_original: 'Registrada como fotografía original',
  declared_edit: 'Registrada como edición de otras imágenes',
  statement_original:
    'Una fotografía con exactamente estos bytes se registró como original. Abajo se dice qué se comprobó, quién lo hizo y qué no demuestra esto.',
  statement_edit:
    'Una imagen con exactamente estos bytes se registró como edición de otras imágenes, que nombra; no es un original.',
  file_hash: 'SHA-256 del archivo',
  known_since: 'Conocida por la red desde',
  known_since_note: '{time}: la hora del bloque, en la que coincidió un quórum de instituciones.',
  camera_time: 'Hora que declara la cámara',
  camera_time_note: '{time}: el reloj de la propia cámara, que nadie ha comprobado.',
  edit_time: 'Hora que declara su autor',
  edit_time_note: '{time}: el reloj del dispositivo de su autor, que nadie ha comprobado.',
  registered_by: 'Registrada por',
  kind_camera: 'una cámara',
  kind_legacy: 'una cámara con el formato antiguo',
  kind_edit: 'un dispositivo que hizo una edición',
  manufacturer: 'Fabricante',
  not_published: 'no publicado',
  submitted_through: 'Enviada a través de',
  place: 'Lugar en el registro',
  place_value: 'Entrada {index} de {size}, en el bloque {height}',
  cosigned_by: 'Instituciones que cofirmaron el registro con esta entrada',
  cosigned_at: '{name}, {time}',
  quorum: 'Un quórum de ellas lo había hecho a más tardar el {time}, según sus propios relojes.',
  made_from: 'Hecha a partir de imágenes con estos SHA-256',
  checked: 'Qué se comprobó',
  checked_issuer:
    'Cada institución que votó el bloque comprobó que el certificado de la cámara está firmado por una clave de fabricante fijada en el registro de la cadena, y que sus fechas admiten la fotografía.',
  checked_v1:
    'Cada institución que votó el bloque comprobó que la cámara firmó el hash y la hora (forma v1).',
  checked_v1n:
    'Cada institución que votó el bloque comprobó que la cámara firmó el hash, su certificado y la hora (forma v1n).',
  checked_v2:
    'Cada institución que votó el bloque comprobó que la cámara firmó todos los campos del registro, para esta cadena (forma v2).',
  checked_reported:
    'La institución que la envió preguntó a la autoridad del fabricante, que aceptó la cámara; es la palabra de esa institución.',
  checked_signed:
    'Cada institución que votó el bloque comprobó que la autoridad del fabricante firmó que la cámara fue aceptada.',
  checked_log:
    'El nodo que hizo este documento comprobó la prueba adjunta: la entrada, su camino hasta la raíz del registro, y las firmas del registro y de las instituciones nombradas.',
  not_shown: 'Qué no demuestra esto',
  not_scene:
    'Que la escena sea real: una cámara puede apuntar a una pantalla, a un impreso o a una escena preparada.',
  not_when: 'Cuándo se tomó la imagen: la hora de la cámara es su propia declaración.',
  not_later: 'Lo que pasó después, como la revocación de la cámara o de su fabricante.',
  not_legacy:
    'La firma de la cámara: en el formato antiguo nadie más que el fabricante puede comprobarla.',
  not_changes:
    'Qué se cambió entre las imágenes de partida y esta, y si aquellas están registradas.',
  not_absent:
    'Nada sobre otros archivos: una copia guardada, redimensionada o recomprimida tiene otro SHA-256.',
  how: 'Cómo comprobarlo sin creer en este documento',
  how_text:
    'Este documento no está firmado; lo que cuenta va adjunto. Guarde los dos adjuntos, obtenga la política de una institución en la que confíe y no de aquí, y ejecute:',
  how_node:
    'O pregunte a cualquier nodo: el código y la dirección de arriba llevan a lo que hoy consta en uno.',
  proof_about: 'La prueba sin conexión (C2SP tlog-proof)',
  policy_about: 'La política de la red (C2SP tlog-policy)',
  code_alt: 'Código QR de la dirección {link}',
  page: 'Página {page} de {pages}',
};
