#!/usr/bin/env node
/**
 * The `birthmark` command: from the sources in a clone, from emitted JavaScript in an installed
 * package, which has no sources.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch, LOG_FLAGS, NODE_FLAGS } from './launch.js';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const source = path.join(root, 'scripts', 'cli', 'main.ts');
const emitted = path.join(root, 'dist', 'scripts', 'cli', 'main.js');

const args = process.argv.slice(2);
/** @type {Readonly<Record<string, readonly string[]>>} */
const FLAGS = { start: NODE_FLAGS, devnet: NODE_FLAGS, log: LOG_FLAGS, monitor: LOG_FLAGS };
const flags = FLAGS[args[0] ?? ''] ?? [];
await launch(root, existsSync(source) ? source : emitted, { args, flags });
