/** A gateway that is killed before an append, behind one that it never heard of, and at random. */
import { test } from 'node:test'
import { killedFeed } from '../worlds/feed-killed.ts'
import { TRADES, tradesIn } from '../worlds/feeds.ts'
import { inFolder, withLog } from '../worlds/folder.ts'

const SEED = Number(process.env.K2_FEED_SEED ?? 1)

test('a gateway that is killed again and again records each trade once', { timeout: 180_000 }, () =>
  inFolder((data) =>
    killedFeed(SEED, { K2_DATA: data }, () => withLog(data, (log, registry) => tradesIn(log, registry, TRADES))),
  ),
)
