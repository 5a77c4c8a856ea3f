/** API keys: works on the file of them alone, which K2 reads again by itself. Asks no running K2. */
import type { Row } from '@k2/client/message.ts'
import { type Flag, type Given, UsageError } from '../arguments.ts'
import type { Command, Group, Shell } from '../command.ts'

import { writeOne, writeRows } from '../rows.ts'

const FILE: Flag = { name: 'file', kind: 'text', doc: 'The file of keys. By default K2_API_KEYS.' }
const DAY_MS = 86_400_000

const create: Command = {
  name: 'keys create',
  doc: 'Makes an API key and shows it, once: the file has only a hash of it.',
  flags: [
    { name: 'name', kind: 'text', doc: 'Whose it is, as logs will have it.' },
    {
      name: 'role',
      kind: 'choice',
      choices: ['read', 'admin'],
      doc: 'read (default) asks; admin also changes things.',
    },
    { name: 'rate', kind: 'count', doc: 'Calls a minute at most. By default K2_RATE_LIMIT of the service.' },
    { name: 'quota', kind: 'count', doc: 'Calls a day (UTC) at most. By default K2_DAILY_QUOTA of the service.' },
    { name: 'days', kind: 'count', doc: 'It expires after so many; without it never.' },
    FILE,
  ],
  positionals: ['name'],
  examples: ['k2 keys create charts --file keys.jsonl', 'k2 keys create ops --role admin --days 90 --file keys.jsonl'],
  async run(given, shell) {
    const { name, role = 'read', rate, quota, days } = given
    if (typeof name !== 'string') throw new UsageError('Say whose key it is: k2 keys create NAME.')
    const file = await fileOf(given)
    const { addKey } = await import('@k2/service/access/key-file.ts')
    const now = Date.now()
    const { key, line } = addKey(file, {
      ...{ name, role: role as 'read' | 'admin', created: new Date(now).toISOString() },
      ...(rate !== undefined && { ratePerMinute: rate as number }),
      ...(quota !== undefined && { quotaPerDay: quota as number }),
      ...(days !== undefined && { expires: new Date(now + (days as number) * DAY_MS).toISOString() }),
    })
    await writeOne(shell, { key, ...shown(line, now) })
    shell.tell(
      'Keep it now: it is shown this once. It is sent as X-API-Key; the command line takes it from K2_API_KEY.',
    )
  },
}

const list: Command = {
  name: 'keys list',
  doc: 'The keys of the file, and what became of them; never the keys themselves.',
  flags: [FILE],
  positionals: [],
  examples: ['k2 keys list --file keys.jsonl'],
  async run(given, shell) {
    const { keysOfFile } = await import('@k2/service/access/key-file.ts')
    const keys = [...keysOfFile(await fileOf(given)).values()]
    await writeRows(
      shell,
      keys.map((key) => shown(key, Date.now())),
    )
  },
}

const revoke: Command = {
  name: 'keys revoke',
  doc: 'Ends a key, within a second wherever K2 reads this file.',
  flags: [{ name: 'id', kind: 'text', doc: 'Of the key: what stands between k2_ and the next _.' }, FILE],
  positionals: ['id'],
  examples: ['k2 keys revoke 0a1b2c3d4e5f --file keys.jsonl'],
  async run(given, shell: Shell) {
    if (typeof given.id !== 'string') throw new UsageError('Say which key: k2 keys revoke ID.')
    const { revokeKey } = await import('@k2/service/access/key-file.ts')
    revokeKey(await fileOf(given), given.id, new Date().toISOString())
    shell.tell(`${given.id} is revoked.`)
  },
}

export const keys: Group = { name: 'Access', commands: () => [create, list, revoke] }

async function fileOf({ file }: Given): Promise<string> {
  if (typeof file === 'string') return file
  const [{ readSettings }, { accessSettings }] = await Promise.all([
    import('@k2/service/settings.ts'),
    import('@k2/service/access/settings.ts'),
  ])
  const { apiKeyFile } = readSettings({ apiKeyFile: accessSettings.apiKeyFile })
  if (apiKeyFile === undefined) throw new UsageError('Say which file the keys are in: --file, or K2_API_KEYS.')
  return apiKeyFile
}

interface Line {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly ratePerMinute?: number
  readonly quotaPerDay?: number
  readonly created: string
  readonly expires?: string
  readonly revoked?: string
}

const shown = (
  { id, name, role, ratePerMinute, quotaPerDay, created, expires, revoked }: Line,
  nowMs: number,
): Row => ({
  ...{ id, name, role, created, expires: expires ?? null },
  ...{ rate_per_minute: ratePerMinute ?? null, quota_per_day: quotaPerDay ?? null },
  state:
    revoked !== undefined
      ? `revoked ${revoked}`
      : expires !== undefined && Date.parse(expires) <= nowMs
        ? 'expired'
        : 'valid',
})
