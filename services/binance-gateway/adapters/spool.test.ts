import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderSpool } from './spool.ts'

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'k2-spool-'))
  try {
    work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('what was put is taken once, and what another process left is gone', () =>
  inFolder((folder) => {
    writeFileSync(join(folder, '7.records'), 'left')
    const spool = folderSpool(folder)
    spool.put(1, Buffer.from('records'))
    assert.deepEqual(readdirSync(folder), ['1.records'])
    assert.equal(Buffer.from(spool.take(1)).toString(), 'records')
    assert.deepEqual(readdirSync(folder), [])
  }))

for (const [how, damage] of [
  ['cut', (path: string) => truncateSync(path, 3)],
  ['changed', (path: string) => writeFileSync(path, 'recerds')],
] as const) {
  test(`a file that was ${how} is not taken for records`, () =>
    inFolder((folder) => {
      const spool = folderSpool(folder)
      spool.put(1, Buffer.from('records'))
      damage(join(folder, '1.records'))
      assert.throws(() => spool.take(1), /is not what was written/)
    }))
}
