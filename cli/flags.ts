/** Flags that every command has. */
import type { Setting } from '@k2/service/setting.ts'
import type { Flag } from './arguments.ts'
import { FORMATS } from './render.ts'
import { cliSettings } from './settings.ts'

export const COMMON_FLAGS: readonly Flag[] = [
  {
    name: 'format',
    kind: 'choice',
    aliases: ['o', 'output'],
    choices: FORMATS,
    doc: 'How rows are written: table on a terminal, else ndjson.',
  },
  { name: 'json', kind: 'switch', doc: 'Short for --format json.' },
  settingFlag('address', cliSettings.address),
  settingFlag('timeout', cliSettings.timeoutMs),
  settingFlag('api-key', cliSettings.apiKey),
  settingFlag('tls-ca', cliSettings.tlsCaFile),
  { name: 'help', kind: 'switch', doc: 'This.' },
]

function settingFlag(name: string, setting: Setting & { readonly default?: string | number }): Flag {
  const unit = setting.kind === 'duration' ? ` ${setting.unit}` : ''
  const fallback = setting.default === undefined ? '' : `, or ${setting.default}${unit}`
  return {
    name,
    kind: 'setting',
    setting,
    doc: `${setting.doc} By default ${setting.env}${fallback}.`,
  }
}
