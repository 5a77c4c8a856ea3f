import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProgress, encodeProgress, type FileProgress, progressKey } from './progress.ts'

test('progress comes back from its bytes, offsets whole', () => {
  const progress: FileProgress = {
    path: 'a.csv',
    status: 'running',
    rows: 1,
    sent: 1,
    skipped: 0,
    rejected: 0,
    logEnd: 2n ** 60n + 1n,
  }
  assert.deepEqual(decodeProgress(encodeProgress(progress)), progress)
})

test('the key is of content and subject, not of name', () => {
  assert.equal(progressKey({ digest: 'd', exchange: 'ASX', type: 'trades', symbol: 'BHP' }), 'ASX/trades/BHP/d')
})
