/** What no client of ours sends: each is its sender's fault, and the connection goes on for others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { MethodDefinition } from '@grpc/proto-loader'
import { K2Error } from '@k2/contracts/codes.ts'
import { protoPath as healthProto } from 'grpc-health-check'
import { createHealth } from './health.ts'
import { silentLogger } from './logger.ts'
import { createRpcClient, createRpcServer, loadProtos, type RpcClient, rpcService, serviceIn } from './rpc.ts'
import { createTelemetry } from './telemetry.ts'

type Raw = MethodDefinition<Buffer, unknown, Buffer, object>
type RawDefinition = { Say: Raw; Count: Raw; Check: Raw; Watch: Raw }
interface Words {
  readonly text: string
}
type Method = MethodDefinition<Words, Words, Words, Words>

const protos = loadProtos([fileURLToPath(new URL('rpc.fixture.proto', import.meta.url))])
const server = createRpcServer({
  ...{ port: 0, component: 'rpc', protos, health: createHealth('test'), logger: silentLogger },
  telemetry: createTelemetry({ service: 'test', environment: 'test' }),
  services: [
    rpcService<{ Say: Method; Count: Method }>('k2.test.Echo', {
      async Say({ text }) {
        if (text === 'long') throw new K2Error('NOT_FOUND', `there is no ${'x'.repeat(100_000)}`)
        if (text === 'half') throw new K2Error('NOT_FOUND', 'there is no \ud83d')
        return { text }
      },
      async *Count({ text }) {
        yield { text }
      },
    }),
  ],
})

/** Requests are bytes, as they are given. */
function rawClient(service: ReturnType<typeof serviceIn>): RpcClient<RawDefinition> {
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    { ...method, requestSerialize: (bytes: Buffer) => bytes },
  ])
  return createRpcClient(Object.fromEntries(methods), { address: server.address() })
}

const text = (words: string): Buffer => Buffer.concat([Buffer.of(10, words.length), Buffer.from(words)])
/** A field of a type that there is none of. */
const BROKEN = Buffer.of(15)
let echo: RpcClient<RawDefinition>
let health: RpcClient<RawDefinition>

before(async () => {
  await server.start?.(new AbortController().signal)
  echo = rawClient(serviceIn(protos, 'k2.test.Echo'))
  health = rawClient(serviceIn(loadProtos([healthProto]), 'grpc.health.v1.Health'))
})
after(async () => {
  echo.close()
  health.close()
  await server.stop?.()
})

test('a request that is no message of the method is INVALID_ARGUMENT', async () => {
  const refused = { code: 'INVALID_ARGUMENT', message: /^The request is no message of this method: / }
  await assert.rejects(echo.call('Say', BROKEN), refused)
  await assert.rejects(Array.fromAsync(echo.stream('Count', BROKEN)), refused)
})

test('a sentence that is too long for a header is cut, and half a letter is replaced', async () => {
  await assert.rejects(echo.call('Say', text('long')), { code: 'NOT_FOUND', message: /^there is no x{1900,}…$/ })
  await assert.rejects(echo.call('Say', text('half')), { code: 'NOT_FOUND', message: 'there is no \ufffd' })
})

test('health knows nothing of names that nobody has, however long', async () => {
  const long = Buffer.concat([Buffer.of(10, 0x80 | 0x20, 0x8d, 6), Buffer.alloc(99_999, 'A'), Buffer.from('A')])
  const calls = [long, BROKEN, text('k2.test.Other')].map((bytes) => health.call('Check', bytes))
  const told = await Promise.all(calls.map((call) => call.catch((error: K2Error) => error.code)))
  assert.deepEqual(told, ['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  for await (const { status } of health.stream('Watch', text('k2.test.Other')) as AsyncIterable<{ status: string }>) {
    assert.equal(status, 'SERVICE_UNKNOWN')
    break
  }
})
