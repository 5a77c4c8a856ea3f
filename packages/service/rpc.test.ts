import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Metadata, status } from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import { CODES, type Code, K2Error } from '@k2/contracts/codes.ts'
import { protoPath as healthProto } from 'grpc-health-check'
import { createHealth } from './health.ts'
import { correlationId, silentLogger, withCorrelation } from './logger.ts'
import {
  createRpcClient,
  createRpcServer,
  loadProtos,
  type RpcClient,
  type RpcHandlers,
  type RpcServerOptions,
  rpcService,
  serviceIn,
} from './rpc.ts'
import { errorOf, statusOf } from './rpc-status.ts'
import { createTelemetry } from './telemetry.ts'

type Words = { text?: string; bigNumber?: string; mood?: string; parts?: string[]; data?: Uint8Array }
type Method = MethodDefinition<Words, Words, Required<Words>, Required<Words>>
type EchoDefinition = { Say: Method; Count: Method }

const protos = loadProtos([fileURLToPath(new URL('rpc.fixture.proto', import.meta.url))])
const echo = serviceIn(protos, 'k2.test.Echo')
const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const handlers: RpcHandlers<EchoDefinition> = {
  async Say(request, call) {
    await sleep(1)
    if (request.text === 'correlation') return { text: `${correlationId()} ${call.correlationId}` }
    if (request.text === 'header') return { text: call.header('x-api-key') ?? 'none' }
    if (request.text === 'bug') throw new TypeError('secret words')
    if (request.text === 'deaf') return await new Promise<never>(() => {})
    if (request.text === 'wait') return await sleep(200, { text: 'waited' })
    // Bytes of a message, as they go out.
    if (request.text === 'bytes') return Buffer.alloc(Number(request.bigNumber)) as never
    if (request.text === 'large') return { text: 'x'.repeat(Number(request.bigNumber)) }
    if (request.text in CODES) throw new K2Error(request.text as Code, 'es ging nicht: 価格', { tries: 3, who: 'Ünï' })
    return request
  },
  async *Count(request, call) {
    for (let i = 0; i < Number(request.bigNumber); i++) yield { bigNumber: `${i}`, text: 'x'.repeat(1_000) }
    if (request.text === 'fail') throw new K2Error('LAKE_CONFLICT', 'late')
    if (request.text === 'follow') await never(AbortSignal.any([call.signal, call.stopping])).catch(() => {})
    if (request.text === 'hang') await never(call.signal)
  },
}

interface World {
  readonly client: RpcClient<EchoDefinition>
  readonly address: string
  readonly metrics: () => Promise<string>
  readonly health: ReturnType<typeof createHealth>
  readonly stop: () => Promise<void>
}

async function using(work: (world: World) => Promise<void>, options: Partial<RpcServerOptions> = {}): Promise<void> {
  const telemetry = createTelemetry({ service: 'test', environment: 'test' })
  const health = createHealth('test')
  const services = [rpcService<EchoDefinition>('k2.test.Echo', handlers)]
  const server = createRpcServer({
    port: 0,
    component: 'rpc',
    protos,
    services,
    health,
    logger: silentLogger,
    telemetry,
    ...options,
  })
  await server.start?.(new AbortController().signal)
  const client = createRpcClient<EchoDefinition>(echo, { address: server.address() })
  const stop = async () => await server.stop?.()
  try {
    await work({ client, address: server.address(), metrics: telemetry.text, health, stop })
  } finally {
    client.close()
    await stop()
  }
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('a message comes back as it went, absent fields by their defaults', () =>
  using(async ({ client }) => {
    const sent = {
      text: 'hé',
      bigNumber: '9223372036854775807',
      mood: 'MOOD_GLAD',
      parts: ['a', 'b'],
      data: Buffer.from([1, 2]),
    }
    assert.deepEqual({ ...(await client.call('Say', sent)) }, sent)
    const bare = await client.call('Say', {})
    assert.deepEqual([bare.text, bare.bigNumber, bare.mood, bare.parts], ['', '0', 'MOOD_UNSPECIFIED', []])
  }))

for (const [code, { grpc, retry }] of Object.entries(CODES)) {
  test(`${code} crosses as status ${grpc}`, () =>
    using(async ({ client }) => {
      const error = await client.call('Say', { text: code }).catch((error: unknown) => error)
      assert.ok(error instanceof K2Error)
      assert.deepEqual([error.code, error.retry, (error.cause as { code: number }).code], [code, retry, grpc])
      if (code === 'INTERNAL') assert.match(error.message, /^an error of ours/)
      else assert.deepEqual([error.message, error.details], ['es ging nicht: 価格', { tries: 3, who: 'Ünï' }])
    }))
}

test('a bug is INTERNAL and keeps its words', () =>
  using(async ({ client }) => {
    await assert.rejects(client.call('Say', { text: 'bug' }), {
      code: 'INTERNAL',
      message: /^an error of ours; the log/,
    })
  }))

// biome-ignore format: a table reads by its columns
const foreign: [name: string, grpc: status, details: string, code: Code][] = [
  ['no server there',                      status.UNAVAILABLE,        'ECONNREFUSED',                                   'NOT_READY'],
  ['another server without the method',    status.UNIMPLEMENTED,      '',                                               'METHOD_NOT_ALLOWED'],
  ['a message too large',                  status.RESOURCE_EXHAUSTED, 'Received message larger than max (9 vs 4)',      'PAYLOAD_TOO_LARGE'],
  ['another limit',                        status.RESOURCE_EXHAUSTED, 'too many',                                       'OVERLOADED'],
  ['what nobody foresaw',                  status.DATA_LOSS,          '',                                               'INTERNAL'],
]
for (const [name, grpc, details, code] of foreign) {
  test(`${name} is ${code}`, () => {
    const failure = Object.assign(new Error('failed'), { code: grpc, details, metadata: new Metadata() })
    assert.equal(errorOf(failure).code, code)
  })
}

test('a status survives details that do not read', () => {
  const { code, details, metadata } = statusOf(new K2Error('LAKE_CONFLICT', 'late', { a: 1 }))
  metadata.set('k2-details-bin', Buffer.from('{'))
  const error = errorOf(Object.assign(new Error('failed'), { code, details, metadata }))
  assert.deepEqual([error.code, error.details], ['LAKE_CONFLICT', {}])
})

test('a server that is not there is NOT_READY', async () => {
  const client = createRpcClient<EchoDefinition>(echo, { address: '127.0.0.1:1' })
  await assert.rejects(client.call('Say', {}), { code: 'NOT_READY' })
  await assert.rejects(collect(client.stream('Count', {})), { code: 'NOT_READY' })
  client.close()
})

test('messages past their limit are refused both ways', () =>
  using(
    async ({ client, metrics }) => {
      await assert.rejects(client.call('Say', { text: 'x'.repeat(2_000) }), { code: 'PAYLOAD_TOO_LARGE' })
      await assert.rejects(client.call('Say', { text: 'large', bigNumber: '2000' }), { code: 'PAYLOAD_TOO_LARGE' })
      assert.equal((await client.call('Say', { text: 'large', bigNumber: '900' })).text.length, 900)
      await assert.rejects(client.call('Say', { text: 'bytes', bigNumber: '1001' }), {
        code: 'PAYLOAD_TOO_LARGE',
        message: 'The answer has 1001 bytes, and a message at most 1000. Ask for fewer rows or fields at once.',
        details: { bytes: 1001, messageBytesMax: 1000 },
      })
      assert.match(await metrics(), /k2_grpc_requests_total\{[^}]*code="RESOURCE_EXHAUSTED"[^}]*\} 1/)
    },
    { messageBytesMax: 1_000 },
  ))

test('the correlation id and headers go along', () =>
  using(async ({ client }) => {
    const { text } = await withCorrelation('abc', () => client.call('Say', { text: 'correlation' }))
    assert.equal(text, 'abc abc')
    const made = (await client.call('Say', { text: 'correlation' })).text.split(' ')
    assert.ok(made[0] === made[1] && made[0]?.length === 36)
    assert.equal((await client.call('Say', { text: 'header' }, { headers: { 'x-api-key': 'k' } })).text, 'k')
  }))

test('a call ends at its deadline, its signal, or the limit of the server', () =>
  using(
    async ({ client }) => {
      await assert.rejects(client.call('Say', { text: 'deaf' }, { deadlineMs: 30 }), { code: 'DEADLINE_EXCEEDED' })
      await assert.rejects(client.call('Say', { text: 'deaf' }), {
        code: 'DEADLINE_EXCEEDED',
        message: /did not end within 100 ms/,
      })
      const stop = new AbortController()
      const waiting = assert.rejects(client.call('Say', { text: 'deaf' }, { signal: stop.signal }), /enough/)
      stop.abort(new Error('enough'))
      await waiting
      await assert.rejects(client.call('Say', {}, { signal: stop.signal }), /enough/)
    },
    { deadlineMsMax: 100 },
  ))

test('a stream gives all, in order, with backpressure', () =>
  using(async ({ client }) => {
    const numbers: number[] = []
    for await (const { bigNumber } of client.stream('Count', { bigNumber: '3000' })) {
      if (numbers.push(Number(bigNumber)) % 500 === 0) await sleep(1)
    }
    assert.deepEqual(numbers, [...numbers.keys()])
    assert.equal(numbers.length, 3000)
    assert.deepEqual(await collect(client.stream('Count', {})), [])
  }))

test('a stream fails with its error, and ends with its loop, its signal or its deadline', () =>
  using(async ({ client, metrics }) => {
    await assert.rejects(collect(client.stream('Count', { bigNumber: '2', text: 'fail' })), { code: 'LAKE_CONFLICT' })
    for await (const _ of client.stream('Count', { bigNumber: '9', text: 'hang' })) break
    const signal = AbortSignal.timeout(30)
    await assert.rejects(collect(client.stream('Count', { text: 'hang' }, { signal })), { name: 'TimeoutError' })
    await assert.rejects(collect(client.stream('Count', { text: 'hang' }, { deadlineMs: 30 })), {
      code: 'DEADLINE_EXCEEDED',
    })
    await sleep(30)
    const lines = (await metrics())
      .split('\n')
      .filter((line) => line.includes('method="k2.test.Echo/Count"') || line.includes('in_flight'))
    const value = (part: string) =>
      lines
        .find((line) => line.includes(part))
        ?.split(' ')
        .at(-1)
    assert.deepEqual(
      [value('code="ABORTED"'), value('code="CANCELLED"'), value('k2_grpc_in_flight_requests{')],
      ['1', '3', '0'],
    )
    assert.equal(value('k2_grpc_request_duration_seconds_count'), '4')
  }))

type HealthMethod = MethodDefinition<{ service?: string }, object, { service: string }, { status: string }>
type HealthDefinition = { Check: HealthMethod; Watch: HealthMethod }

test('grpc.health.v1 tells whether it is ready, now and on watch', () =>
  using(async ({ address, health, stop }) => {
    const client = createRpcClient<HealthDefinition>(serviceIn(loadProtos([healthProto]), 'grpc.health.v1.Health'), {
      address,
    })
    const check = async (service: string) => (await client.call('Check', { service })).status
    assert.deepEqual([await check(''), await check('k2.test.Echo')], ['SERVING', 'SERVING'])
    await assert.rejects(check('k2.test.Other'), { code: 'NOT_FOUND' })
    const seen: string[] = []
    const watched = (async () => {
      for await (const { status } of client.stream('Watch', { service: 'k2.test.Echo' })) seen.push(status)
    })()
    while (seen.length < 1) await sleep(5)
    health.watchReady('log', () => 'the log cannot be reached')
    assert.equal(await check(''), 'NOT_SERVING')
    while (seen.length < 2) await sleep(5)
    health.forget('log')
    while (seen.length < 3) await sleep(5)
    const startMs = Date.now()
    await stop()
    await watched
    assert.deepEqual(seen, ['SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING'])
    assert.ok(Date.now() - startMs < 2_000, 'a watcher does not hold up the stop')
    client.close()
  }))

// biome-ignore format: a table reads by its columns
const ends: [name: string, drainMsMax: number, work: (client: RpcClient<EchoDefinition>) => Promise<unknown>, outcome: unknown][] = [
  ['waits for a call under way',           5_000, (client) => client.call('Say', { text: 'wait' }).then(({ text }) => text), 'waited'],
  ['lets streams without an end end',      5_000, (client) => collect(client.stream('Count', { text: 'follow' })),           []],
  ['cuts at its deadline',                 20,    (client) => client.call('Say', { text: 'deaf' }),                          'NOT_READY'],
  ['cuts streams at its deadline',         20,    (client) => collect(client.stream('Count', { text: 'hang' })),             'NOT_READY'],
]
for (const [name, drainMsMax, work, outcome] of ends) {
  test(`a server that stops ${name}`, () =>
    using(
      async ({ client, metrics, stop }) => {
        const asked = work(client).catch((error: K2Error) => error.code)
        while (!/^k2_grpc_in_flight_requests\S* 1$/m.test(await metrics())) await sleep(5)
        await stop()
        assert.deepEqual(await asked, outcome)
      },
      { drainMsMax },
    ))
}

test('a service without a handler for each method is a bug', () => {
  const partial = [{ name: 'k2.test.Echo', handlers: {} }]
  return assert.rejects(
    using(async () => {}, { services: partial }),
    /Echo\/Say has no handler/,
  )
})
