/** Gateways over one log: one records, another waits, and who was taken for dead appends nothing more. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { GATEWAY_POSITIONS, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { manualClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { Chosen } from './chosen.ts'
import { Claim } from './claim.ts'

const never = new AbortController().signal
const LOST = { code: 'LOG_IN_USE', message: /begun to record BINANCE/ }

async function opened(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-claim-'))
  const log = openEmbeddedLog(folder, { now: Date.now })
  await log.createTopics(TOPICS.filter(({ name }) => name === GATEWAY_POSITIONS))
  t.after(async () => {
    await log.close()
    await rm(folder, { recursive: true })
  })
  const clock = manualClock()
  const claimOf = (holder: string, exchange = 'BINANCE') => new Claim({ log, clock, exchange, holder })
  /** Has it taken by then? What it was told meanwhile. */
  async function takes(claim: Claim, withinMs: number, also: () => Promise<void> = async () => {}): Promise<string[]> {
    const told: string[] = []
    let isTaken = false
    const taken = claim
      .take((why) => void told.push(why), never)
      .then(() => {
        isTaken = true
      })
    for (let ms = 0; ms < withinMs; ms += 1_000) {
      await clock.advance(1_000)
      await new Promise((resolve) => setTimeout(resolve, 2))
      await also()
    }
    assert.ok(isTaken, told.join())
    await taken
    return told
  }
  return { log, clock, claimOf, takes }
}

test('who holds a feed may go on, also as another life of the same; other feeds are none of its business', async (t) => {
  const { claimOf, takes, clock } = await opened(t)
  const claim = claimOf('a')
  assert.deepEqual(await takes(claim, 2_000), [])
  await takes(claimOf('b', 'BINANCEUS'), 2_000)
  await clock.advance(60_000)
  await claim.held()
  const again = claimOf('a')
  assert.deepEqual(await takes(again, 2_000), [])
  await again.held()
  await assert.rejects(claim.look(), LOST)
})

test('another waits for a holder that lives, takes its place once it is silent, and the old one finds out', async (t) => {
  const { claimOf, takes, clock } = await opened(t)
  const [old, other] = [claimOf('a'), claimOf('b')]
  await takes(old, 2_000)
  let lives = 12
  const told = await takes(other, 80_000, async () => {
    if (lives > 0) await old.renew()
    if (clock.nowMs() > 40_000) lives = 0
  })
  assert.match(told[0]!, /^a records BINANCE/)
  assert.ok(clock.nowMs() > 70_000)
  await other.held()
  await assert.rejects(old.held(), LOST)
  await assert.rejects(old.held(), LOST)
  await assert.rejects(old.renew(), LOST)
  await old.release()
  await takes(claimOf('b'), 2_000)
})

test('a holder that left is not waited for', async (t) => {
  const { claimOf, takes } = await opened(t)
  const old = claimOf('a')
  await takes(old, 2_000)
  await old.release()
  assert.deepEqual(await takes(claimOf('b'), 2_000), [])
})

test('symbols that were changed outlive a restart, until settings name others', async (t) => {
  const { log } = await opened(t)
  const chosenOf = (given: string[]) =>
    new Chosen({ log, logger: silentLogger, exchange: 'BINANCE', given, changed: () => {} })
  const first = chosenOf(['BTCUSDT', 'ETHUSDT'])
  await first.read()
  assert.equal(await first.change({ add: ['BTCUSDT'], remove: [] }), false)
  assert.equal(await first.change({ add: ['SOLUSDT', 'XRPUSDT'], remove: ['ETHUSDT'] }), true)
  await assert.rejects(first.change({ add: [], remove: ['BTCUSDT', 'SOLUSDT', 'XRPUSDT'] }), {
    code: 'INVALID_ARGUMENT',
  })
  const again = chosenOf(['BTCUSDT', 'ETHUSDT'])
  await again.read()
  assert.deepEqual(again.symbols, ['BTCUSDT', 'SOLUSDT', 'XRPUSDT'])
  const unlisted = (symbol: string) => new K2Error('SETTINGS_INVALID', 'It is not listed.', { symbol })
  assert.equal(again.isDropped(unlisted('XRPUSDT')), true)
  assert.equal(again.isDropped(unlisted('BTCUSDT')), false)
  assert.equal(again.isDropped(new Error('another')), false)
  assert.deepEqual(again.symbols, ['BTCUSDT', 'SOLUSDT'])
  const others = chosenOf(['BTCUSDT'])
  await others.read()
  assert.deepEqual(others.symbols, ['BTCUSDT'])
})
