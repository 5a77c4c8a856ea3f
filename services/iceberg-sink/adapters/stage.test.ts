/** The Stager over its worker: what moves there, and what comes back. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { behind } from '@k2/landing/batch.ts'
import type { StageBatch } from '@k2/landing/stage.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import { workerStager } from './stage.ts'

const TOPIC = marketTopic('market.equities.trades.asx')!
const DAY_MICROS = 86_400_000_000
const SCHEMA_ID = 1
const SCHEMAS_BY_ID = new Map([[SCHEMA_ID, { schema: SCHEMAS.trades }]])

/** One trade a day, offsets [from, to), of one symbol. */
function daily(from: number, to: number): StageBatch {
  const values = Array.from({ length: to - from }, (_, i) => {
    const value = encodeRecord('trades', tradeOf(from + i), FRAME_BYTES)
    writeFrame(value, 0, SCHEMA_ID)
    return value
  })
  const ends = Int32Array.from(values.keys())
  values.reduce((sum, value, i) => {
    ends[i] = sum + value.length
    return ends[i]
  }, 0)
  return {
    topic: TOPIC.name,
    partition: 0,
    from: BigInt(from),
    to: BigInt(to),
    count: values.length,
    offsetDeltas: Int32Array.from(values.keys()),
    timesMs: Float64Array.from(values.keys()),
    values: {
      bytes: new Uint8Array(Buffer.concat(values)),
      starts: ends.map((_, i) => ends[i - 1] ?? 0),
      ends,
    },
  }
}

const tradeOf = (number: number) =>
  ({
    messageId: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
    tradeId: String(number),
    symbol: 'KTA',
    exchange: 'ASX',
    assetClass: 'equities',
    timestampMicros: number * DAY_MICROS,
    price: 1n,
    quantity: 1n,
    currency: 'AUD',
    side: 'UNKNOWN',
    tradeConditions: [],
    sourceSequence: null,
    ingestionMicros: 0,
    vendorData: null,
  }) as const

async function opened(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-stage-'))
  const stager = workerStager()
  t.after(async () => {
    await stager.close()
    await rm(folder, { recursive: true })
  })
  const staging = join(folder, 'staging')
  const stage = (batches: readonly StageBatch[]) =>
    stager.stage({ table: TOPIC.table.name, batches, schemas: SCHEMAS_BY_ID, repeats: new Map(), folder: staging })
  return { stage, staging }
}

test('what a commit has no room for comes back whole, and lands with the next', { timeout: 60_000 }, async (t) => {
  const { stage } = await opened(t)
  const batches = [daily(0, 60), daily(60, 70), daily(70, 72)]
  const first = await stage(batches)
  assert.equal(batches[0]!.values.bytes.length, 0, 'its bytes have moved')
  assert.deepEqual([first.rows, first.files.length, [...first.to.values()]], [64, 64, [64n]])
  assert.deepEqual(
    first.left.map(({ from, to }) => [from, to]),
    [
      [60n, 70n],
      [70n, 72n],
    ],
  )
  const second = await stage([behind(first.left[0]!, 64n)!, first.left[1]!])
  assert.deepEqual([second.rows, [...second.to.values()], second.left], [8, [72n], []])
  assert.deepEqual(
    second.files.map(({ day }) => day),
    [64, 65, 66, 67, 68, 69, 70, 71],
  )
})

test('a staging that fails leaves no files', { timeout: 60_000 }, async (t) => {
  const { stage, staging } = await opened(t)
  await stage([daily(0, 1)])
  // The folder of its third file cannot be made.
  await writeFile(join(staging, 'exchange_date=1970-01-12'), '')
  const before = await readdir(staging, { recursive: true })
  await assert.rejects(stage([daily(9, 12)]))
  const after = await readdir(staging, { recursive: true })
  assert.deepEqual(
    after.filter((path) => path.endsWith('.parquet')),
    before.filter((path) => path.endsWith('.parquet')),
  )
})
