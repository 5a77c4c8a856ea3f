/**
 * Two trackers that share a real Redis: it is killed between, comes back with nothing, and has all positions again. The
 * ledger is what a scan of the log says all the while; and who is behind hears of it before anything stale is in the log.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { POSITION_SCHEMA, positionCodec } from '@k2/contracts/records/sequence.ts'
import { SEQUENCE_POSITIONS, TOPICS } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES } from '@k2/log/framing.ts'
import { sharedKey } from '@k2/sequence-tracker/shared.ts'
import { realClock } from '@k2/service/clock.ts'
import { redisStore } from '@k2/shared-store/redis.ts'
import { scanned, told } from '../oracle/sequence.ts'
import { inFolder } from '../worlds/folder.ts'
import { NumberedFeed } from '../worlds/numbered.ts'
import { startServer } from '../worlds/real/servers.ts'
import { append, judged, type Life, live } from '../worlds/tracking.ts'
import { below, oneOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? Math.floor(Math.random() * 2 ** 31))
const LASTS_MS = 3_600_000
const server = await startServer('redis', 'sequence-shared')
after(() => server.stop())

async function seen(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await isSo()); await realClock.sleep(20))
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`)
}

const statusOf = async (life: Life): Promise<string | undefined> =>
  /^k2_sequence_shared_store_status\{.*\} (\d)$/m.exec(await life.telemetry.text())?.[1]
const overtakenIn = async (life: Life): Promise<number> =>
  Number(/^k2_sequence_overtaken_streams_total\{.*\} (\d+)$/m.exec(await life.telemetry.text())?.[1] ?? 0)
const healthOf = (life: Life) => {
  const { ok, body } = life.health.ready()
  return [ok, body.components['sequence-tracker']] as const
}

test(`two trackers, and a Redis that is lost and comes back, seed ${SEED}`, { timeout: 240_000 }, (t) =>
  inFolder(async (folder) => {
    const random = seeded(SEED)
    const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
    const registry = log.registry(incompatibility)
    await log.createTopics(TOPICS)
    const feeds = ['KTA', 'KTB', 'KTC'].flatMap((symbol) =>
      ['ASX', 'BINANCE'].map((exchange) => new NumberedFeed(symbol, exchange, random)),
    )
    const send = async (appends: number) => {
      for (let i = 0; i < appends; i++) {
        const trades = oneOf(random, feeds).next(1 + below(random, 40), random)
        if (trades.length > 0) await append(log, registry, trades)
      }
    }
    const open = () => redisStore(server.url, { lastsMs: LASTS_MS })
    const lives = [open(), open()].map((store) => live(log, registry, folder, { streamsMax: 3, store }))
    const asked = open()
    /** Streams that Redis does not have where the log has them. */
    const apart = async () => {
      const latest = await log.latest(SEQUENCE_POSITIONS)
      const known = await asked.positions(latest.map(({ key }) => sharedKey(key)))
      const offsets = await offsetsOf(log)
      return latest.filter(({ key }, i) => known[i]?.offset !== offsets.get(key)).map(({ key }) => key)
    }
    await send(30)
    await judged(log)
    await seen('all is in Redis', async () => (await apart()).length === 0)
    for (const life of lives) await seen('well', async () => (await statusOf(life)) === '1')

    await server.down()
    await send(30)
    await judged(log)
    await seen('it is told', async () => (await Promise.all(lives.map(statusOf))).includes('0'))
    const [isReady, sentence] = lives.map(healthOf).find(([, text]) => text !== 'ok')!
    assert.equal(isReady, true)
    assert.match(sentence!, /^ok, though Redis at .* does not answer/)
    assert.deepEqual(await told(log), await scanned(log))

    await server.restart()
    for (const life of lives) await seen('well again', async () => (await statusOf(life)) === '1')
    await send(5)
    await judged(log)
    await seen('all is in Redis again', async () => (await apart()).length === 0)

    // As one stands that was asleep while another went on.
    const [key, offset] = [...(await offsetsOf(log))].find(([stream]) => stream.startsWith('BINANCE'))!
    await asked.advance([{ key: sharedKey(key), offset: offset + 1_000n, value: '{}' }])
    await seen('it is heard of', async () => {
      await send(1)
      return (await Promise.all(lives.map(overtakenIn))).some((count) => count > 0)
    })
    await judged(log)
    assert.deepEqual(await told(log), await scanned(log))
    await seen('Redis is put right', async () => (await apart()).length === 0)
    t.diagnostic(`${(await offsetsOf(log)).size} streams`)
    for (const life of lives) await life.end()
    await asked.close()
    await log.close()
  }),
)

async function offsetsOf(log: ReturnType<typeof openEmbeddedLog>): Promise<Map<string, bigint>> {
  const latest = await log.latest(SEQUENCE_POSITIONS)
  return new Map(
    latest.map(({ key, value }) => [key, positionCodec.decode(value, FRAME_BYTES, POSITION_SCHEMA)!.offset]),
  )
}
