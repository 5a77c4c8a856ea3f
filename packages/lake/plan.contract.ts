/** What every table's plans are: right, and no larger than they must be. Part of table.contract.ts. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { BUCKETS } from '@k2/contracts/tables.ts'
import { DAY_MICROS, dayOf } from '@k2/market/instant.ts'
import { bucketOf } from './iceberg/bucket.ts'
import type { Opened } from './table.contract.ts'
import { dataFile, foreignAppend, intent, MICROS, type Row, seeded } from './table.examples.ts'
import type { Filter } from './table.ts'

const SYMBOLS = [
  'BHP',
  'CBA',
  'BTCUSDT',
  'ETHUSDT',
  'A-VERY-LONG-SYMBOL-1',
  'A-VERY-LONG-SYMBOL-2',
  'é😀',
  '\uffee',
  '😀',
]
const EXCHANGES = ['ASX', 'BINANCE', 'BINANCEUS']
const DAYS = 6

interface Example {
  readonly path: string
  readonly rows: readonly Row[]
}

export function planContract(opened: (t: TestContext) => Promise<Opened>): void {
  const seed = Math.floor(Math.random() * 2 ** 32)

  it(`has every file with a row that is asked for, and none that its bounds rule out (seed ${seed})`, async (t) => {
    const { table } = await opened(t)
    const random = seeded(seed)
    const commits = Array.from({ length: 12 }, (_, i) => examples(random, i))
    for (const [i, files] of commits.entries()) {
      const from = i === 0 ? null : BigInt(i)
      const data = files.map(({ path, rows }) => dataFile(path, rows))
      await table.commit(intent(0, from, BigInt(i + 1), { files: data }))
    }
    const all = commits.flat()
    for (let i = 0; i < 300; i++) {
      const filter = anyFilter(random)
      const plan = await table.plan(filter)
      const planned = new Set(plan.files.map((file) => file.path))
      for (const { path, rows } of all) {
        const said = `${path} for ${JSON.stringify(filter)}, seed ${seed}`
        if (rows.some((row) => matches(filter, row))) assert.ok(planned.has(path), `left out ${said}`)
        else if (planned.has(path)) assert.ok(couldMatch(filter, rows), `needless ${JSON.stringify(rows)} ${said}`)
      }
      assert.equal(plan.files.length + plan.skipped.files, all.length)
    }
  })

  it('skips whole manifests by day', async (t) => {
    const { table } = await opened(t)
    const at = (day: number): Row => ({ symbol: 'BHP', exchange: 'ASX', micros: MICROS + day * DAY_MICROS })
    await table.commit(intent(0, null, 1n, { files: [dataFile('/data/a', [at(0)]), dataFile('/data/b', [at(1)])] }))
    await table.commit(intent(0, 1n, 2n, { files: [dataFile('/data/c', [at(5)])] }))
    const plan = await table.plan({ fromMicros: MICROS + 5 * DAY_MICROS, toMicros: MICROS + 5 * DAY_MICROS + 1 })
    assert.deepEqual(
      plan.files.map((file) => file.path),
      ['/data/c'],
    )
    assert.deepEqual(plan.skipped, { manifests: 1, files: 2, bytes: 0 })
    assert.deepEqual((await table.plan({ fromMicros: 5, toMicros: 5 })).files, [])
    assert.deepEqual((await table.plan({ symbols: [] })).files, [])
  })

  it('travels in time by snapshot id', async (t) => {
    const { table, catalog, store } = await opened(t)
    const ids: bigint[] = []
    for (let i = 0n; i < 3n; i++) {
      const { head } = await table.commit(intent(0, i === 0n ? null : i, i + 1n))
      ids.push(head.snapshotId!)
    }
    await foreignAppend(catalog, store, dataFile('/data/foreign.parquet'))
    for (const [i, id] of ids.entries()) {
      const plan = await table.plan({}, id)
      assert.equal(plan.files.length, i + 1)
      assert.equal(plan.head.snapshotId, id)
      assert.deepEqual([...plan.head.progress.offsets.values()], [BigInt(i + 1)])
    }
    assert.equal((await table.plan({})).files.length, 4)
    await assert.rejects(table.plan({}, 42n), { code: 'NOT_FOUND' })
  })
}

function examples(random: () => number, commit: number): Example[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  return Array.from({ length: 1 + Math.floor(random() * 5) }, (_, i) => {
    const bucket = bucketOf(pick(SYMBOLS))
    const symbols = SYMBOLS.filter((symbol) => bucketOf(symbol) === bucket)
    const day = dayOf(MICROS) + Math.floor(random() * DAYS)
    const rows = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
      symbol: pick(symbols),
      exchange: pick(EXCHANGES),
      micros: day * DAY_MICROS + Math.floor(random() * DAY_MICROS),
    }))
    return { path: `/data/${commit}-${i}.parquet`, rows }
  })
}

function anyFilter(random: () => number): Filter {
  const some = (from: readonly string[]) => from.filter(() => random() < 0.3)
  const from = (dayOf(MICROS) + random() * DAYS) * DAY_MICROS
  const isDayEdge = random() < 0.2
  const fromMicros = isDayEdge ? dayOf(from) * DAY_MICROS : Math.floor(from)
  return {
    ...(random() < 0.5 ? { symbols: some(SYMBOLS) } : {}),
    ...(random() < 0.3 ? { exchanges: some(EXCHANGES) } : {}),
    ...(random() < 0.6 ? { fromMicros } : {}),
    ...(random() < 0.6 ? { toMicros: fromMicros + Math.floor(random() * (isDayEdge ? 2 : 1.5)) * DAY_MICROS } : {}),
  }
}

function matches({ symbols, exchanges, fromMicros, toMicros }: Filter, row: Row): boolean {
  if (symbols && !symbols.includes(row.symbol)) return false
  if (exchanges && !exchanges.includes(row.exchange)) return false
  return row.micros >= (fromMicros ?? row.micros) && row.micros < (toMicros ?? row.micros + 1)
}

/** From the file's bucket and the spans of its columns alone, cut as bounds are. */
function couldMatch({ symbols, exchanges, fromMicros, toMicros }: Filter, rows: readonly Row[]): boolean {
  const bytes = (text: string) => Buffer.from(text).toString('hex')
  const cut = (text: string) => bytes([...text].slice(0, 16).join(''))
  const isBetween = (text: string, all: readonly string[]) =>
    all.some((one) => cut(one) <= bytes(text)) && all.some((one) => bytes(text) <= bytes(one) || cut(text) === cut(one))
  const times = rows.map((row) => row.micros)
  const bucket = bucketOf(rows[0]!.symbol, BUCKETS)
  if (
    symbols &&
    !symbols.some(
      (s) =>
        bucketOf(s) === bucket &&
        isBetween(
          s,
          rows.map((row) => row.symbol),
        ),
    )
  )
    return false
  if (
    exchanges &&
    !exchanges.some((e) =>
      isBetween(
        e,
        rows.map((row) => row.exchange),
      ),
    )
  )
    return false
  return Math.max(...times) >= (fromMicros ?? 0) && Math.min(...times) < (toMicros ?? Number.POSITIVE_INFINITY)
}
