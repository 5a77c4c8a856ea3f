/** packages/client at both doors: the same rows and proof, page by page, and a follow that outlives its server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { Batch, Client } from '@k2/client/client.ts'
import { connectGrpc } from '@k2/client/grpc.ts'
import { connectHttp } from '@k2/client/http.ts'
import { K2Error } from '@k2/contracts/codes.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { inFolder } from '../worlds/folder.ts'
import { put, tradeOf } from '../worlds/venues.ts'

type Doors = readonly [name: string, client: Client][]
const doorsOf = ({ url, grpcAddress }: Asking, more = {}): Doors => [
  ['gRPC', connectGrpc({ address: grpcAddress, ...more })],
  ['HTTP', connectHttp({ address: url, ...more })],
]

const EACH = 60
function using(work: (world: Asking, doors: Doors) => Promise<void>): Promise<void> {
  return inFolder((folder) =>
    asking(folder, { rows: 100, ageMs: 3_600_000 }, async (world) => {
      await put(world, { trades: [], quotes: [] }, EACH, seeded(5))
      const doors = doorsOf(world)
      try {
        await work(world, doors)
      } finally {
        for (const [, client] of doors) client.close()
      }
    }),
  )
}

// biome-ignore format: a table reads by its columns
const QUESTIONS: readonly (readonly [...Parameters<Client['ask']>])[] = [
  ['GetTrades',       { symbols: ['KTA', 'KTB'], exchange: 'ASX', limit: 20, order: 'ORDER_ASC' }],
  ['GetQuotes',       { symbols: ['KTA'], fields: ['symbol', 'timestamp', 'bid_price'] }],
  ['QueryTrades',     { symbols: ['KTA'], exchanges: ['ASX', 'BINANCE'], sides: ['BUY'], minPrice: '36', limit: 30 }],
  ['GetOhlcv',        { timeframe: '4h', symbols: ['KTA'], calendar: 'CALENDAR_UTC' }],
  ['GetAggregations', { symbols: ['KTA'], groupBy: ['symbol'], metrics: ['vwap'] }],
  ['GetSummary',      { symbol: 'KTB', date: '2014-04-05' }],
  ['ListSymbols',     {}],
]

test('both doors answer alike, and refuse with the same code', () =>
  using(async (_, doors) => {
    for (const [method, request] of QUESTIONS) {
      const [grpc, http] = await Promise.all(doors.map(([, client]) => client.ask(method, request)))
      const seen = grpc!.rows.map((row) =>
        Object.entries(row).filter(([name, value]) => value !== null && name in (http!.rows[0] ?? {})),
      )
      assert.ok(seen.length > 0, method)
      assert.deepEqual(
        Object.fromEntries(seen[0]!),
        Object.fromEntries(Object.entries(http!.rows[0]!).filter(([, value]) => value !== null)),
        method,
      )
      assert.equal(grpc!.rows.length, http!.rows.length)
      assert.deepEqual([grpc!.meta.offsets, grpc!.meta.complete], [http!.meta.offsets, http!.meta.complete])
    }
    for (const [name, client] of doors) {
      const refused = { name: 'K2Error', code: 'INVALID_ARGUMENT', message: /limit is a whole number/ }
      await assert.rejects(client.ask('GetTrades', { limit: 100_000 }), refused, name)
      await assert.rejects(client.ask('GetSummary', { symbol: 'NONE', date: '2014-04-05' }), { code: 'NOT_FOUND' })
    }
  }))

test('pages come to the end, and a replay to its proof', () =>
  using(async (_, doors) => {
    for (const [name, client] of doors) {
      const ids = new Set<unknown>()
      let pages = 0
      for await (const { rows } of client.pages('GetTrades', { symbols: ['KTB'], limit: 7 })) {
        pages++
        for (const row of rows) ids.add(row.message_id)
      }
      assert.deepEqual([ids.size, pages], [EACH, Math.ceil(EACH / 7)], name)
      const batches = await Array.fromAsync(client.stream('Replay', { symbols: ['KTB'], batchRecords: 10 }))
      assert.equal(batches.flatMap(({ rows }) => rows).length, EACH, name)
      assert.equal(batches.at(-1)!.meta!.count, EACH, name)
    }
  }))

test('a follow whose connection is cut goes on behind what it gave', () =>
  using(async (world) => {
    // Each connection lives for a moment.
    const doors = await Promise.all(doorsOf(world).map(async ([name]) => await cutting(name, world)))
    for (const { name, client, connections, end } of doors) {
      const over = new AbortController()
      const ids: unknown[] = []
      let isLive = false
      const following = (async () => {
        const request = { symbols: ['KTA'], exchanges: ['ASX'], startTime: '2014-04-01', batchRecords: 10 }
        for await (const { rows, live } of client.stream('Follow', request, over.signal) as AsyncIterable<Batch>) {
          ids.push(...rows.map((row) => row.message_id))
          if (live && !isLive) {
            isLive = true
            await world.append('trades', [tradeOf({ symbol: 'KTA', exchange: 'ASX' }, seeded(ids.length))])
          }
          if (connections() >= 3 && ids.length > EACH) over.abort()
        }
      })()
      await following.catch((error) => assert.equal(error, over.signal.reason))
      assert.ok(ids.length > EACH, `${name}: all of them, and the one behind`)
      assert.equal(new Set(ids).size, ids.length, `${name}: each once`)
      client.close()
      end()
    }
  }))

/** A client behind a relay that cuts each connection after a while. */
async function cutting(name: string, { url, grpcAddress }: Asking) {
  const { connect, createServer: createRelay } = await import('node:net')
  const [host, port] = name === 'gRPC' ? grpcAddress.split(':') : new URL(url).host.split(':')
  let connections = 0
  const relay = createRelay((near) => {
    connections++
    const far = connect(Number(port), host)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far).pipe(near)
    setTimeout(() => near.destroy(), 700).unref()
    near.on('close', () => far.destroy())
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const at = `127.0.0.1:${(relay.address() as { port: number }).port}`
  const options = { goesOn: { pauseMs: 50 } }
  const client =
    name === 'gRPC' ? connectGrpc({ address: at, ...options }) : connectHttp({ address: `http://${at}`, ...options })
  return { name, client, connections: () => connections, end: () => void relay.close() }
}

test('what may pass is tried again, within a budget, with the key; what may not is not', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer((request, answer) => {
    if (request.url === '/openapi.json')
      return void answer.end(JSON.stringify({ paths: { '/v1/stats': { get: { operationId: 'GetStats' } } } }))
    asked.push(request.headers['x-api-key'] as string | undefined)
    const isLast = asked.length === 3
    answer.statusCode = isLast ? 200 : 429
    answer.end(JSON.stringify(isLast ? { data: [], meta: {} } : { code: 'OVERLOADED', detail: 'later' }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const retries = { attemptsMax: 3, baseDelayMs: 1, delayMsMax: 5, totalMsMax: 5_000 }
  const client = connectHttp({ address, apiKey: 'secret', retries })
  assert.deepEqual((await client.ask('GetStats', {})).rows, [])
  assert.deepEqual(asked, ['secret', 'secret', 'secret'])
  await assert.rejects(connectHttp({ address, retries: { ...retries, attemptsMax: 2 } }).ask('GetStats', {}), {
    code: 'OVERLOADED',
  })
  assert.equal(asked.length, 5)
  server.close()
  server.closeAllConnections()
  await assert.rejects(client.ask('GetStats', {}), (error) => error instanceof K2Error && error.code === 'NOT_READY')
})
