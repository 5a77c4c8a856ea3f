/** Recorded days through the whole of it: stand-in, gateway, log, lake, answers. Needs the real files that K2_SAMPLES names. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeSample } from '@k2/embedded/sample.ts'
import { openRecording } from '@k2/exchange/recording.ts'
import { standInExchange } from '@k2/exchange/stand-in.ts'
import { parseDecimal } from '@k2/market/decimal.ts'
import { parseInstant } from '@k2/market/instant.ts'
import { realClock } from '@k2/service/clock.ts'
import { live } from '../worlds/embedded.ts'
import { inFolder } from '../worlds/folder.ts'

const SAMPLES = process.env.K2_SAMPLES
const DAYS = ['btcusdt_20240808.gz', 'btcusdt_20240809.gz', 'ethusdt_20240808.gz']
const SPEED = 60
const PAGE = 10_000

interface Answered {
  readonly trade_id: string
  readonly price: string
  readonly quantity: string
  readonly timestamp: string
  readonly side: string
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is what it says it is
const ask = async (url: string): Promise<any> => (await fetch(url)).json()

async function pages(url: string): Promise<Answered[]> {
  const rows: Answered[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { data, meta } = await ask(`${url}&limit=${PAGE}${cursor && `&cursor=${cursor}`}`)
    rows.push(...data)
    cursor = meta.next_cursor
  }
  return rows
}

test(
  'recorded days are in the lake, every trade once and exact',
  { skip: SAMPLES === undefined, timeout: 120_000 },
  () =>
    inFolder(async (folder) => {
      const recording = await openRecording(DAYS.map((name) => join(SAMPLES!, 'binance/spot-combined', name)))
      const source = recording.source(SPEED)
      const exchange = await standInExchange({
        symbols: recording.symbols,
        isPaused: true,
        source: ({ name }) => (name === 'binance' ? source : () => []),
      })
      const { streams, rest, trades } = exchange.binance
      const k2 = live({
        data: join(folder, 'data'),
        csv: await writeSample(folder, 1, 100),
        options: ['--live'],
        once: false,
        deadlineMs: 110_000,
        settings: {
          K2_BINANCE_STREAMS: streams.join(','),
          K2_BINANCE_REQUESTS: rest.join(','),
          K2_BINANCEUS: 'never',
          K2_SINK_COMMIT_AGE: '1s',
        },
      })
      try {
        const url = (await k2.url)!
        while (!k2.log().includes('"connected"')) {
          assert.ok(!k2.hasEnded(), k2.log())
          await realClock.sleep(100)
        }
        await exchange.play()
        await exchange.ended
        for (const symbol of recording.symbols) {
          const made = [...trades(symbol)]
          const asked = `${url}/v1/trades?symbol=${symbol}&exchange=BINANCE&order=asc&source=lake`
          let found = await pages(asked)
          while (found.length < made.length) {
            await realClock.sleep(500)
            found = await pages(asked)
          }
          assert.deepEqual(
            found.map(({ trade_id, side }) => [trade_id, side]),
            made.map(({ id, isBuyerMaker }) => [String(id), isBuyerMaker ? 'SELL' : 'BUY']),
          )
          for (const [i, { price, quantity, timestamp }] of found.entries()) {
            const { price: p, quantity: q, timeMicros } = made[i]!
            assert.deepEqual(
              [parseDecimal(price), parseDecimal(quantity), parseInstant(timestamp)],
              [parseDecimal(p), parseDecimal(q), timeMicros],
            )
          }
          const { data } = await ask(`${url}/v1/quotes?symbol=${symbol}&exchange=BINANCE&limit=1`)
          assert.equal(data[0].timestamp, data[0].ingestion_timestamp)
        }
      } finally {
        k2.kill('SIGTERM')
        const { err } = await k2.ended
        assert.ok(!err.includes('connection lost'))
        await exchange.stop()
      }
    }),
)
