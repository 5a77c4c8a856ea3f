/** A file's trace through services in processes of their own, over a real Kafka: its context travels in headers of records. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startCollector, wayOf } from '../worlds/collector.ts'
import { startPlatform } from '../worlds/real/platform.ts'
import { killServices, startService, until } from '../worlds/service.ts'

const folder = await mkdtemp(join(tmpdir(), 'k2-traces-'))
const platform = await startPlatform('traces', folder)
const collector = await startCollector()
after(async () => {
  killServices()
  await collector.close()
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})

test('one file is one trace over the processes of loader, sink and query-service', { timeout: 240_000 }, async () => {
  const settings = (name: string) => ({ ...platform.settings(name), ...collector.env, K2_SINK_COMMIT_AGE: '200ms' })
  const query = startService('query-service', [], settings('query'))
  const sink = startService('iceberg-sink', [], settings('sink'))
  const url = await query.url('rest')
  const path = join(folder, 'XYZ.csv')
  const rows = Array.from({ length: 50 }, (_, i) => `03/10/2014,10:00:${10 + i}.000,36.65,${1 + i},0,,\r\n`)
  await writeFile(path, rows.join(''))
  const args = ['load', '--exchange', 'ASX', '--type', 'trades', '--symbol', 'XYZ', path]
  const loader = startService('csv-loader', args, settings('loader'))
  assert.equal((await loader.ended).code, 0, loader.log())
  await until(
    'the rows are in the lake',
    async () => {
      const answer = await fetch(`${url}/v1/trades?source=lake&symbol=XYZ`)
      return ((await answer.json()) as { meta: { count: number } }).meta.count === rows.length
    },
    () => sink.log() + query.log(),
  )
  await until(
    'the first answer is told',
    async () => (await fetch(`${url}/v1/trades?limit=1`)).ok && wayOf(collector.spans()).length > 0,
    () => JSON.stringify(collector.spans().map(({ service, name, traceId }) => [service, name, traceId])),
  )
  for (const one of [sink, query]) {
    one.kill('SIGTERM')
    assert.equal((await one.ended).code, 0, one.log())
  }
  assert.deepEqual(wayOf(collector.spans()), [
    'query-service query.first-answer',
    'iceberg-sink log.append',
    'iceberg-sink sink.land',
    'csv-loader log.append',
    'csv-loader loader.file',
  ])
})
