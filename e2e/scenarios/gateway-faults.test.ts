/** Runs of a feed under random faults; K2_FEED_RUNS and K2_FEED_SEED say how many, and from which seed on. */
import { test } from 'node:test'
import { feedRun } from '../worlds/feed-run.ts'

const RUNS = Number(process.env.K2_FEED_RUNS ?? 4)
const FROM = Number(process.env.K2_FEED_SEED ?? 1)
const SPEED = 100

for (let seed = FROM; seed < FROM + RUNS; seed++) {
  test(`under faults of seed ${seed} each trade is recorded once, or its gap is reported`, async (t) => {
    t.diagnostic(JSON.stringify(await feedRun(seed, SPEED)))
  })
}
