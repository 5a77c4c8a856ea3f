#!/usr/bin/env node
/** `k2`: questions to a running K2, from a terminal or a script. */
import { enableCompileCache } from 'node:module'

// A start is mostly compiling: kept, it takes half the time. So what is imported comes after it.
enableCompileCache()
const { main } = await import('@k2/service/main.ts')
const { GROUPS } = await import('./commands.ts')
const { run } = await import('./run.ts')

await main((signal) => run(process.argv.slice(2), GROUPS, signal))
