/** `k2 topics` on a real Kafka that wants TLS and a password, and what Kafka's own tool says of it then. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { TOPICS } from '@k2/contracts/topics.ts'
import { openLog } from '@k2/log/open.ts'
import { logSettings } from '@k2/log/settings.ts'
import { readSettings } from '@k2/service/settings.ts'
import { k2 } from '../worlds/k2.ts'
import { kafkaTool } from '../worlds/real/kafka.ts'
import { certificateOf } from '../worlds/real/secure.ts'
import { startServer } from '../worlds/real/servers.ts'

const [kafka, folder] = await Promise.all([
  startServer('kafka', 'topics', { SECURE: '1' }),
  mkdtemp(join(tmpdir(), 'k2-topics-')),
])
after(async () => {
  await rm(folder, { recursive: true })
  await kafka.stop()
})
const ca = join(folder, 'ca.pem')
await writeFile(ca, await certificateOf(kafka.url))
const ENV = {
  KAFKA_BROKERS: kafka.url,
  KAFKA_SSL: 'true',
  KAFKA_SSL_CA: ca,
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'k2',
  KAFKA_SASL_PASSWORD: 'k2-secret',
}
const [FIRST, SECOND, THIRD] = TOPICS as readonly [(typeof TOPICS)[0], (typeof TOPICS)[0], (typeof TOPICS)[0]]

async function topics(...words: string[]) {
  const { code, out, err } = await k2(['topics', ...words, '--json'], '127.0.0.1:1', ENV).ended
  const rows: { topic: string; what: string; is: string; wished: string; done: string }[] = JSON.parse(out || '[]')
  return { code, err, rows, told: rows.map(({ topic, what, is, wished }) => `${topic}: ${what} ${is} → ${wished}`) }
}

/** As Kafka's own command line says and does it. */
async function tool(name: string, ...args: string[]): Promise<string> {
  const config = join(folder, 'client.properties')
  await writeFile(
    config,
    `security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="k2" password="k2-secret";
ssl.truststore.type=PEM
ssl.truststore.location=${ca}
`,
  )
  return kafkaTool(name, ['--bootstrap-server', kafka.url, '--command-config', config, ...args], '')
}

test('topics are made, compared and changed, and what would break a symbol’s order is refused', {
  timeout: 300_000,
}, async () => {
  const { log } = await openLog(
    readSettings(logSettings, {}, { ...ENV, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', K2_KAFKA_DEADLINE: '15s' }),
    { folder, now: Date.now, incompatibility: () => undefined },
  )
  // Too few partitions: in one of them there is a record.
  await log.createTopics([
    { ...FIRST, partitions: 4 },
    { ...SECOND, partitions: 4 },
    { ...THIRD, partitions: THIRD.partitions + 1 },
  ])
  await log.append(FIRST.name, [{ key: 'KTA', value: Buffer.from('a record') }])
  await log.close()

  const before = await topics('diff')
  assert.equal(before.code, 1, before.err)
  assert.equal(before.rows.length, TOPICS.length)
  assert.deepEqual(before.told.slice(0, 3), [
    `${FIRST.name}: partitions 4 → ${FIRST.partitions}`,
    `${SECOND.name}: partitions 4 → ${SECOND.partitions}`,
    `${THIRD.name}: partitions ${THIRD.partitions + 1} → ${THIRD.partitions}`,
  ])
  assert.match(before.rows[0]!.done, /refused: it has held records/)
  assert.equal(before.rows[1]!.done, 'to grow')
  const dry = await topics('apply', '--dry-run')
  assert.deepEqual([dry.code, dry.rows], [1, before.rows], 'a dry run changes nothing')

  const applied = await topics('apply')
  assert.equal(applied.code, 1, 'two topics are left to a person')
  assert.deepEqual(
    applied.rows.map(({ done }) => done).filter((done) => done !== 'created' && done !== 'grown'),
    [before.rows[0]!.done, before.rows[2]!.done],
  )
  const left = await topics('apply')
  assert.deepEqual(left.told, [before.told[0], before.told[2]])

  await tool('TopicCommand', '--delete', '--topic', FIRST.name)
  await tool('TopicCommand', '--delete', '--topic', THIRD.name)
  const made = await topics('apply')
  assert.deepEqual([made.code, made.rows.map(({ done }) => done)], [0, ['created', 'created']], made.err)
  assert.deepEqual([(await topics('diff')).code, (await topics('apply')).rows], [0, []])

  const described = await tool('TopicCommand', '--describe')
  for (const { name, partitions, retentionMs } of TOPICS) {
    const line = described.split('\n').find((one) => one.startsWith(`Topic: ${name}\t`))!
    assert.match(line, new RegExp(`PartitionCount: ${partitions}\\b`))
    assert.match(
      line,
      retentionMs === null ? /cleanup\.policy=compact/ : new RegExp(`retention\\.ms=${retentionMs}\\b`),
    )
  }

  // What others have changed is set back, and what is none of ours stays.
  const theirs = 'retention.ms=1000,compression.type=gzip,segment.ms=600000'
  const alter = ['--entity-type', 'topics', '--entity-name', SECOND.name, '--alter', '--add-config', theirs]
  await tool('kafka.admin.ConfigCommand', ...alter)
  const changed = await topics('apply')
  assert.deepEqual(
    [changed.code, changed.told, changed.rows.map(({ done }) => done)],
    [
      0,
      [`${SECOND.name}: retention.ms 1000 → ${SECOND.retentionMs}`, `${SECOND.name}: compression.type gzip → producer`],
      ['changed', 'changed'],
    ],
    changed.err,
  )
  const after = await tool('TopicCommand', '--describe', '--topic', SECOND.name)
  assert.match(after, /segment\.ms=600000/)
  assert.match(after, new RegExp(`retention\\.ms=${SECOND.retentionMs}`))

  const wrong = await k2(['topics', 'diff'], '127.0.0.1:1', {
    ...ENV,
    KAFKA_SASL_PASSWORD: 'no',
    K2_KAFKA_DEADLINE: '1s',
  }).ended
  assert.deepEqual([wrong.code, /does not let us in/.test(wrong.err)], [1, true], wrong.err)
})
