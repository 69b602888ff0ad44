/**
 * Makes the scripts and styles of the pages:
 *
 *     npm run build:web
 */
import { buildWeb } from './build.ts';

await buildWeb();
