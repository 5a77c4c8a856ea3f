/** A small campaign of `npm run faults`: every kind of fault at least once. K2_FAULT_SEED repeats a run's decisions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { campaign } from '../faults/campaign.ts'

const plan = { set: 'campaign', count: 30, minutes: 4, paceMs: 1_000, perSecond: 200 }

test('faults of every kind, and each record is landed once', { timeout: 600_000 }, async (t) => {
  const seed = Number(process.env.K2_FAULT_SEED ?? Date.now() % 1_000_000)
  const { wrong, ...figures } = await campaign({ ...plan, seed, told: (line) => t.diagnostic(line) })
  t.diagnostic(JSON.stringify(figures))
  assert.deepEqual(wrong, [])
  assert.deepEqual([figures.lost, figures.doubled, figures.holes], [0, 0, 0])
  assert.ok(figures.rows > 1_000)
})
