/** `k2 dlq accept` asks a person first: whoever does not say yes has changed nothing, and is told so. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { TOPIC } from '../oracle/log.ts'
import { asking } from '../worlds/asking.ts'
import { inFolder, tradesOf } from '../worlds/folder.ts'
import { appendFates, PARTITION } from '../worlds/rejected.ts'
import { inTerminal } from './tmux.ts'

const ROOT = join(import.meta.dirname, '../..')

// biome-ignore format: a table reads by its columns
const ANSWERS: readonly [name: string, keys: readonly string[], says: RegExp, code: number, holes: number][] = [
  ['Ctrl-C',       ['C-c'],          /^Interrupted: nothing was changed\.$/m, 130, 1],
  ['Ctrl-D',       ['C-d'],          /Nothing was changed\.$/m,               1,   1],
  ['another word', ['no', 'Enter'],  /^Nothing was changed\.$/m,             1,   1],
  ['yes',          ['yes', 'Enter'], /accepted as lost/,                     0,   0],
]

test('what is accepted as lost', { timeout: 120_000 }, () =>
  inFolder(async (data) => {
    await asking(data, { rows: 20, ageMs: 50 }, async ({ log, registry, sink }) => {
      await appendFates(log, registry, ['good', 'damaged'])
      await sink.drain(AbortSignal.timeout(30_000))
    })
    await inTerminal({ columns: 100, rows: 30, cwd: ROOT }, async (pane) => {
      const place = `${TOPIC}/${PARTITION}/1`
      for (const [name, keys, says, code, holes] of ANSWERS) {
        const command = `node cli/main.ts dlq accept ${place} --who ann --why damaged --data ${data}`
        // Else the answer before this one is taken for its answer.
        pane.type('clear', 'Enter')
        await pane.until(/^\$$/)
        pane.type(`PATH=$PWD/node_modules/.bin:$PATH ${command}; echo ended with $?`, 'Enter')
        await pane.until(/Type yes:/)
        pane.type(...keys)
        const screen = await pane.until(/^ended with \d+$/m)
        assert.match(screen, says, name)
        assert.doesNotMatch(screen, /^ +at /m, name)
        assert.match(screen, new RegExp(`^ended with ${code}$`, 'm'), name)
        assert.equal((await (await tradesOf(data)).head()).progress.holes.length, holes, name)
      }
    })
  }),
)
