/**
 * Random messages to every method of every service: sound, odd and broken ones (worlds/random-messages.ts). Each is answered
 * or refused with a code, none is INTERNAL or UNKNOWN or never answered, and nothing grows. K2_FUZZ_SECONDS says for how
 * long, by default a few; K2_FUZZ_SEED repeats a run's messages.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { type PackageDefinition, serviceIn } from '@k2/service/rpc.ts'
import { type AllDoors, allDoors } from '../worlds/all-doors.ts'
import { type Held, heldHere, heldLine } from '../worlds/growth.ts'
import { type MessageType, randomMessage, type Words } from '../worlds/random-messages.ts'
import { CANCELLED, framed, type RawAnswer, type RawGrpc, rawGrpc } from '../worlds/raw-grpc.ts'
import { below, oneOf } from '../worlds/venues.ts'

const SECONDS = Number(process.env.K2_FUZZ_SECONDS ?? 4)
const SEED = Number(process.env.K2_FUZZ_SEED ?? Math.floor(Math.random() * 1e9))
const AT_ONCE = 6
/** A stream has no end of its own. */
const STREAM_MS = 60
/** One stream in so many is heard for longer: what fails late is seen, too. */
const HEARD_EVERY = 20
const HEARD_MS = 1_000
/** The first few tell. */
const WRONG_MAX = 20
const MEBIBYTE = 2 ** 20
/** From the middle of the run to its end, for V8 has compiled by then what there is. */
const GROWTH_MAX: Held = { heap: 6 * MEBIBYTE, outside: 64 * MEBIBYTE, rss: 96 * MEBIBYTE, files: 8 }

/** google.rpc.Code: a client is told what it did wrong, or that it may come again. */
const OF_US = new Map([
  [0, 'OK'],
  [CANCELLED, 'CANCELLED'],
  [3, 'INVALID_ARGUMENT'],
  [5, 'NOT_FOUND'],
  [8, 'RESOURCE_EXHAUSTED'],
  [9, 'FAILED_PRECONDITION'],
  [14, 'UNAVAILABLE'],
])

const TIMES = ['2014-04-04', '2014-04-04T00:00:00Z', '2014-04-05T11:59:59.999999+10:00', '2014-04-07', '1970-01-01']
const WORDS: Words = {
  meant: {
    symbols: ['KTA', 'KTB', 'KTA', 'NONE'],
    symbol: ['KTA', 'KTB'],
    exchange: ['ASX', 'BINANCE', 'NOWHERE'],
    exchanges: ['ASX', 'BINANCE'],
    start_time: TIMES,
    end_time: ['2014-04-07', '2014-04-08', ...TIMES],
    as_of: ['1', '2030-01-01', '2014-04-04'],
    ranges: ['2014-04-04/2014-04-06', '2014-04-05T00:00Z/2014-04-05T01:00Z'],
    date: ['2014-04-05', '2014-04-06'],
    timeframe: ['1s', '1m', '4h', '1d'],
    timeframes: ['1m', '1h', '1d'],
    interval: ['1s', '7m', '1h', '1d'],
    max_age: ['1s', '5m', '1d'],
    fields: ['symbol', 'price', 'timestamp', 'bid_price', 'trade_id', 'vendor_data'],
    sides: ['BUY', 'SELL', 'UNKNOWN'],
    group_by: ['symbol', 'exchange', 'side', 'price_level'],
    metrics: ['ohlcv', 'vwap', 'twap', 'volume_profile', 'trade_count'],
    table: ['trades', 'quotes', 'reference'],
    trade_conditions: ['XT', '0'],
    exclude_trade_conditions: ['1'],
    statuses: ['open', 'filled'],
    ...Object.fromEntries(['min_price', 'max_price', 'min_quantity', 'max_quantity'].map((of) => [of, ['36', '0.5']])),
    price_bucket: ['0.01', '1'],
    service: ['iceberg-sink', 'query-service'],
    instance: ['one', 'two'],
    reason: ['a drill'],
    by: ['somebody'],
  },
  odd: [
    ...[
      '',
      ' ',
      '0',
      '-1',
      '1e999',
      'NaN',
      'null',
      "'",
      '"',
      "' OR 1=1 --",
      "KTA'; DROP TABLE trades; --",
      '$1',
      '?',
      ';',
    ],
    ...['../../etc/passwd', '/etc/passwd', 'file:///etc/passwd', '%00', '\0', 'KTA\0', '*', '%', '_', 'KTA,KTB', ',,,'],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '{}',
      '[]',
      '<script>',
      '$' + '{7*7}',
      '\u202e',
      '😀',
    ],
    ...['2014-13-45', '9999-12-31T23:59:59Z', '0000-01-01', '2014-03-10T25:00:00Z', '+275760-09-13', '1e3/1e4', '/'],
    ...['9223372036854775808', '-9223372036854775808', '0x10', '0.000000001', '9'.repeat(400), 'A'.repeat(100_000)],
  ],
}

/** For methods that refuse an empty request. */
const MEANT: Readonly<Record<string, object>> = {
  GetRecentTrades: { symbols: ['KTA'], exchange: 'ASX' },
  GetOhlcv: { symbols: ['KTA'], timeframe: '1h' },
  GetOhlcvBatch: { symbols: ['KTA', 'KTB'], timeframes: ['1h', '1d'] },
  GetSummary: { symbol: 'KTB', date: '2014-04-05' },
  GetGapCoverage: { symbol: 'KTB', exchange: 'ASX', date: '2014-04-05' },
  GetCoverage: { symbol: 'KTB', exchange: 'ASX', date: '2014-04-05' },
  Replay: { symbols: ['KTB'] },
  Report: { service: 'iceberg-sink', instance: 'one', heapShare: 0.1 },
  Override: { level: 0, seconds: 1, reason: 'a drill', by: 'somebody' },
  AddSymbols: { symbols: ['ETHUSDT'] },
  RemoveSymbols: { symbols: ['ETHUSDT'] },
}
/** It tells what happens from now on, and nothing does. */
const IS_SILENT = '/k2.v1.SequenceService/WatchSequence'

interface Method {
  readonly path: string
  readonly meant: Uint8Array
  readonly isStream: boolean
  readonly request: MessageType
  readonly client: RawGrpc
}

const NONE = new Uint8Array()
const NOTHING: MessageType = { name: 'Nothing', field: [] }
const OF_ALL_SERVERS = [
  ['/grpc.health.v1.Health/Check', false],
  ['/grpc.health.v1.Health/Watch', true],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', true],
] as const

async function methodsOf({ addresses, protos }: AllDoors): Promise<Method[]> {
  const methods: Method[] = []
  const clients = new Map<string, RawGrpc>()
  for (const [name, address] of Object.entries(addresses)) {
    const client = clients.get(address) ?? (await rawGrpc(address))
    if (!clients.has(address))
      for (const [path, isStream] of OF_ALL_SERVERS)
        methods.push({ path, isStream, request: TEXTS, client, meant: NONE })
    clients.set(address, client)
    for (const [rpc, method] of Object.entries(serviceIn(protos, name))) {
      const { path, responseStream } = method
      const { type } = (method as unknown as { requestType: { type: MessageType } }).requestType
      const meant = method.requestSerialize(MEANT[rpc] ?? {})
      methods.push({ path, isStream: responseStream, request: type, client, meant })
    }
  }
  return methods
}

/** What health and reflection are asked: texts alone. */
const TEXTS: MessageType = {
  ...NOTHING,
  field: [1, 3, 4, 6, 7].map((number) => {
    return { name: 'service', number, type: 'TYPE_STRING', label: 'LABEL_OPTIONAL', typeName: '' }
  }),
}

test(`random messages for ${SECONDS} s`, { timeout: SECONDS * 1_000 + 120_000 }, async (t) => {
  t.diagnostic(`K2_FUZZ_SEED=${SEED}`)
  await allDoors(SEED, async (doors) => {
    const methods = await methodsOf(doors)
    for (const method of methods) await answers(method)
    const random = seeded(SEED)
    const statuses = new Map<string, number>()
    const wrong: string[] = []
    const startMs = performance.now()
    let calls = 0
    const until = async (share: number) => {
      const one = async () => {
        while (performance.now() - startMs < SECONDS * 1_000 * share) {
          // In turn, so that a short run too comes to each.
          const method = methods[calls++ % methods.length]!
          const { answer, told } = await asked(random, method, doors.protos)
          const name = OF_US.get(answer.status ?? -1) ?? `status ${answer.status}`
          if (!OF_US.has(answer.status ?? -1)) wrong.push(`${told}: ${answer.status} ${answer.code} ${answer.message}`)
          if (wrong.length === WRONG_MAX) return
          statuses.set(name, (statuses.get(name) ?? 0) + 1)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, one))
    }
    await until(0.5)
    const before = heldHere()
    await until(1)
    const after = heldHere()
    t.diagnostic(`${calls} calls: ${[...statuses].map(([name, count]) => `${name} ${count}`).join(', ')}`)
    t.diagnostic(`in the middle ${heldLine(before)}; at the end ${heldLine(after)}`)
    assert.deepEqual(wrong, [])
    for (const of of Object.keys(GROWTH_MAX) as (keyof Held)[])
      assert.ok(after[of] - before[of] <= GROWTH_MAX[of], `${of} grew from ${before[of]} to ${after[of]}`)
    for (const client of new Set(methods.map(({ client }) => client))) await client.close()
  })
})

/** What is meant is answered: else it would be refusals alone that are tried. */
async function answers({ path, isStream, client, meant }: Method): Promise<void> {
  if (path === IS_SILENT || meant === NONE) return
  const { status, bytes } = await client.call(path, framed(meant), isStream ? { untilMs: 1_000 } : {})
  assert.ok(isStream ? bytes > 0 : status === 0, `${path} is status ${status}`)
}

async function asked(
  random: () => number,
  { path, isStream, request, client, meant }: Method,
  protos: PackageDefinition,
): Promise<{ answer: RawAnswer; told: string }> {
  const message = randomMessage(random, request, protos, WORDS, meant)
  const told = `${path} of ${message.length > 2_000 ? `${message.length} bytes` : message.toString('base64')}`
  const headers = random() < 0.05 ? { 'x-correlation-id': oneOf(random, ['', 'a b', 'x'.repeat(300)]) } : {}
  const streamMs = below(random, HEARD_EVERY) === 0 ? HEARD_MS : 1 + below(random, STREAM_MS)
  const untilMs = isStream || random() < 0.03 ? streamMs : undefined
  const answer = await client.call(path, framed(message), { headers, ...(untilMs !== undefined && { untilMs }) })
  return { answer, told }
}
