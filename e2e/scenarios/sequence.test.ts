/**
 * The ledger of gaps against a full scan of the log: records that are lost, repeated, held back and begin again, while
 * trackers join, leave and die at the moments of their flush, with few streams in memory, and in every other run with a store
 * that they share.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { realClock } from '@k2/service/clock.ts'
import { memoryStore } from '@k2/shared-store/memory.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { scanned, told } from '../oracle/sequence.ts'
import { inFolder } from '../worlds/folder.ts'
import { NumberedFeed } from '../worlds/numbered.ts'
import { append, judged, Killed, type Life, live } from '../worlds/tracking.ts'
import { below, oneOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNS = Number(process.env.K2_SEQUENCE_RUNS ?? 6)
const STEPS = 40
const MOMENTS = ['sequence.events', 'sequence.shared', 'sequence.positions', 'sequence.committed']
type Random = () => number

test(`the ledger is what a scan of the log says, ${RUNS} runs from seed ${SEED}`, { timeout: 400_000 }, async (t) => {
  let [deaths, events, evictions] = [0, 0, 0]
  for (let run = 0; run < RUNS; run++) {
    const store = run % 2 === 0 ? undefined : memoryStore()
    const counts = await inFolder((folder) => worked(folder, seeded(SEED + run), `seed ${SEED + run}`, store))
    deaths += counts.deaths
    events += counts.events
    evictions += counts.evictions
  }
  t.diagnostic(`${deaths} deaths, ${events} events, ${evictions} evictions`)
  assert.ok(deaths > 0 && events > RUNS * 20 && evictions > RUNS, 'it tried what it is for')
})

async function worked(folder: string, random: Random, name: string, store: SharedStore | undefined) {
  const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
  const registry = log.registry(incompatibility)
  await log.createTopics(TOPICS)
  const feeds = ['KTA', 'KTB', 'KTC', 'K/D'].flatMap((symbol) =>
    ['ASX', 'BINANCE'].map((exchange) => new NumberedFeed(symbol, exchange, random)),
  )
  let lives: Life[] = []
  let [deaths, evictions] = [0, 0]
  const begin = () => {
    let left = 1 + below(random, 3)
    const moment = oneOf(random, [...MOMENTS, undefined])
    const reached = (at: string) => {
      if (at === moment && --left === 0) throw new Killed(at)
    }
    lives.push(
      live(log, registry, folder, { streamsMax: 1 + below(random, 6), flushMs: 10, reached, ...(store && { store }) }),
    )
  }
  const buried = async (life: Life) => {
    if (life.isOver()) deaths++
    await life.end()
    evictions += evictionsOf(await life.telemetry.text())
  }
  for (let step = 0; step < STEPS; step++) {
    for (const life of lives.filter((one) => one.isOver())) await buried(life)
    lives = lives.filter((one) => !one.isOver())
    const draw = random()
    if (lives.length < 2 && draw < 0.5) begin()
    else if (lives.length > 0 && draw < 0.6) await buried(lives.shift()!)
    const trades = oneOf(random, feeds).next(1 + below(random, 60), random)
    if (trades.length > 0) await append(log, registry, trades)
    if (random() < 0.6) await realClock.sleep(below(random, 30))
  }
  for (const life of lives) await buried(life)
  const last = live(log, registry, folder, { streamsMax: 3, flushMs: 10, ...(store && { store }) })
  await judged(log)
  await last.end()
  const [wanted, found] = [await scanned(log), await told(log)]
  await log.close()
  for (const [stream, facts] of wanted) assert.deepEqual(found.get(stream), facts, `${name}: ${stream}`)
  assert.equal(found.size, wanted.size, name)
  const events = [...wanted.values()].flatMap(({ missing, duplicate, late, reset }) => [
    ...[missing, duplicate, late, reset].flat(),
  ]).length
  return { deaths, events, evictions }
}

const evictionsOf = (text: string): number => Number(/^k2_sequence_evictions_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0)
