/**
 * Pressure on all of K2 in one process: what is passed over is on record, answers say so, and all of it is in when pressure is
 * over, each record once.
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Embedded, type EmbeddedPorts, embedded } from '@k2/embedded/compose.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings } from '@k2/service/settings.ts'
import { inFolder } from '../worlds/folder.ts'
import { until } from '../worlds/service.ts'
import { appendTrades, tradeMaker } from '../worlds/trades.ts'

const timeout = 120_000
/** KNF shares its partition with KTA: what is kept lies between what is passed over. */
const SYMBOLS = ['KTA', 'KNF', 'KTB']
const ROUNDS = 4
const PER_ROUND = 30
const RULES = { tiers: { ASX: { critical: ['KTA'], high: ['KTB'] } } }

interface Body {
  readonly data: readonly Record<string, string>[]
  readonly meta: {
    readonly complete: boolean
    readonly reasons: readonly string[]
    readonly deferred: readonly object[]
  }
}

async function pressed(
  work: (world: Embedded, url: string) => Promise<void>,
  feed?: EmbeddedPorts['feed'],
): Promise<void> {
  await inFolder(async (data) => {
    const sheddingFile = join(data, 'rules.json')
    await writeFile(sheddingFile, JSON.stringify(RULES))
    const own = { data, httpPort: 0, grpcPort: 0, commitAgeMs: 100, sheddingFile, symbols: 'BTCUSDT,SOLUSDT' }
    const world = await embedded(readSettings(embeddedSettings, own, {}), {
      logger: silentLogger,
      reached: () => {},
      feed,
    })
    const ending = new AbortController()
    const running = runServices(world.services, { logger: silentLogger, signal: ending.signal })
    running.catch(() => {})
    try {
      await until('it answers, and somebody leads', () => world.query.rpc.address() !== '' && world.degradation.leads())
      await work(world, world.query.http.url())
    } finally {
      ending.abort()
      await running
      await world.close()
    }
  })
}

const set = (world: Embedded, level: number, seconds: number) =>
  world.degradation.override({ level, seconds, reason: 'a drill', by: 'a test' })

async function ask(url: string, path: string): Promise<Body> {
  return (await (await fetch(`${url}${path}`)).json()) as Body
}

const lakeOf = async (url: string, symbol: string) =>
  ask(url, `/v1/trades?symbol=${symbol}&source=lake&limit=1000&order=asc`)

test('a storm passes over what is of low priority, and all of it is filled in', { timeout }, async () => {
  await pressed(async (world, url) => {
    const trade = await tradeMaker(world.registry)
    let from = 0
    const burst = async () => {
      await appendTrades(world.log, trade, SYMBOLS, from, from + PER_ROUND)
      from += PER_ROUND
      await world.sink.drain(AbortSignal.timeout(30_000))
    }
    await burst()
    await set(world, 3, 600)
    for (let round = 1; round < ROUNDS; round++) await burst()

    const all = ROUNDS * PER_ROUND
    await until('readers have heard, and the ledger', async () => {
      const { data, meta } = await lakeOf(url, 'KTA')
      return data.length === all && !meta.reasons.includes('LEDGER_BEHIND')
    })
    const meanwhile = await Promise.all(SYMBOLS.map((symbol) => lakeOf(url, symbol)))
    assert.deepEqual(
      meanwhile.map(({ data }) => data.length),
      [all, PER_ROUND, all],
      'AGGRESSIVE keeps tiers 1 and 2',
    )
    assert.deepEqual(meanwhile[1]!.meta.reasons, ['DEFERRED_RECORDS'])
    assert.equal(meanwhile[1]!.meta.deferred.length, 1, 'one range, however many commits')
    const kept = meanwhile.filter((_, i) => i !== 1).map(({ meta }) => [meta.complete, meta.deferred.length])
    assert.deepEqual(
      kept,
      [
        [true, 0],
        [true, 0],
      ],
      'of symbols that are kept nothing is missing',
    )
    assert.equal(await world.sink.lagRecords(), 0n, 'what is in holes is no lag')

    const degradation = (await ask(url, '/v1/degradation')) as unknown as { data: Record<string, string | number> }
    assert.deepEqual([degradation.data.level, degradation.data.name], [3, 'AGGRESSIVE'])
    assert.equal(degradation.data.cause, 'set by a test: a drill')
    const heavy = await fetch(`${url}/v1/gaps?symbol=KTA`)
    assert.equal(heavy.headers.get('retry-after'), '30')
    assert.equal(((await heavy.json()) as { code: string }).code, 'OVERLOADED')

    await set(world, 0, 0)
    await until('the holes are filled in', async () => (await lakeOf(url, 'KNF')).meta.complete)
    for (const symbol of SYMBOLS) {
      const { data, meta } = await lakeOf(url, symbol)
      assert.deepEqual([data.length, new Set(data.map(({ message_id }) => message_id)).size], [all, all])
      assert.deepEqual([meta.complete, meta.deferred], [true, []])
    }
    assert.equal((await fetch(`${url}/v1/gaps?symbol=KTA`)).status, 200)
  })
})

test('the gateway thins out the quotes of what the level defers, and goes back', { timeout }, async () => {
  await pressed(
    async (world, url) => {
      const figure = async (name: string, more = '') => {
        const text = await (await fetch(`${url}/metrics`)).text()
        return Number(new RegExp(`^${name}\\{.*exchange="BINANCE".*${more}.*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
      }
      const quotes = () => figure('k2_binance_messages_received_total', 'kind="quote"')
      const conflated = () => figure('k2_binance_conflated_quotes_total')
      await until('quotes come', async () => (await quotes()) > 20)
      assert.equal(await conflated(), 0, 'at NORMAL each is recorded')
      // No tier has a symbol of Binance here: the rules of this file name the ASX alone.
      await set(world, 3, 600)
      await until('quotes stand back', async () => (await conflated()) > 5)
      await set(world, 0, 0)
      await until('each is recorded again', async () => {
        const [before, seen] = [await conflated(), await quotes()]
        await until('more quotes come', async () => (await quotes()) > seen + 20)
        return (await conflated()) === before
      })
    },
    { kind: 'generated', seed: 1 },
  )
})

test('the symbols of this scenario share a partition as they should', () => {
  const [kta, knf] = ['KTA', 'KNF'].map((symbol) => partitionOf(Buffer.from(symbol), 30))
  assert.equal(kta, knf)
})
