#!/usr/bin/env node
/**
 * The `birthmark` command: from the sources in a clone, from emitted JavaScript in an installed
 * package, which has no sources.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch, NODE_FLAGS } from './launch.js';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const source = path.join(root, 'scripts', 'cli', 'main.ts');
const emitted = path.join(root, 'dist', 'scripts', 'cli', 'main.js');

const args = process.argv.slice(2);
const runsNode = args[0] === 'start' || args[0] === 'devnet';
const flags = runsNode ? NODE_FLAGS : [];
await launch(root, existsSync(source) ? source : emitted, { args, flags });
