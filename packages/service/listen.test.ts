import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { createHealth } from './health.ts'
import { createHttpServer } from './http.ts'
import { silentLogger } from './logger.ts'
import { createRpcServer } from './rpc.ts'
import { createTelemetry } from './telemetry.ts'

test('a port that is taken gets a sentence that names it, over HTTP and gRPC', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const shared = {
    port,
    component: 'test',
    logger: silentLogger,
    telemetry: createTelemetry({ service: 'test', environment: 'test' }),
  }
  const http = createHttpServer({ ...shared, routes: () => {} })
  const rpc = createRpcServer({ ...shared, protos: {}, services: [], health: createHealth('test') })
  const refusal = {
    code: 'SETTINGS_INVALID',
    message: `127.0.0.1:${port} is taken by another program. Stop that one, or choose another port.`,
  }
  try {
    await assert.rejects(async () => http.start!(AbortSignal.timeout(5_000)), refusal)
    await assert.rejects(async () => rpc.start!(AbortSignal.timeout(5_000)), refusal)
  } finally {
    other.close()
    await http.stop!()
    await rpc.stop!()
  }
})
