import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { withCorrelation } from './correlation.ts'
import type { FixtureApi } from './worker.fixture.ts'
import { startWorker, transfer, type WorkerClient, type WorkerOptions } from './worker.ts'

const FIXTURE = new URL('worker.fixture.ts', import.meta.url)

async function using(work: (client: WorkerClient<FixtureApi>) => Promise<void>, options: Partial<WorkerOptions> = {}) {
  const client = startWorker<FixtureApi>(FIXTURE, { name: 'fixture', ...options })
  try {
    await work(client)
  } finally {
    await client.close()
  }
}

test('values cross as they are, typed', () =>
  using(
    async (client) => {
      const sum: bigint = await client.call('add', 1, 2n)
      assert.equal(sum, 3n)
      assert.deepEqual(await client.call('data'), { seed: 7 })
    },
    { workerData: { seed: 7 } },
  ))

test('buffers are moved both ways', () =>
  using(async (client) => {
    const numbers = new Float64Array([1, 2, 3])
    const doubled = await client.call('double', transfer(numbers, [numbers.buffer]))
    assert.deepEqual([...doubled, numbers.length], [2, 4, 6, 0])
  }))

test('a K2Error crosses with code, sentence and details', () =>
  using(async (client) => {
    const error = await client.call('refuse', 'LAKE_CONFLICT').catch((error: unknown) => error)
    assert.ok(error instanceof K2Error)
    assert.deepEqual(
      [error.code, error.message, error.details, error.retry],
      ['LAKE_CONFLICT', 'it may not', { tries: 3 }, 'now'],
    )
  }))

test('a bug crosses with its stack, and the worker lives on', () =>
  using(async (client) => {
    await assert.rejects(client.call('bug'), { name: 'TypeError', message: 'oops', stack: /worker\.fixture\.ts/ })
    await assert.rejects(client.call('unclonable'), { name: 'DataCloneError' })
    await assert.rejects(client.call('add', (() => 1) as never, 1n), { name: 'DataCloneError' })
    await assert.rejects(client.call('toString' as 'bug'), /no function toString/)
    assert.equal(await client.call('add', 1, 1n), 2n)
  }))

test('the correlation id crosses, each call with its own', () =>
  using(async (client) => {
    const ids = await Promise.all(['a', 'b'].map((id) => withCorrelation(id, () => client.call('correlation'))))
    assert.deepEqual([...ids, await client.call('correlation')], ['a', 'b', undefined])
  }))

test('an abort crosses with its reason, and frees the call at once', () =>
  using(async (client) => {
    const stop = new AbortController()
    const waiting = client.call('untilAborted', stop.signal)
    stop.abort(new K2Error('DEADLINE_EXCEEDED', 'too slow'))
    await assert.rejects(waiting, { code: 'DEADLINE_EXCEEDED' })
    assert.equal(((await client.call('lastReason')) as Error).message, 'too slow')
    await assert.rejects(client.call('untilAborted', stop.signal), { code: 'DEADLINE_EXCEEDED' })
  }))

test('calls in flight are bounded', () =>
  using(
    async (client) => {
      const two = [
        client.call('wait', 20, new AbortController().signal),
        client.call('wait', 20, new AbortController().signal),
      ]
      await assert.rejects(client.call('add', 1, 1n), { code: 'OVERLOADED' })
      await Promise.all(two)
      assert.equal(await client.call('add', 1, 1n), 2n)
    },
    { callsMax: 2 },
  ))

// biome-ignore format: a table reads by its columns
const deaths: [name: string, method: 'die' | 'exit' | 'eat', why: RegExp][] = [
  ['an uncaught error',        'die',  /worker fixture died: no more/],
  ['an exit of its own',       'exit', /worker fixture died: it exited with code 3/],
  ['its heap limit',           'eat',  /worker fixture died: .*memory limit/],
]
for (const [name, method, why] of deaths) {
  test(`${name} rejects all calls and is reported once`, () =>
    using(
      async (client) => {
        const reasons: K2Error[] = []
        client.onDeath((reason) => reasons.push(reason))
        const waiting = client.call('wait', 60_000, new AbortController().signal)
        const outcomes = await Promise.allSettled([waiting, client.call(method)])
        for (const outcome of outcomes) assert.match(String(outcome.status === 'rejected' && outcome.reason), why)
        await assert.rejects(client.call('add', 1, 1n), { code: 'INTERNAL' })
        client.onDeath((reason) => reasons.push(reason))
        assert.deepEqual(
          reasons.map((reason) => reason.code),
          ['INTERNAL', 'INTERNAL'],
        )
      },
      { resourceLimits: { maxOldGenerationSizeMb: 32 } },
    ))
}

test('a module that does not load is a death', async () => {
  const client = startWorker<FixtureApi>(new URL('absent.ts', import.meta.url), { name: 'absent' })
  await assert.rejects(client.call('data'), /worker absent died: Cannot find module/)
  await client.close()
})

test('close waits for the calls in flight, and takes no more', async () => {
  const client = startWorker<FixtureApi>(FIXTURE, { name: 'fixture' })
  const deaths: unknown[] = []
  client.onDeath((reason) => deaths.push(reason))
  const waiting = client.call('wait', 50, new AbortController().signal)
  const closing = client.close()
  await assert.rejects(client.call('add', 1, 1n), { code: 'NOT_READY' })
  assert.equal(await waiting, 'waited')
  await Promise.all([closing, client.close()])
  assert.deepEqual(deaths, [])
})

test('close ends a busy thread at its deadline', async () => {
  const client = startWorker<FixtureApi>(FIXTURE, { name: 'fixture' })
  await client.call('data')
  const busy = assert.rejects(client.call('spin', 60_000), { code: 'NOT_READY' })
  const startMs = Date.now()
  await client.close(20)
  await busy
  assert.ok(Date.now() - startMs < 5_000)
})
