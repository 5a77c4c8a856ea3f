/**
 * Followers from before the first record and from its midst, while records load, commits land, files are compacted,
 * snapshots expire and the tail is dropped; over connections that end at random: each record once, without a seam.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { inFolder } from '../worlds/folder.ts'
import { connect, followed, type Open, overGrpc, overSocket, type Question } from '../worlds/following.ts'
import { tradeOf } from '../worlds/market.ts'
import { checkOnce, feed, idsOf, inOrderOfTime, nothingPlaced, type Placed, place } from '../worlds/placed.ts'
import { nothingKept, upkeep } from '../worlds/upkeep.ts'

const SEED = Number(process.env.K2_SEED ?? Date.now() % 1_000_000)
const LONG_MS = 120_000
const EVER = '2014-01-01T00:00:00Z'
const never = new AbortController().signal

interface Follower {
  readonly name: string
  readonly open: Open
  readonly question: Question
  readonly isAsked: (record: Placed) => boolean
  readonly kind: 'trades' | 'quotes'
}

const all = () => true
// biome-ignore format: a table reads by its columns
const FOLLOWERS: Follower[] = [
  { name: 'trades over gRPC',         open: overGrpc,   kind: 'trades', question: { table: 'trades', batch_records: 30 }, isAsked: all },
  { name: 'quotes over a WebSocket',  open: overSocket, kind: 'quotes', question: { table: 'quotes', batch_records: 17 }, isAsked: all },
  { name: 'two symbols',              open: overSocket, kind: 'trades', question: { symbol: 'KTA,KNF' },                  isAsked: ({ symbol }) => symbol === 'KTA' || symbol === 'KNF' },
  { name: 'trades of some kind',      open: overGrpc,   kind: 'trades', question: { exclude_trade_conditions: 'XT' },     isAsked: ({ conditions }) => !conditions.includes('XT') },
]

test(`followers get each record once, seed ${SEED}`, { timeout: LONG_MS }, (t) =>
  inFolder((folder) =>
    asking(folder, { rows: 150, ageMs: 300 }, async (world) => {
      const placed = nothingPlaced()
      const over = new AbortController()
      let isFed = false
      /** Of the follower, once no more come. */
      const follow = ({ open, kind, question, isAsked }: Follower, number: number) =>
        followed(
          open,
          world,
          { start_time: EVER, ...question },
          seeded(SEED + number),
          (ids) => {
            return isFed && ids.length >= placed[kind].filter(isAsked).length
          },
          never,
        )
      const early = FOLLOWERS.map(follow)
      const feeding = feed(world, placed, seeded(SEED + 100), over.signal)
      const kept = nothingKept()
      const keeping = upkeep(world, join(folder, 'upkeep'), kept, over.signal)
      await until(() => kept.compactions > 0 && kept.expired > 0 && placed.quotes.length > 100)
      const late = FOLLOWERS.map((follower, i) => follow(follower, 50 + i))
      const { compactions } = kept
      await until(() => kept.compactions > compactions)
      over.abort()
      await feeding
      isFed = true
      const done = await Promise.all([...early, ...late])
      await keeping
      for (const [i, { ids, liveFrom, connections }] of done.entries()) {
        const { name, kind, isAsked } = FOLLOWERS[i % FOLLOWERS.length]!
        const told = `${i < FOLLOWERS.length ? 'early' : 'late'} ${name}`
        const wanted = placed[kind].filter(isAsked)
        checkOnce(ids, liveFrom, wanted, told)
        const before = new Set(ids.slice(0, liveFrom))
        const history = wanted.filter(({ id }) => before.has(id))
        assert.deepEqual(ids.slice(0, liveFrom), idsOf(inOrderOfTime(history)), `${told}: history is in order of time`)
        if (i >= FOLLOWERS.length) assert.ok(liveFrom > 0, `${told} had a history`)
        t.diagnostic(`${told}: ${ids.length} records, ${liveFrom} of them history, ${connections} connections`)
      }
      t.diagnostic(JSON.stringify(kept))
    }),
  ),
)

test('only new records, without a start; and what came while nobody was there', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(folder, { rows: 60, ageMs: 60 }, async (world) => {
      const random = seeded(SEED)
      const placed = nothingPlaced()
      for (let i = 0; i < 20; i++) await place(world, placed, random)
      const before = new Set(idsOf(placed.trades))
      const first = overGrpc(world, {}, never)
      const opening = (await first.next()).value!
      assert.deepEqual([opening.ids, opening.live, opening.lag], [[], true, 0n])
      await first.return()
      for (let i = 0; i < 20; i++) await place(world, placed, random)
      // All of it lands, and the tail lets go of it.
      await world.sink.drain(AbortSignal.timeout(LONG_MS / 2))
      const wanted = placed.trades.filter(({ id }) => !before.has(id))
      const rest = await followed(
        overSocket,
        world,
        { cursor: opening.cursor },
        random,
        (ids) => ids.length >= wanted.length,
        never,
      )
      checkOnce(rest.ids, 0, wanted, 'those that are new')
    }),
  ),
)

const manyTrades = async (world: Asking, rows: number) => {
  const random = seeded(SEED)
  for (let sent = 0; sent < rows; sent += 5_000)
    await world.append(
      'trades',
      Array.from({ length: 5_000 }, () => tradeOf('KTA', random)),
    )
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await sleep(20)
}

/** There is room for one more. */
async function untilFree(world: Asking): Promise<void> {
  for (;;) {
    const replies = overGrpc(world, {}, never)
    const next = await replies.next().catch((error: K2Error) => error)
    await replies.return()
    if (!(next instanceof K2Error)) return
    assert.equal(next.code, 'OVERLOADED')
    await sleep(20)
  }
}

test('a client that takes nothing is cut, and told where to go on', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(
      folder,
      { rows: 100_000, ageMs: 3_600_000 },
      async (world) => {
        await manyTrades(world, 60_000)
        const socket = connect(world, { start_time: EVER, batch_records: 1_000 })
        await once(socket, 'message')
        socket.pause()
        await untilFree(world)
        socket.resume()
        const [code] = await once(socket, 'close')
        assert.ok(code === 1013 || code === 1006, `closed with ${code}`)

        const replies = world.rpc.stream('Follow', { startTime: EVER, batchRecords: 1_000 })[Symbol.asyncIterator]()
        let last = (await replies.next()).value
        await untilFree(world)
        await assert.rejects(
          async () => {
            for (let next = await replies.next(); !next.done; next = await replies.next()) last = next.value
          },
          (error) => {
            assert.ok(error instanceof K2Error && error.code === 'DEADLINE_EXCEEDED', String(error))
            assert.match(error.message, /Nothing was taken for 1500 ms.*Go on with the cursor/)
            return true
          },
        )
        // It goes on behind what it has.
        const rest = overGrpc(world, { start_time: EVER, batch_records: 1_000, cursor: last!.cursor }, never)
        assert.equal((await rest.next()).value!.live, false)
        await rest.return()
      },
      { streams: { slowMsMax: 1_500, streamsMax: 1, pageRows: 50_000 } },
    ),
  ),
)

test('so many at once, and a client that is gone frees its place', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(
      folder,
      { rows: 100_000, ageMs: 3_600_000 },
      async (world) => {
        const sockets = [connect(world, {}), connect(world, { table: 'quotes' })]
        await Promise.all(sockets.map((socket) => once(socket, 'message')))
        await assert.rejects(overGrpc(world, {}, never).next(), { code: 'OVERLOADED', message: /2 streams are open/ })
        const refused = connect(world, {})
        refused.on('error', () => {})
        const [, answer] = await once(refused, 'unexpected-response')
        assert.deepEqual(
          [answer.statusCode, answer.headers['content-type']],
          [429, 'application/problem+json; charset=utf-8'],
        )
        for (const socket of sockets) socket.terminate()
        await untilFree(world)
      },
      { streams: { streamsMax: 2 } },
    ),
  ),
)

test('what is asked wrongly is refused before the upgrade', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(folder, { rows: 60, ageMs: 60 }, async (world) => {
      // biome-ignore format: a table reads by its columns
      const wrong: [question: Question, status: number, says: RegExp][] = [
        [{ tabel: 'trades' },                     400, /tabel is not a parameter/],
        [{ table: 'quotes', side: 'BUY' },        400, /side is of trades/],
        [{ table: 'quotes', fields: 'price' },    400, /fields names price, which quotes do not have/],
        [{ start_time: 'yesterday' },             400, /start_time is an ISO 8601 time/],
        [{ cursor: 'AAAA' },                      400, /not one of ours/],
      ]
      for (const [question, status, says] of wrong) {
        const socket = connect(world, question)
        socket.on('error', () => {})
        const [, answer] = await once(socket, 'unexpected-response')
        let body = ''
        for await (const chunk of answer) body += chunk
        assert.equal(answer.statusCode, status, body)
        assert.match(JSON.parse(body).detail, says)
      }
      const elsewhere = connect({ ...world, url: `${world.url}/v1/elsewhere` }, {})
      elsewhere.on('error', () => {})
      const [, answer] = await once(elsewhere, 'unexpected-response')
      assert.equal(answer.statusCode, 404)
    }),
  ),
)

test('a server that stops says so, with the last cursor', { timeout: LONG_MS }, () =>
  inFolder(async (folder) => {
    const told = await asking(folder, { rows: 60, ageMs: 60 }, async (world) => {
      const socket = connect(world, {})
      const messages: string[] = []
      socket.on('message', (text) => messages.push(String(text)))
      const closed = once(socket, 'close')
      const replies = overGrpc(world, {}, never)
      const cursor = (await replies.next()).value!.cursor
      while (messages.length === 0) await sleep(10)
      const failed = (async () => {
        for await (const _ of replies);
      })().catch((error: K2Error) => error)
      return { closed, messages, failed, cursor }
    })
    const error = await told.failed
    assert.ok(error instanceof K2Error)
    assert.deepEqual([error.code, error.details.cursor], ['NOT_READY', told.cursor])
    const [code] = await told.closed
    const last = JSON.parse(told.messages.at(-1)!)
    assert.deepEqual([code, last.error.code, last.error.details.cursor], [1012, 'NOT_READY', told.cursor])
  }),
)
