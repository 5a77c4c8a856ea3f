/**
 * `npm run bench -- sequence [RECORDS]`: what a judged record costs, in memory and out of the log; what 10,000 streams take.
 *
 *   next     all is well, 50 symbols a batch, 10,000 streams in all
 *   unusual  a third each of repeats, gaps and what fills them
 *   churn    twice as many streams as there is room for, a batch each: a position leaves and another comes with each
 *   log      Avro out of a log's batches, decoded and judged, as the service does it
 *   shared   a flush of a fleet's positions into Redis: every stream of 10,000 has moved, by 20 records each
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import type { Position } from '@k2/contracts/records/sequence.ts'
import { numberedTrade } from '@k2/contracts/records/trade.fixture.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { redisIsThere, startServer } from '@k2/e2e/worlds/real/servers.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, LogBatch, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { Judge } from '@k2/sequence-tracker/core/judge.ts'
import { type BatchNumbers, numbersIn, TRADE_TOPICS } from '@k2/sequence-tracker/core/numbers.ts'
import { SharedPositions } from '@k2/sequence-tracker/shared.ts'
import { WaitingShelf } from '@k2/sequence-tracker/shelf.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { redisStore } from '@k2/shared-store/redis.ts'

const STREAMS = 10_000
const BATCH_ROWS = 5_000
const BATCH_SYMBOLS = 50
const MICROS = 1_700_000_000_000_000

export async function sequenceBench(records: number): Promise<object> {
  const memory = memoryOfStreams()
  const kinds = { next: () => next(records), unusual: () => unusual(records), churn: () => churn(records / 10) }
  // The first of each is for the compiler.
  const costs = Object.entries(kinds).map(([name, run]) => [name, [run(), run()][1]])
  return {
    bench: 'sequence',
    records,
    memory_kb_of_10000_streams: memory,
    ...Object.fromEntries(costs),
    log: await outOfLog(Math.min(records, 300_000)),
    shared: await shared(),
  }
}

interface Cost {
  readonly cpu_micros_per_record: number
  readonly heap_bytes_per_record: number
}

function measured(records: number, work: () => void): Cost {
  const heap = process.memoryUsage().heapUsed
  const begun = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(begun)
  return {
    cpu_micros_per_record: Math.round(((user + system) / records) * 1_000) / 1_000,
    heap_bytes_per_record: Math.round(((process.memoryUsage().heapUsed - heap) / records) * 10) / 10,
  }
}

/** One batch, filled anew each time: what is measured is the judge. */
class Feed {
  readonly batch: BatchNumbers
  private readonly symbolsOf: readonly (readonly string[])[]
  private readonly last: Float64Array
  private offset = 0

  constructor(streams: number, symbols: number) {
    const names = Array.from({ length: streams }, (_, i) => `S${i}`)
    this.symbolsOf = Array.from({ length: streams / symbols }, (_, i) => names.slice(i * symbols, (i + 1) * symbols))
    this.last = new Float64Array(streams)
    const columns = { symbolCodes: new Int32Array(BATCH_ROWS), exchangeCodes: new Int32Array(BATCH_ROWS) }
    const halves = () => new Int32Array(BATCH_ROWS * 2)
    this.batch = {
      ...{ topic: 't', partition: 0, rows: BATCH_ROWS, symbols: this.symbolsOf[0]!, exchanges: ['BINANCE'] },
      ...columns,
      ...{ sequences: halves(), times: halves(), offsets: halves(), logTimes: new Float64Array(BATCH_ROWS) },
    }
  }

  /** The `n`-th batch; `step` moves a stream's number on. */
  fill(n: number, step: (last: number, row: number) => number): BatchNumbers {
    const group = n % this.symbolsOf.length
    const symbols = this.symbolsOf[group]!
    for (let i = 0; i < BATCH_ROWS; i++) {
      const code = i % symbols.length
      const stream = group * symbols.length + code
      this.batch.symbolCodes[i] = code
      const number = step(this.last[stream]!, i)
      this.last[stream] = number
      put(this.batch.sequences, i, number)
      put(this.batch.times, i, MICROS + this.offset)
      put(this.batch.offsets, i, this.offset++)
    }
    return { ...this.batch, symbols }
  }
}

function put(halves: Int32Array, i: number, value: number): void {
  halves[i * 2] = value | 0
  halves[i * 2 + 1] = Math.floor(value / 2 ** 32)
}

const judgeOf = (stored = new Map<string, Position>()) =>
  new Judge(STREAMS, {
    restore: (key) => kept(stored.get(key)),
    left: ({ key }, position) => stored.set(key, position),
  })
const kept = (position: Position | undefined) => position && { position, isDirty: true }

/** The cost of filling is taken off. */
function fed(records: number, feed: Feed, step: (last: number, row: number) => number, judge: Judge): Cost {
  const batches = Math.ceil(records / BATCH_ROWS)
  const work = (each: (batch: BatchNumbers) => void) =>
    measured(records, () => {
      for (let n = 0; n < batches; n++) each(feed.fill(n, step))
    })
  const filling = work(() => {})
  const whole = work((batch) => {
    judge.judge(batch)
    if (judge.news.size > 1_000) judge.news.take()
    judge.news.warnings()
  })
  const cpu = whole.cpu_micros_per_record - filling.cpu_micros_per_record
  return { ...whole, cpu_micros_per_record: Math.round(cpu * 1_000) / 1_000 }
}

const one = (last: number): number => last + 1
const next = (records: number): Cost => fed(records, new Feed(STREAMS, BATCH_SYMBOLS), one, judgeOf())
const unusual = (records: number): Cost =>
  // By turns ahead by 2, back by 1 and to the last again: gap, filled, duplicate.
  fed(
    records,
    new Feed(STREAMS, BATCH_SYMBOLS),
    (last, i) => last + [2, -1, 1][((i / BATCH_SYMBOLS) | 0) % 3]!,
    judgeOf(),
  )
const churn = (records: number): Cost => fed(records, new Feed(STREAMS * 2, BATCH_ROWS), one, judgeOf())

function memoryOfStreams(): number {
  const before = process.memoryUsage()
  const judge = judgeOf()
  const feed = new Feed(STREAMS, BATCH_ROWS)
  for (let n = 0; n < 4; n++) judge.judge(feed.fill(n, one))
  const now = process.memoryUsage()
  const taken = now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers
  if (judge.streams.size !== STREAMS) throw new Error(`${judge.streams.size} streams`)
  return Math.round(taken / 1024)
}

/** Of 50 symbols by turns, each numbered as the loader does it; in the portions of a loader. */
async function appendNumbered(log: Log, registry: SchemaRegistry, rows: number): Promise<void> {
  const topic = 'market.equities.trades.asx'
  const id = await registry.register(`${topic}-value`, SCHEMAS.trades)
  const vendorData = { company_id: '7078', qualifiers: '0', venue: 'T' }
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const records = Array.from({ length: Math.min(BATCH_ROWS, rows - from) }, (_, i) => {
      const symbol = `S${(from + i) % BATCH_SYMBOLS}`
      const trade = { ...numberedTrade(symbol, Math.floor((from + i) / BATCH_SYMBOLS) + 1), vendorData }
      const value = encodeRecord('trades', trade, FRAME_BYTES)
      writeFrame(value, 0, id)
      return { key: symbol, value }
    })
    await log.append(topic, records)
  }
}

async function outOfLog(rows: number): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-sequence-'))
  try {
    const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
    const registry = log.registry(incompatibility)
    await log.createTopics(TOPICS)
    await appendNumbered(log, registry, rows)
    const batches: LogBatch[] = []
    for (const range of await log.ranges(TRADE_TOPICS.map(({ name }) => name)))
      for await (const batch of log.readRange(range)) batches.push(batch)
    const schemas = await schemasOf(registry, batches)
    const run = () => {
      const judge = new Judge(STREAMS, new WaitingShelf(() => undefined))
      return measured(rows, () => {
        for (const batch of batches) judge.judge(numbersIn(batch, schemas).numbers)
      })
    }
    const costs = Array.from({ length: 4 }, run)
    await log.close()
    return costs.at(-1)!
  } finally {
    await rm(folder, { recursive: true })
  }
}

const FLUSHES = 5
const RECORDS_PER_STREAM = 20

async function shared(): Promise<object> {
  if (!redisIsThere()) return { redis: 'left out: e2e/worlds/real/redis.sh fetch brings it' }
  const feed = new Feed(STREAMS, BATCH_SYMBOLS)
  const judge = judgeOf()
  const server = await startServer('redis', 'bench-sequence')
  const store = redisStore(server.url, { lastsMs: 3_600_000 })
  const positions = new SharedPositions({
    store,
    view: { positions: () => [] },
    clock: realClock,
    logger: silentLogger,
  })
  try {
    let [seconds, records] = [0, 0]
    const begun = process.cpuUsage()
    for (let flush = 0; flush < FLUSHES; flush++) {
      const batches = (STREAMS * RECORDS_PER_STREAM) / BATCH_ROWS
      for (let n = 0; n < batches; n++) judge.judge(feed.fill(n, one))
      const startMs = performance.now()
      await positions.compare(
        [...judge.streams.each()].map((row) => judge.streams.position(row)),
        [],
      )
      seconds += (performance.now() - startMs) / 1_000
      records += batches * BATCH_ROWS
    }
    if (positions.trouble() !== undefined) throw new Error(positions.trouble())
    const { user, system } = process.cpuUsage(begun)
    return {
      records_per_second: Math.round(records / seconds),
      positions_per_second: Math.round((FLUSHES * STREAMS) / seconds),
      cpu_micros_per_position: Math.round((user + system) / (FLUSHES * STREAMS)),
    }
  } finally {
    await positions.close()
    await server.stop()
  }
}
