import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { drain, fails, numbered, upTo } from '../contract/world.ts'
import { logContract } from '../log.contract.ts'
import { type EmbeddedLog, openEmbeddedLog } from './embedded.ts'

logContract('the embedded log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-log-'))
  const options = { now: Date.now }
  let log = openEmbeddedLog(folder, options)
  return {
    get log() {
      return log
    },
    async reopen() {
      await log.close()
      log = openEmbeddedLog(folder, options)
      return log
    },
    async close() {
      await log.close()
      await rm(folder, { recursive: true })
    },
  }
})

async function withLog(test: (log: EmbeddedLog) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-log-'))
  const log = openEmbeddedLog(folder, { now: Date.now })
  try {
    await log.createTopics([{ name: 't', partitions: 1, retentionMs: 86_400_000 }])
    await test(log)
  } finally {
    await log.close()
    await rm(folder, { recursive: true })
  }
}

describe('the end of an iteration', () => {
  it('by the signal leaves time to note the batch in hand; then the member is gone', () =>
    withLog(async (log) => {
      await log.append('t', numbered(0, 10))
      const stop = new AbortController()
      const subscription = log.subscribe('g', ['t'], { signal: stop.signal })
      const noted = (offset: bigint) => subscription.commit([{ topic: 't', partition: 0, offset }])
      for await (const batch of subscription) {
        stop.abort()
        await noted(batch.to)
      }
      assert.deepEqual(subscription.assignment(), [])
      await assert.rejects(noted(5n), fails('STALE_MEMBER'))
      assert.deepEqual(await log.committed('g', ['t']), [{ topic: 't', partition: 0, offset: 10n }])
    }))

  it('comes with an error where the log is closed under it', () =>
    withLog(async (log) => {
      const { signal } = new AbortController()
      const sleeping = [log.subscribe('g', ['t'], { signal }), log.follow(['t'], [], { signal })].map(drain)
      await new Promise(setImmediate)
      await log.close()
      for (const each of sleeping) await assert.rejects(each, fails('LOG_UNAVAILABLE'))
      await assert.rejects(log.append('t', numbered(0, 1)), fails('LOG_UNAVAILABLE'))
      await log.close()
    }))

  it('comes with the error of startAt, and gives the partitions to others', () =>
    withLog(async (log) => {
      const { signal } = new AbortController()
      const startAt = () => Promise.reject(new Error('the catalog is away'))
      const first = log.subscribe('g', ['t'], { signal, startAt })
      const second = log.subscribe('g', ['t'], { signal })
      await assert.rejects(drain(first), /the catalog is away/)
      assert.deepEqual(second.assignment(), [{ topic: 't', partition: 0 }])
    }))
})

describe('an iteration', () => {
  it('that is aborted before it begins is over, and no member of a group', () =>
    withLog(async (log) => {
      const signal = AbortSignal.abort()
      const subscription = log.subscribe('g', ['t'], { signal })
      assert.deepEqual(subscription.assignment(), [])
      await drain(subscription)
      await drain(log.follow(['t'], [], { signal }))
    }))

  it('whose consumer only computes leaves timers and signals their turn', () =>
    withLog(async (log) => {
      await log.append('t', numbered(0, 10))
      const subscription = log.subscribe('g', ['t'], { signal: AbortSignal.timeout(30) })
      for await (const batch of subscription) subscription.seek('t', 0, batch.from)
    }))

  it('answers calls of next() that do not wait for each other, in order', () =>
    withLog(async (log) => {
      const stop = new AbortController()
      const batches = log.follow(['t'], [], { signal: stop.signal })[Symbol.asyncIterator]()
      const asked = [batches.next(), batches.next(), batches.next()]
      await log.append('t', numbered(0, 1))
      await asked[0]
      await log.append('t', numbered(1, 2))
      await asked[1]
      stop.abort()
      const answers = await Promise.all(asked)
      assert.deepEqual(
        answers.map(({ value }) => value?.from),
        [0n, 1n, undefined],
      )
    }))

  it('joins small appends into one batch, and reads none ahead', () =>
    withLog(async (log) => {
      for (const n of upTo(0, 100)) await log.append('t', numbered(n, n + 1))
      const batches = log.readRange({ topic: 't', partition: 0, from: 0n, to: 100n })[Symbol.asyncIterator]()
      const { value } = await batches.next()
      assert.deepEqual([value.from, value.to, value.count], [0n, 100n, 100])
    }))
})

describe('a group', () => {
  it('begins anew at each deal, also in the partitions that a member keeps', () =>
    withLog(async (log) => {
      await log.append('t', numbered(0, 10))
      const stop = new AbortController()
      const subscription = log.subscribe('g', ['t'], { signal: stop.signal })
      const batches = subscription[Symbol.asyncIterator]()
      assert.equal((await batches.next()).value.to, 10n)
      await subscription.commit([{ topic: 't', partition: 0, offset: 4n }])
      const other = log.subscribe('g', ['t'], { signal: stop.signal })
      assert.deepEqual([subscription.assignment().length, other.assignment().length], [1, 0])
      assert.equal((await batches.next()).value.from, 4n)
      await batches.return!()
      assert.equal(other.assignment().length, 1)
      // Aborted while nobody iterates: it leaves at once.
      stop.abort()
      assert.equal(other.assignment().length, 0)
    }))

  it('heeds a seek that comes while startAt is still asked', () =>
    withLog(async (log) => {
      await log.append('t', numbered(0, 10))
      const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<bigint>()]
      const { signal } = new AbortController()
      const startAt = () => {
        asked.resolve()
        return answer.promise
      }
      const subscription = log.subscribe('g', ['t'], { signal, startAt })
      const batches = subscription[Symbol.asyncIterator]()
      const next = batches.next()
      await asked.promise
      subscription.seek('t', 0, 7n)
      answer.resolve(2n)
      assert.equal((await next).value.from, 7n)
      await batches.return!()
    }))

  it('asks startAt anew where the deal changed while it was asked', () =>
    withLog(async (log) => {
      await log.append('t', numbered(0, 10))
      const { signal } = new AbortController()
      const [asked, first] = [Promise.withResolvers<void>(), Promise.withResolvers<bigint>()]
      let count = 0
      const startAt = async () => {
        asked.resolve()
        return count++ === 0 ? first.promise : 5n
      }
      const subscription = log.subscribe('g', ['t'], { signal, startAt })
      const batches = subscription[Symbol.asyncIterator]()
      const next = batches.next()
      await asked.promise
      const other = log.subscribe('g', ['t'], { signal })
      first.resolve(2n)
      assert.deepEqual([(await next).value.from, count], [5n, 2])
      await batches.return!()
      await other[Symbol.asyncIterator]().return!()
    }))
})
