#!/usr/bin/env node
/** `k2`: questions to a running K2, from a terminal or a script. */
import { main } from '@k2/service/main.ts'
import { GROUPS } from './commands.ts'
import { run } from './run.ts'

await main((signal) => run(process.argv.slice(2), GROUPS, signal))
