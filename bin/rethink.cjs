#!/usr/bin/env node
'use strict';
// The command line for packages that have this one among their dependencies: `npx rethink plugin check .`
require('../src/register.cjs');
require('../src/main.ts');
