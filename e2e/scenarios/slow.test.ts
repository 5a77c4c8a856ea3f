/** A slow answer's line in the log: what was asked, where the time went, what was read for it; and what waits says so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { createLogger } from '@k2/service/logger.ts'
import { askingOpen } from '../worlds/asking.ts'
import { tradeOf } from '../worlds/market.ts'

type Line = Readonly<Record<string, unknown>>

async function asked(slowMs: number, paths: readonly string[]): Promise<{ lines: Line[]; timings: string[] }> {
  const lines: Line[] = []
  const to = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const logger = createLogger({ service: 'query-service', pretty: false, to })
  const world = await askingOpen(async () => {}, { logger, slowMs })
  try {
    const random = seeded(7)
    await world.append('trades', [tradeOf('BHP', random), tradeOf('BHP', random)])
    const timings: string[] = []
    for (const path of paths) {
      const answer = await fetch(`${world.url}${path}`)
      assert.equal(answer.status, 200)
      assert.equal(path.includes('explain'), 'plan' in ((await answer.json()) as { meta: object }).meta)
      timings.push(answer.headers.get('server-timing') ?? '')
    }
    return { lines: lines.filter(({ msg }) => msg === 'slow answer'), timings }
  } finally {
    await world.end()
  }
}

const PATHS = ['/v1/trades?symbol=BHP', '/v1/ohlcv/1m?symbol=BHP&explain=true', '/v1/symbols', '/v1/stats']

test('a slow answer logs its kind, its stages and its plan, and the client is not told', async () => {
  const { lines, timings } = await asked(0, PATHS)
  const [trades, bars, symbols] = lines as [Line, Line, Line]
  assert.deepEqual(
    lines.map(({ query }) => query),
    ['trades', 'ohlcv', 'symbols'],
  )
  assert.deepEqual([trades.level, trades.source, trades.rows], ['warn', 'hybrid', 2])
  const stages = ['wait', 'view', 'plan', 'execute', 'fetch', 'write', 'worker']
  assert.deepEqual(Object.keys(trades.stages_ms as object), stages)
  assert.deepEqual(
    (timings[0] ?? '').split(', ').map((stage) => stage.split(';')[0]),
    stages,
  )
  const plan = {
    ...{ files_in_table: 0, files: 0, files_from_bars: 0, bytes: 0, bytes_skipped: 0, partitions: [] },
    ...{ row_groups: 0, row_groups_read: 0, rows_read: 0, tail_records: 2 },
  }
  const cost = { bytes_expected: 0, bytes_max: 0 }
  assert.deepEqual([trades.plan, bars.plan, symbols.plan], [plan, { ...plan, ...cost }, plan])
  assert.equal(typeof trades.correlation_id, 'string')
})

test('others log nothing', async () => {
  assert.deepEqual((await asked(60_000, PATHS)).lines, [])
})
