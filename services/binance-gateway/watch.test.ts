import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRecord } from '@k2/log/log.ts'
import type { FeedPorts, Running } from './prepare.ts'
import { Watch } from './watch.ts'

const letter = (key: string): NewRecord => ({ key, value: Buffer.of(1) })

test('a letter that comes while others are appended is kept for the next append', async () => {
  const intake = { letters: [letter('a')] }
  const appended: string[] = []
  const log = {
    async append(_: string, records: readonly NewRecord[]) {
      const keys = records.map(({ key }) => String(key))
      if (appended.length === 0) intake.letters.push(letter('b'))
      appended.push(...keys)
      return []
    },
  }
  const watch = new Watch({ log } as unknown as FeedPorts, { intake } as unknown as Running, 'k2.dlq.x', 30_000)
  await watch.sendLetters()
  assert.deepEqual(appended, ['a'])
  await watch.sendLetters()
  assert.deepEqual([appended, intake.letters], [['a', 'b'], []])
})
