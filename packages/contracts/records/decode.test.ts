/**
 * The generated decoder against avsc, record by record: the same records rejected for the same kind of reason, and the
 * same values. K2_SEED runs a failing run again, K2_FUZZ runs more.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { ColumnBatch } from '../columns.ts'
import { marketTopic } from '../topics.ts'
import { avroType, type Kind, SCHEMAS } from './avro.ts'
import { avscDecoder } from './by-avsc.ts'
import { MORE_ITEMS, OVERLONG } from './cursor.ts'
import { type Decoded, decodeBatch, decodeWith, type LoggedRecords } from './decode.ts'
import { planOf } from './generate.ts'
import { harmed, type Random, random, randomRecord } from './random.fixture.ts'

// biome-ignore-start lint/style/noProcessEnv: a test's knobs are no settings
const SEED = Number(process.env.K2_SEED ?? Date.now() % 2 ** 31)
const ROUNDS = Number(process.env.K2_FUZZ ?? 4)
// biome-ignore-end lint/style/noProcessEnv: as above
const ROWS = 3_000

const TOPICS: Readonly<Record<Kind, string>> = {
  trades: 'market.equities.trades.asx',
  quotes: 'market.equities.quotes.asx',
  reference: 'market.equities.reference.asx',
}
const KINDS = ['trades', 'quotes', 'reference'] as const

/** All values in one buffer, so that one that is cut short has the next one behind it. */
function logged(topic: string, values: readonly (Buffer | null)[], from: bigint): LoggedRecords {
  const starts = new Int32Array(values.length)
  const ends = new Int32Array(values.length)
  let at = 0
  values.forEach((value, i) => {
    starts[i] = at
    at += value?.length ?? 0
    ends[i] = value ? at : -1
  })
  return {
    topic,
    partition: 3,
    from,
    count: values.length,
    offsetDeltas: Int32Array.from(values, (_, i) => i * 2),
    timesMs: Float64Array.from(values, (_, i) => i),
    values: { bytes: Buffer.concat(values.filter((value) => value !== null)), starts, ends },
  }
}

/** Rows as lists of values, whichever way a column holds them. */
function rowsOf({ rows, columns }: ColumnBatch): unknown[][] {
  const values = [...columns.values()].map((data) => (row: number): unknown => {
    if (data.kind === 'uuid') return Buffer.from(data.bytes.subarray(row * 16, row * 16 + 16)).toString('hex')
    if (data.kind === 'dictionary' || data.kind === 'list') return data.dictionary[data.codes[row]!]
    return data.kind !== 'text' && data.nulls?.[row] ? null : data.values[row]
  })
  return Array.from({ length: rows }, (_, row) => values.map((value) => value(row)))
}

/** One by one: the difference of two long lists takes minutes to show. */
function same(ours: readonly unknown[], theirs: readonly unknown[]): void {
  assert.equal(ours.length, theirs.length)
  ours.forEach((one, i) => {
    if (!isDeepStrictEqual(one, theirs[i])) assert.deepEqual(one, theirs[i])
  })
}

/** Where it is stricter than avsc, or avsc would loop over items that are not there. */
const OURS_ALONE: readonly string[] = [OVERLONG, MORE_ITEMS]

function compare(kind: Kind, values: readonly (Buffer | null)[], schema: string, from: bigint): Decoded {
  const topic = marketTopic(TOPICS[kind])!
  const schemas = new Map([[7, { schema }]])
  const batch = logged(topic.name, values, from)
  const ours = decodeBatch(topic, batch, schemas)
  const alone = new Set(ours.rejected.flatMap((one) => (OURS_ALONE.includes(one.reason) ? [one.offset] : [])))
  const asked = values.map((value, i) => (alone.has(from + BigInt(i * 2)) ? null : value))
  const theirs = decodeWith(avscDecoder(topic, schemas), logged(topic.name, asked, from))
  // The reason is for people, and each has its own words for broken Avro.
  const reasons = (decoded: Decoded) =>
    decoded.rejected
      .filter(({ offset }) => !alone.has(offset))
      .map(({ offset, code, reason }) => [offset, code, code === 'avro' ? '' : reason])
  same(reasons(ours), reasons(theirs))
  assert.deepEqual(ours.last, theirs.last)
  same(rowsOf(ours.batch), rowsOf(theirs.batch))
  return ours
}

for (const kind of KINDS) {
  test(`random ${kind} are decoded as avsc decodes them`, (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const from = random(SEED + round)
      t.diagnostic(`seed ${from.seed}`)
      const values = Array.from({ length: ROWS }, () => (from.chance(0.01) ? null : randomRecord(kind, from)))
      const offset = from.pick([0n, 2n ** 31n - 5n, 2n ** 32n - 7n, 2n ** 52n])
      const { batch } = compare(kind, values, SCHEMAS[kind], offset)
      assert.ok(batch.rows > ROWS / 2, `only ${batch.rows} of ${ROWS} records landed`)
    }
  })

  test(`harmed ${kind} are rejected, or read, as by avsc`, (t) => {
    let rejected = 0
    for (let round = 0; round < ROUNDS; round++) {
      const from = random(SEED + 1_000 + round)
      t.diagnostic(`seed ${from.seed}`)
      const values = Array.from({ length: ROWS }, () => harmed(randomRecord(kind, from), from))
      rejected += compare(kind, values, SCHEMAS[kind], 5n).rejected.length
    }
    assert.ok(rejected > ROWS / 4)
  })

  test(`${kind} of other writers' schemas are decoded as avsc resolves them`, (t) => {
    const plans = { read: 0, resolver: 0 }
    for (let round = 0; round < ROUNDS * 10; round++) {
      const from = random(SEED + 2_000 + round)
      const schema = writerSchema(kind, from)
      t.diagnostic(`seed ${from.seed}`)
      const plan = planOf(kind, marketTopic(TOPICS[kind])!.table.columns, schema)
      plans['read' in plan ? 'read' : 'resolver']++
      const values = Array.from({ length: 100 }, () => written(schema, from))
      const { batch } = compare(kind, values, schema, 5n)
      assert.equal(batch.rows, 100)
    }
    assert.ok(plans.read > 0 && plans.resolver > 0, JSON.stringify(plans))
  })
}

interface Field {
  name: string
  type: unknown
  default?: unknown
}

// biome-ignore format: a table reads by its columns
const EXTRAS: readonly unknown[] = [
  'null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes',
  { type: 'fixed', name: 'F', size: 3 }, { type: 'enum', name: 'E', symbols: ['A', 'B'] },
  { type: 'array', items: 'long' }, { type: 'map', values: 'bytes' }, { type: 'array', items: { type: 'map', values: ['null', 'int'] } },
  ['null', 'string', 'long'], { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }, { type: 'array', items: 'null' },
]

/** Today's schema as another writer might have it: fields missing, added, in another order, of a type that is promoted. */
function writerSchema(kind: Kind, from: Random): string {
  const schema: { fields: Field[] } = JSON.parse(SCHEMAS[kind])
  let fields = schema.fields.filter((field) => !('default' in field) || from.chance(0.7))
  if (from.chance(0.5)) fields = fields.toSorted(() => from.below(3) - 1)
  fields = fields.map((field) => ({ ...field, type: changed(field.type, field.name, from) }))
  for (let extra = from.below(3); extra > 0; extra--) {
    fields.splice(from.below(fields.length + 1), 0, { name: `extra${extra}`, type: renamed(from.pick(EXTRAS), extra) })
  }
  for (const field of fields) delete field.default
  return JSON.stringify({ ...schema, fields })
}

const renamed = (type: unknown, to: number): unknown =>
  JSON.parse(JSON.stringify(type).replace(/"name":"([FER])"/, `"name":"$1${to}"`))

function changed(type: unknown, name: string, from: Random): unknown {
  if (!from.chance(0.2)) return type
  if (Array.isArray(type)) return from.pick([type[1], [type[1], type[0]]])
  if (type === 'string') return 'bytes'
  if (type === 'boolean') return type
  const { type: base, logicalType, symbols } = type as { type: string; logicalType?: string; symbols?: string[] }
  if (base === 'long' && from.chance(0.3)) return 'int'
  if (base === 'enum')
    return { ...(type as object), symbols: name === 'side' ? ['NEW', ...symbols!] : symbols!.toReversed() }
  return logicalType === 'decimal' || base !== 'array' ? type : { type: 'array', items: 'bytes' }
}

/** A value of the writer's, as avsc writes it; the id, the symbol and the numbers are such that it lands. */
function written(schema: string, from: Random): Buffer {
  const type = avroType(schema)
  const { fields }: { fields: Field[] } = JSON.parse(schema)
  const record = type.random() as unknown as Record<string, unknown>
  const cast = (value: bigint, of: unknown) => (JSON.stringify(of).includes('int"') ? Number(value) : value)
  for (const { name, type: of } of fields) {
    const shown = JSON.stringify(of)
    if (name === 'message_id') record[name] = '27f0a1b2-0144-8a5c-8000-0123456789ab'
    else if (name === 'symbol') record[name] = `S${from.below(5)}`
    else if (shown.includes('decimal')) record[name] = BigInt(from.below(2 ** 40)) - 2n ** 39n
    else if (shown.includes('timestamp')) record[name] = cast(BigInt(from.below(2 ** 31)), of)
    if (shown === '"bytes"' || shown === '{"type":"bytes"}') record[name] = Buffer.from(String(record[name]))
    if (Array.isArray(of) && of.length === 2 && from.chance(0.3)) record[name] = null
  }
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), type.toBuffer(record)])
}

test('a decimal of another scale is another number: its schema is refused', () => {
  const schema = SCHEMAS.trades.replaceAll('"scale": 8', '"scale": 4')
  const { rejected } = decodeBatch(
    marketTopic(TOPICS.trades)!,
    logged(TOPICS.trades, [randomRecord('trades', random(SEED))], 0n),
    new Map([[7, { schema }]]),
  )
  assert.deepEqual(
    rejected.map(({ code }) => code),
    ['schema'],
  )
})

test('text that differs in more than half of many rows is no dictionary, and a few values are one', () => {
  const from = random(SEED)
  for (const share of [0.01, 0.9]) {
    const values: Buffer[] = []
    while (values.length < 6_000) {
      const id = from.chance(share) ? String(values.length).padStart(8, '0') : 'constant'
      values.push(tradeWithId(id))
    }
    const { batch } = compare('trades', values, SCHEMAS.trades, 0n)
    assert.equal(batch.columns.get('trade_id')!.kind, share < 0.5 ? 'dictionary' : 'text')
  }
})

function tradeWithId(id: string): Buffer {
  const type = avroType(SCHEMAS.trades)
  const record = {
    message_id: '27f0a1b2-0144-8a5c-8000-0123456789ab',
    trade_id: id,
    symbol: 'BHP',
    exchange: 'ASX',
    asset_class: 'equities',
    timestamp: 1n,
    price: 1n,
    quantity: 1n,
    currency: 'AUD',
    side: 'BUY',
    trade_conditions: [],
    source_sequence: null,
    ingestion_timestamp: 1n,
    platform_sequence: null,
    vendor_data: { id },
  }
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), type.toBuffer(record)])
}
