/**
 * `npm run bench -- dedup [SECONDS [RECORDS_PER_SECOND]]`: what it costs to know repeats. An hour of 50,000 a second by
 * default, in twelve partitions, after a window of which what is remembered no longer grows: CPU a record, bytes an id,
 * and the memory of the process. Then reading ids out of records, what a start reads back of a log, the filter's promise,
 * and a Redis, where one is there.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { numberedTrade } from '@k2/contracts/records/trade.fixture.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { Filter, WRONG_SHARE } from '@k2/dedup/filter.ts'
import { IdReader, type Ids, mix, WORDS } from '@k2/dedup/ids.ts'
import { sightingsAt } from '@k2/dedup/reading.ts'
import { type Candidate, Sightings } from '@k2/dedup/sightings.ts'
import { Window } from '@k2/dedup/window.ts'
import { redisIsThere, startServer } from '@k2/e2e/worlds/real/servers.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import { redisStore } from '@k2/shared-store/redis.ts'
import { ID_BYTES } from '@k2/shared-store/store.ts'

const TOPIC = 'market.crypto.trades.binance'
const PARTITIONS = 12
const BATCH = 10_000
const HOUR_MS = 3_600_000
const READ_BACK = 300_000

export async function dedupBench([seconds = 3_600, rate = 50_000]: readonly number[]): Promise<object> {
  const memory = remembered(seconds, rate)
  const figures = { ...memory, ...readIds(), ...(await readBack(seconds * rate)), ...filtered() }
  return { bench: 'dedup', seconds, rate, ...figures, ...(await shared()) }
}

const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Nothing of the bench's own may count as memory of ids. */
const words = new Uint32Array(BATCH * WORDS)
const has = new Uint8Array(BATCH).fill(1)

/** Ids as those of ours: a front of their symbol, and numbers behind it. They are there until the next ones are. */
function idsOf(first: number, front: number): Ids {
  for (let i = 0; i < BATCH; i++) {
    words[i * WORDS] = front
    words[i * WORDS + 1] = 0x8000
    words[i * WORDS + 2] = 0x8000_0000
    words[i * WORDS + 3] = first + i
  }
  return { words, has }
}

function remembered(seconds: number, rate: number) {
  const before = process.memoryUsage().rss
  const all = Array.from({ length: PARTITIONS }, () => new Sightings(0n, 0n, Window.of(HOUR_MS, 0), mix))
  const offsetDeltas = Int32Array.from({ length: BATCH }, (_, i) => i)
  const timesMs = new Float64Array(BATCH)
  const found: Candidate[] = []
  const values = { bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0) }
  let [micros, hits, records] = [0, 0, 0]
  for (; records < seconds * rate; records += BATCH) {
    const partition = (records / BATCH) % PARTITIONS
    const sightings = all[partition]!
    const from = sightings.at
    timesMs.fill((records / rate) * 1_000)
    const ids = idsOf(Number(from), partition)
    const batch = {
      topic: TOPIC,
      partition,
      from,
      to: from + BigInt(BATCH),
      count: BATCH,
      offsetDeltas,
      timesMs,
      values,
    }
    const start = cpuMicros()
    sightings.see(batch, ids, found)
    micros += cpuMicros() - start
    hits += found.length
    found.length = 0
  }
  const bytes = all.reduce((sum, { index }) => sum + index.bytes, 0)
  const ids = all.reduce((sum, { index }) => sum + index.count, 0)
  const rss = process.memoryUsage().rss
  return {
    records,
    memory_cpu_micros_per_record: round(micros / records, 3),
    memory_ids: ids,
    memory_bytes: bytes,
    memory_bytes_per_id: round(bytes / ids, 2),
    rss_bytes: rss,
    rss_bytes_before: before,
    fits_2_gib: rss < 2 ** 31,
    hits_that_were_none_per_million: round((hits / records) * 1e6, 1),
  }
}

function readIds() {
  const trades = Array.from({ length: BATCH }, (_, i) => {
    const value = encodeRecord('trades', numberedTrade('KTA', i), FRAME_BYTES)
    writeFrame(value, 0, 1)
    return value
  })
  const ends = new Int32Array(BATCH)
  for (const [i, { length }] of trades.entries()) ends[i] = (ends[i - 1] ?? 0) + length
  const values = {
    bytes: Buffer.concat(trades),
    starts: Int32Array.from(ends, (end, i) => end - trades[i]!.length),
    ends,
  }
  const reader = new IdReader(marketTopic(TOPIC)!, new Map([[1, { schema: SCHEMAS.trades }]]))
  const rounds = 200
  const start = cpuMicros()
  for (let i = 0; i < rounds; i++) reader.read({ count: BATCH, values })
  return { read_cpu_micros_per_record: round((cpuMicros() - start) / (rounds * BATCH), 3) }
}

/** What a start has to read before it can judge: the window of one partition out of the embedded log, and of all by that. */
async function readBack(window: number) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-dedup-'))
  const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
  try {
    const registry = log.registry(incompatibility)
    await log.createTopics(TOPICS)
    const id = await registry.register(`${TOPIC}-value`, SCHEMAS.trades)
    for (let from = 0; from < READ_BACK; from += BATCH) {
      const values = Array.from({ length: BATCH }, (_, i) => {
        const value = encodeRecord('trades', numberedTrade('KTA', from + i), FRAME_BYTES)
        writeFrame(value, 0, id)
        return { key: 'KTA', value }
      })
      await log.append(TOPIC, values)
    }
    const [range] = (await log.ranges([TOPIC])).filter(({ from, to }) => to > from)
    const [startMs, start] = [performance.now(), cpuMicros()]
    const held = await sightingsAt({ log, registry }, range!, range!.to, {
      ...{ windowMs: HOUR_MS, mix, memoryBytesMax: 2 ** 31 },
    })
    const seconds = (performance.now() - startMs) / 1_000
    if (held.index.count !== READ_BACK) throw new Error(`${held.index.count} ids were read back`)
    return {
      read_back_cpu_micros_per_record: round((cpuMicros() - start) / READ_BACK, 3),
      read_back_records_per_second: Math.round(READ_BACK / seconds),
      read_back_seconds_of_window: Math.round((window * seconds) / READ_BACK),
    }
  } finally {
    await log.close()
    await rm(folder, { recursive: true })
  }
}

/** As in the midst of a window: slices that are full, each of as many ids. */
function filtered() {
  const [slices, perSlice, asked] = [5, 400_000, 1_000_000]
  const filter = new Filter()
  const ids = (from: number) => idsOf(from, 7).words
  let start = cpuMicros()
  for (let slice = 0; slice < slices; slice++)
    for (let from = 0; from < perSlice; from += BATCH) {
      const words = ids(slice * perSlice + from)
      for (let i = 0; i < BATCH; i++) filter.add(slice, words, i * WORDS)
    }
  const add = cpuMicros() - start
  let wrong = 0
  start = cpuMicros()
  for (let from = 0; from < asked; from += BATCH) {
    const words = ids(2 ** 30 + from)
    for (let i = 0; i < BATCH; i++) if (filter.mayHave(words, i * WORDS)) wrong++
  }
  return {
    filter_promise: WRONG_SHARE,
    filter_wrong_share: wrong / asked,
    filter_bytes_per_id: round(filter.bytes / (slices * perSlice), 2),
    filter_add_cpu_micros: round(add / (slices * perSlice), 3),
    filter_ask_cpu_micros: round((cpuMicros() - start) / asked, 3),
  }
}

async function shared() {
  if (!redisIsThere()) return { redis: 'left out: e2e/worlds/real/redis.sh fetch brings it' }
  const server = await startServer('redis', 'bench-dedup')
  const store = redisStore(server.url, { lastsMs: HOUR_MS })
  try {
    const [count, load] = [300_000, 50_000]
    const idsAt = (from: number) => {
      const ids = Buffer.alloc(load * ID_BYTES)
      for (let i = 0; i < load; i++) ids.writeUInt32BE(from + i, i * ID_BYTES + 12)
      return ids
    }
    const rateOf = async (work: (from: number) => Promise<unknown>): Promise<number> => {
      const startMs = performance.now()
      for (let from = 0; from < count; from += load) await work(from)
      return Math.round(count / ((performance.now() - startMs) / 1_000))
    }
    const offsets = (from: number) => Array.from({ length: load }, (_, i) => BigInt(from + i))
    return {
      redis_remembered_per_second: await rateOf((from) =>
        store.remember('b', 1, { ids: idsAt(from), offsets: offsets(from) }, []),
      ),
      redis_seen_per_second: await rateOf((from) => store.seen('b', [1], idsAt(from))),
      redis_positions_per_second: await rateOf((from) =>
        store.advance(offsets(from).map((offset) => ({ key: `p${offset % 10_000n}`, offset, value: 'v' }))),
      ),
    }
  } finally {
    await store.close()
    await server.stop()
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
