/** A live feed into the log: each trade once, in order, exact, whatever the connection does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDecimal } from '@k2/market/decimal.ts'
import { type FeedWorld, inFeeds, type Recorded, TRADES, truth } from '../worlds/feeds.ts'

const SPEED = 20

/** Every trade that the venue made between the first and the last one that is recorded, once, in order, to the digit. */
async function expectWhole(world: FeedWorld, venue = world.exchange.binance, topic = TRADES): Promise<number> {
  let count = 0
  for (const [symbol, records] of await world.trades(topic)) {
    const ids = records.map(({ id }) => Number(id))
    const made = truth(venue, symbol, ids[0]!, ids.at(-1)!)
    assert.deepEqual(
      ids,
      made.map(({ id }) => id),
      `ids of ${symbol}`,
    )
    records.forEach((record, i) => expectSame(record, made[i]!))
    count += ids.length
  }
  return count
}

function expectSame(record: Recorded, made: ReturnType<typeof truth>[number]): void {
  assert.equal(record.price, parseDecimal(made.price))
  assert.equal(record.quantity, parseDecimal(made.quantity))
  assert.equal(record.side, made.isBuyerMaker ? 'SELL' : 'BUY')
}

const counted = async (world: FeedWorld): Promise<number> =>
  [...(await world.trades()).values()].reduce((sum, { length }) => sum + length, 0)

test('what the venue trades is in the log, each trade once and exact', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('a thousand trades', async () => (await counted(world)) > 1_000)
    assert.equal(world.gateway().ready?.(), undefined)
    await world.stop()
    assert.ok((await expectWhole(world)) > 1_000)
  }))
