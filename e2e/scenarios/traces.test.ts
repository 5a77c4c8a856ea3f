/** A file's way, from the batch that brought it to the first answer that has it, is one trace. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { startCollector, wayOf } from '../worlds/collector.ts'
import { writeFeed } from '../worlds/feed.ts'
import { serve } from '../worlds/serve.ts'
import { until } from '../worlds/service.ts'

const ASKED = { traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01' }

test('one file is one trace over loader, log, sink, commit and answer', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-traces-'))
  const collector = await startCollector()
  try {
    const { first } = await writeFeed(join(folder, 'files'), seeded(1))
    const env = { ...collector.env, K2_SINK_COMMIT_AGE: '100ms' }
    const world = await serve(['--data', join(folder, 'data'), '--csv', first[0]!], env)
    const named = (name: string) => collector.spans().filter((span) => span.name === name)
    await until('the rows are in the lake', async () => {
      const { meta } = (await (await fetch(`${world.url}/v1/trades?source=lake&limit=1`)).json()) as {
        meta: { count: number }
      }
      return meta.count === 1
    })
    await until('the first answer is told', async () => named('query.first-answer').length > 0)
    assert.equal((await fetch(`${world.url}/v1/trades?limit=1`, { headers: ASKED })).status, 200)
    assert.equal(await world.stop(), 0)

    const [file] = named('loader.file')
    assert.ok(file, 'the file has a span')
    const ofFile = collector.spans().filter(({ traceId }) => traceId === file.traceId)
    const names = new Set(ofFile.map(({ name }) => name))
    for (const name of ['loader.file', 'log.append', 'sink.land', 'sink.commit', 'query.first-answer'])
      assert.ok(names.has(name), `${name} is in the file's trace: ${[...names]}`)
    assert.deepEqual(
      wayOf(collector.spans()),
      ['query.first-answer', 'log.append', 'sink.land', 'log.append', 'loader.file'].map((name) => `k2 ${name}`),
    )
    const ids = new Set(ofFile.map(({ spanId }) => spanId))
    for (const { name, parentSpanId } of ofFile)
      assert.ok(!parentSpanId || ids.has(parentSpanId), `${name} hangs together`)
    for (const { startTimeUnixNano: start, endTimeUnixNano: end } of ofFile) assert.ok(BigInt(start) <= BigInt(end))

    const request = named('GET /v1/trades').find(({ traceId }) => ASKED.traceparent.includes(traceId))
    assert.equal(request?.parentSpanId, '0123456789abcdef', "a caller's trace goes on")
  } finally {
    await collector.close()
    await rm(folder, { recursive: true, force: true })
  }
})

test('a collector that is away holds nothing up, and traces are off without one', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-traces-'))
  try {
    const { first } = await writeFeed(join(folder, 'files'), seeded(2))
    for (const [data, env] of [
      ['away', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }],
      ['none', {}],
    ] as const) {
      const world = await serve(['--data', join(folder, data), '--csv', first[0]!, '--once'], env)
      assert.equal(await world.stop(), 0)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
