/**
 * Replays while records load, commits land and files are compacted: cut at random and resumed by cursors, over both doors,
 * at any speed, each is exactly the plain answer over the same offsets.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '@k2/embedded/sample.ts'
import { tableFromIPC } from 'apache-arrow'
import { type Asking, asking } from '../worlds/asking.ts'
import { allPages } from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { coveredBy, feed, idsOf, inOrderOfTime, nothingPlaced, type Placed, place } from '../worlds/placed.ts'
import { nothingKept, upkeep } from '../worlds/upkeep.ts'

const SEED = Number(process.env.K2_SEED ?? Date.now() % 1_000_000)
const LONG_MS = 120_000
const REPLAYS = 12

type Asked = Readonly<Record<string, string | number | readonly string[] | undefined>>

interface Replayed {
  readonly ids: readonly string[]
  readonly offsets: Readonly<Record<string, string>>
  readonly calls: number
}

interface Part {
  readonly ids: readonly string[]
  readonly cursor: string
  readonly offsets?: Readonly<Record<string, string>>
}

async function* overGrpc(
  world: Asking,
  { table, symbols, start_time, end_time, source, speed, cursor, ...rest }: Asked,
) {
  const request = {
    ...(table && { table: String(table) }),
    ...(symbols && { symbols: [...(symbols as string[])] }),
    ...(start_time && { startTime: String(start_time), endTime: String(end_time) }),
    ...(source && { source: `SOURCE_${String(source).toUpperCase()}` as 'SOURCE_LAKE' }),
    ...(speed && { speed: Number(speed) }),
    ...(cursor && { cursor: String(cursor) }),
    ...(rest.as_of && { asOf: String(rest.as_of) }),
    batchRecords: Number(rest.batch_records ?? 0),
  }
  for await (const { trades, quotes, cursor, meta } of world.rpc.stream('Replay', request))
    yield { ids: [...trades, ...quotes].map(({ messageId }) => messageId), cursor, ...(meta && proofOf(meta)) } as Part
}

const proofOf = (meta: { complete: boolean; offsets: Record<string, string>; reasons: readonly string[] }) => {
  assert.deepEqual([meta.complete, meta.reasons], [true, []])
  return { offsets: meta.offsets }
}

async function* overRest(world: Asking, asked: Asked): AsyncGenerator<Part> {
  const over = new AbortController()
  const response = await fetch(`${world.url}/v1/replay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
    signal: over.signal,
  })
  assert.equal(response.status, 200, JSON.stringify(asked))
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson; charset=utf-8')
  let ids: string[] = []
  let text = ''
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split('\n')
      text = lines.pop()!
      for (const line of lines) {
        const { message_id: id, cursor, meta, error } = JSON.parse(line)
        assert.equal(error, undefined, line)
        if (id !== undefined) ids.push(id)
        else {
          yield { ids, cursor, ...(meta && proofOf(meta)) }
          ids = []
        }
      }
    }
  } finally {
    over.abort()
  }
}

/** Through as many calls as it takes, each ended after some batches. */
async function replayed(world: Asking, asked: Asked, random: () => number): Promise<Replayed> {
  const ids: string[] = []
  for (let [cursor, calls] = ['', 1]; ; calls++) {
    let left = 1 + Math.floor(random() * 8)
    const open = random() < 0.5 ? overGrpc : overRest
    for await (const part of open(world, { ...asked, ...(cursor && { cursor }) })) {
      ids.push(...part.ids)
      if (part.offsets) return { ids, offsets: part.offsets, calls }
      cursor = part.cursor
      if (--left === 0) break
    }
    await sleep(random() * 40)
  }
}

function askedOf(random: () => number): Asked {
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  return {
    table: oneOf(['trades', 'trades', 'quotes']),
    source: oneOf(['hybrid', 'hybrid', 'lake']),
    batch_records: 15 + Math.floor(random() * 60),
    ...(random() < 0.4 && { symbols: oneOf([['KTA'], ['KTB', 'KNF'], ['NONE']]) }),
    ...(random() < 0.3 && { start_time: '2014-03-10T00:01:00Z', end_time: '2014-03-10T00:05:00Z' }),
    ...(random() < 0.2 && { speed: 100_000 }),
  }
}

function wantedOf(placed: readonly Placed[], { symbols, start_time, end_time }: Asked, offsets: Replayed['offsets']) {
  const from = start_time === undefined ? 0 : Date.parse(String(start_time)) * 1000
  const to = end_time === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(String(end_time)) * 1000
  const asked = coveredBy(placed, offsets)
    .filter(({ key: [micros] }) => micros >= from && micros < to)
    .filter(({ symbol }) => symbols === undefined || (symbols as string[]).includes(symbol))
  return idsOf(inOrderOfTime(asked))
}

test(`replays that are cut and resumed are one answer, seed ${SEED}`, { timeout: LONG_MS }, (t) =>
  inFolder((folder) =>
    asking(folder, { rows: 150, ageMs: 300 }, async (world) => {
      const random = seeded(SEED)
      const placed = nothingPlaced()
      const over = new AbortController()
      const feeding = feed(world, placed, seeded(SEED + 1), over.signal)
      const keeping = upkeep(world, join(folder, 'upkeep'), nothingKept(), over.signal)
      await sleep(700)
      const done: [Asked, Replayed][] = []
      try {
        for (let i = 0; i < REPLAYS; i++) {
          const asked = askedOf(random)
          done.push([asked, await replayed(world, asked, random)])
        }
      } finally {
        over.abort()
        await Promise.all([feeding, keeping])
      }
      let [calls, records] = [0, 0]
      for (const [asked, told] of done) {
        const wanted = wantedOf(placed[asked.table as 'trades'], asked, told.offsets)
        assert.deepEqual(told.ids, wanted, JSON.stringify(asked))
        calls += told.calls
        records += told.ids.length
      }
      assert.ok(calls > REPLAYS && records > 500, `${calls} calls, ${records} records`)
      t.diagnostic(`${REPLAYS} replays over ${calls} calls, ${records} records`)
    }),
  ),
)

test('a replay is the plain question; as_of and speed make no difference to it', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(folder, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const random = seeded(SEED)
      const placed = nothingPlaced()
      while (placed.trades.length < 300) await place(world, placed, random)
      await world.sink.drain(AbortSignal.timeout(LONG_MS / 2))
      const snapshot = String((await world.tables.find(({ spec }) => spec.name === 'trades_v2')!.head()).snapshotId)
      while (placed.trades.length < 400) await place(world, placed, random)
      for (const more of [{}, { source: 'lake' }, { as_of: snapshot }, { source: 'tail' }]) {
        const question = { path: '/v1/trades/query', rpc: 'QueryTrades', post: true } as const
        const plain = await allPages(world, { ...question, asked: { order: 'asc', limit: 70, ...more } })
        const wanted = plain.map((row) => row.message_id)
        for (const speed of [undefined, 1_000]) {
          const told = await replayed(world, { ...more, speed, batch_records: 33 }, random)
          assert.deepEqual(told.ids, wanted, JSON.stringify({ ...more, speed }))
        }
        assert.deepEqual(await inArrow(world, more), plain.map(said), `${JSON.stringify(more)} in Arrow`)
      }
    }),
  ),
)

/** Rows of all batches, as far as JSON and Arrow say them alike. */
async function inArrow(world: Asking, { source, as_of: asOf = '' }: { source?: string; as_of?: string }) {
  const rows: Record<string, unknown>[] = []
  const request = {
    batchRecords: 33,
    arrow: true,
    asOf,
    ...(source && { source: `SOURCE_${source.toUpperCase()}` as 'SOURCE_LAKE' }),
  }
  for await (const { trades, arrow } of world.rpc.stream('Replay', request)) {
    assert.deepEqual(trades, [])
    // Where its readers take columns as they lie.
    assert.equal(arrow.byteOffset % 8, 0)
    if (arrow.length > 0)
      rows.push(
        ...tableFromIPC(arrow as Uint8Array)
          .toArray()
          .map((row) => row.toJSON()),
      )
  }
  return rows.map(said)
}

/** Texts, lists and what may be missing; of the numbers those that Arrow gives as they are. */
function said({
  message_id,
  trade_id,
  symbol,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  vendor_data,
  source_sequence,
  trade_conditions,
}: Record<string, unknown>) {
  const vendor = typeof vendor_data === 'string' ? JSON.parse(vendor_data) : vendor_data
  const numbers = [kafka_offset, source_sequence].map((number) => (number === null ? null : String(number)))
  return {
    message_id,
    trade_id,
    symbol,
    kafka_topic,
    kafka_partition,
    numbers,
    vendor,
    conditions: [...(trade_conditions as string[])],
  }
}

test('nothing to replay is an answer too, and what is wrong with it has a status', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(folder, { rows: 60, ageMs: 60 }, async (world) => {
      const parts: Part[] = []
      for await (const part of overGrpc(world, {})) parts.push(part)
      assert.deepEqual(parts, [{ ids: [], cursor: '', offsets: {} }])
      // biome-ignore format: a table reads by its columns
      const wrong: [asked: object, status: number, says: RegExp][] = [
        [{ speed: 0 },                       400, /speed is more than 0/],
        [{ speed: -1 },                      400, /speed is more than 0/],
        [{ batch_records: 10_001 },          400, /batch_records/],
        [{ format: 'json' },                 400, /format is not a parameter/],
        [{ table: 'reference' },             400, /table is one of trades, quotes/],
        [{ as_of: '7', source: 'hybrid' },   400, /as_of asks for the lake/],
        [{ as_of: '7' },                     404, /no snapshot 7/],
      ]
      for (const [asked, status, says] of wrong) {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(asked) }
        const response = await fetch(`${world.url}/v1/replay`, init)
        const { detail } = (await response.json()) as { detail: string }
        assert.equal(response.status, status, detail)
        assert.match(detail, says)
      }
    }),
  ),
)
