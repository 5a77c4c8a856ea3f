/**
 * A query-service in a process of its own that asks two trackers in theirs, over a real Kafka, registry, catalog and S3: its
 * answers have the gaps of the ledger, one tracker killed is not missed, and with both away answers say so.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startPlatform } from '../worlds/real/platform.ts'
import { killServices, startService, until } from '../worlds/service.ts'
import { append, judged, type Numbered } from '../worlds/tracking.ts'

const NOON = Date.parse('2014-03-10T02:00:00Z') * 1000
const folder = await mkdtemp(join(tmpdir(), 'k2-sequence-answers-'))
const platform = await startPlatform('sequence-answers', folder)
const log = openKafkaLog(kafkaOptions(platform.kafka.url))
after(async () => {
  killServices()
  await log.close()
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})
const registry = openRegistry({ url: platform.registry.url, deadlineMs: 5_000, incompatibility })
await log.createTopics(TOPICS)

const numbered = (...numbers: readonly number[]): Numbered[] =>
  numbers.map((number) => ({
    ...{ symbol: 'KTA', exchange: 'BINANCE', timestampMicros: NOON + number * 1_000_000 },
    sourceSequence: BigInt(number),
  }))

const tracker = (name: string, port = 0) =>
  startService('sequence-tracker', [], {
    ...platform.settings(name),
    ...{ K2_SEQUENCE_FLUSH: '50ms', K2_KAFKA_SESSION: '6s', K2_KAFKA_HEARTBEAT: '500ms', K2_GRPC_PORT: port },
  })

interface Answer {
  readonly data: Readonly<Record<string, unknown>>[]
  readonly meta: {
    readonly complete: boolean
    readonly ledger: { readonly trouble: string | null; readonly behind: string; readonly open: Range[] }
  }
}
type Range = { readonly from_sequence: string; readonly to_sequence: string }

test('answers have the gaps of whichever tracker answers', { timeout: 500_000 }, async () => {
  const [first, second] = [tracker('first'), tracker('second')]
  const addresses = await Promise.all([first.address(), second.address()])
  const query = startService('query-service', [], {
    ...platform.settings('query'),
    K2_SEQUENCE_ADDRESSES: addresses.join(),
  })
  const url = await query.url('rest')
  const ask = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Answer
  const open = ({ meta: { ledger } }: Answer) =>
    ledger.open.map(({ from_sequence: from, to_sequence: to }) => `${from}-${to}`)
  const asked = '/v1/trades?symbol=KTA&limit=1'
  const heard = (ranges: string) =>
    until(
      `it is heard that ${ranges} are missing`,
      async () => {
        const answer = await ask(asked)
        const { trouble, behind } = answer.meta.ledger
        return trouble === null && behind === '0' && open(answer).join() === ranges
      },
      query.log,
    )

  await append(log, registry, numbered(1, 2, 6, 8))
  await judged(log, 120_000)
  await heard('7-7,3-5')

  first.kill('SIGKILL')
  await append(log, registry, numbered(4, 7))
  await judged(log, 120_000)
  await heard('5-5,3-3')
  const { data } = await ask('/v1/gaps/ledger?symbol=KTA')
  assert.deepEqual(
    data.map(({ status, open, filled }) => [status, open, filled]),
    [
      ['partly_filled', ['3-3', '5-5'], ['4-4']],
      ['filled', [], ['7-7']],
    ],
  )

  second.kill('SIGKILL')
  await until('nobody answers', async () => (await ask(asked)).meta.ledger.trouble !== null)
  await append(log, registry, numbered(9))
  await until('the answer has it', async () => (await ask(asked)).meta.ledger.behind === '1')
  const late = await ask(asked)
  assert.deepEqual(open(late), ['5-5', '3-3'], 'what was heard last')
  assert.equal(late.meta.complete, false)
  assert.equal((await fetch(`${url}/v1/gaps/ledger`)).status, 503)

  const third = tracker('third', Number(addresses[0]!.split(':').at(-1)))
  await heard('5-5,3-3')
  assert.equal((await ask(asked)).meta.complete, true)
  for (const one of [query, third]) {
    one.kill('SIGTERM')
    assert.equal((await one.ended).code, 0, one.log())
  }
})
