/** `k2 demo pressure` as a script runs it, with thresholds for a test: up through all levels and down again, and checked. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { LEVEL_NAMES } from '@k2/contracts/degradation.ts'
import { inFolder } from '../worlds/folder.ts'
import { k2 } from '../worlds/k2.ts'

const NOWHERE = '127.0.0.1:1'
const SMALL = ['--soft', '200', '--cooldown', '500', '--hold', '500']

const foldersIn = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith('k2-demo-'))

interface Of {
  readonly priority: string
  readonly sent: number
  readonly in_lake: number
  readonly deferred: number
  readonly deferred_most: number
}

test('a drill goes up through all levels and down again, and the lake has each record once', { timeout: 240_000 }, () =>
  inFolder(async (TMPDIR) => {
    const { code, out, err } = await k2(['demo', 'pressure', ...SMALL], NOWHERE, { TMPDIR }, 200_000).ended
    assert.equal(code, 0, err)
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Of)
    assert.deepEqual(
      rows.map(({ priority }) => priority),
      ['CRITICAL', 'HIGH', 'NORMAL', 'LOW'],
    )
    for (const { priority, sent, in_lake, deferred, deferred_most } of rows) {
      assert.deepEqual([in_lake, deferred], [sent, 0], priority)
      assert.equal(deferred_most > 0, priority !== 'CRITICAL', priority)
    }
    assert.match(err, /is in the lake once, after all levels and back/)
    assert.ok(!err.includes('\u001b'), 'plain lines')
    for (let level = 4; level > 0; level--)
      assert.match(err, new RegExp(`^${LEVEL_NAMES[level]} → ${LEVEL_NAMES[level - 1]}: `, 'm'), 'one step at a time')
    assert.deepEqual(await foldersIn(TMPDIR), [], 'nothing of it stays')
  }),
)

test('one that is interrupted says so by its exit code, and leaves nothing', { timeout: 60_000 }, () =>
  inFolder(async (TMPDIR) => {
    const asked = k2(['demo', 'pressure', ...SMALL], NOWHERE, { TMPDIR })
    while ((await foldersIn(TMPDIR)).length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    asked.kill('SIGINT')
    const { code, err } = await asked.ended
    assert.equal(code, 130, err)
    assert.deepEqual(await foldersIn(TMPDIR), [])
  }),
)

test('its help names what can be set', async () => {
  const { code, out } = await k2(['demo', 'pressure', '--help'], NOWHERE).ended
  assert.equal(code, 0)
  for (const flag of ['--soft', '--cooldown', '--hold']) assert.match(out, new RegExp(`^  ${flag} N`, 'm'))
})
