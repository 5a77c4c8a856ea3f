/** Flags that every command has. */
import type { Flag } from './arguments.ts'
import { FORMATS } from './render.ts'
import { cliSettings } from './settings.ts'

const { address, timeoutMs } = cliSettings

export const COMMON_FLAGS: readonly Flag[] = [
  { name: 'format', kind: 'choice', choices: FORMATS, doc: 'How rows are written: table on a terminal, else ndjson.' },
  { name: 'address', kind: 'text', unit: address.unit, doc: `${address.doc} ${address.default}, or ${address.env}.` },
  { name: 'timeout', kind: 'text', unit: '5s', doc: `${timeoutMs.doc} ${timeoutMs.default} ms, or ${timeoutMs.env}.` },
  { name: 'help', kind: 'switch', doc: 'This.' },
]
