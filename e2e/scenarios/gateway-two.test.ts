/** Two gateways of one feed over one log, and an append that nobody waits for any more: one records, and what is doubled is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Log } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { type FeedWorld, inFeeds, TRADES } from '../worlds/feeds.ts'

const SPEED = 20

const recorded = async (world: FeedWorld): Promise<string[]> =>
  [...(await world.trades()).values()].flat().map(({ symbol, id }) => `${symbol} ${id}`)

const counted = async (world: FeedWorld): Promise<number> => (await recorded(world)).length

/** Trades that are there beyond once. */
async function doubledIn(world: FeedWorld): Promise<number> {
  const all = await recorded(world)
  return all.length - new Set(all).size
}

const told = ({ lines }: FeedWorld): string[] => lines.filter((line) => line.includes('may be there twice'))

test('of two gateways of one feed the second waits, and goes on where the first has ended', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    const other = world.another('another')
    other.start()
    await world.until('one that waits', () =>
      /test records BINANCE: this one waits/.test(other.gateway().ready?.() ?? ''),
    )
    const before = await counted(world)
    await world.until('more trades', async () => (await counted(world)) > before + 200)
    await world.stop()
    const first = await counted(world)
    await world.until('trades of the second', async () => (await counted(world)) > first + 200)
    await other.stop()
    assert.equal(await doubledIn(world), 0)
    for (const records of (await world.trades()).values()) {
      const ids = records.map(({ id }) => Number(id))
      assert.deepEqual(
        ids,
        Array.from(ids, (_, i) => ids[0]! + i),
      )
    }
  }))

test('a gateway whose place is taken ends with a sentence, and a trade that both sent is told', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    // Of the same name: it does not wait.
    const twin = world.another('test')
    twin.start()
    await assert.rejects(world.failed(), { code: 'LOG_IN_USE', message: /has begun to record BINANCE/ })
    const before = await counted(world)
    await world.until('trades of the second', async () => (await counted(world)) > before + 200)
    await twin.stop()
    const isTold = [world, twin].some((one) => told(one).length > 0)
    assert.ok(isTold || (await doubledIn(world)) === 0)
  }))

test('an append that lands after it was given up doubles its trades, and that is told and counted', () => {
  let isHeld = false
  let late: Promise<unknown> | undefined
  const holding = (log: Log): Log =>
    new Proxy(log, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name !== 'append') return value.bind(target)
        return async (...args: Parameters<Log['append']>) => {
          if (!isHeld || args[0] !== TRADES) return target.append(...args)
          isHeld = false
          // As on a wire: the gateway's own bytes are others by then.
          const sent = args[1].map((record) => ({ ...record, value: new Uint8Array(record.value!) }))
          late = realClock.sleep(1_000).then(() => target.append(TRADES, sent))
          throw new K2Error('LOG_UNAVAILABLE', 'The log is away, says the test.')
        }
      },
    })
  return inFeeds({ speed: SPEED, throughLog: holding }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    isHeld = true
    await world.until('a sentence about it', () => told(world).length > 0)
    await late
    const before = await counted(world)
    await world.until('more trades', async () => (await counted(world)) > before + 200)
    await world.stop()
    const doubled = await doubledIn(world)
    assert.ok(doubled > 0)
    assert.equal(
      told(world).reduce((sum, line) => sum + JSON.parse(line).trades, 0),
      doubled,
    )
    assert.match(await world.telemetry().text(), /k2_binance_errors_total\{[^}]*kind="foreign"[^}]*\} [1-9]/)
  })
})
