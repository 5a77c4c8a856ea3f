import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSettings } from '@k2/service/settings.ts'
import { openLog } from './open.ts'
import { logSettings } from './settings.ts'

const KAFKA = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' }

const opened = async (env: Record<string, string>) => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-open-'))
  try {
    const options = { folder: join(folder, 'log'), now: Date.now, incompatibility: () => undefined }
    const open = await openLog(readSettings(logSettings, {}, env), options)
    return { name: open.log.constructor.name, ...open }
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('without brokers the log is a folder, with them it is Kafka', async () => {
  for (const [env, name] of [
    [{}, 'EmbeddedLog'],
    [KAFKA, 'KafkaLog'],
  ] as const) {
    const open = await opened(env)
    assert.equal(open.name, name)
    assert.equal(open.trouble(), undefined)
    await open.log.close()
  }
})

test('a broker that is away is LOG_UNAVAILABLE at the deadline, and trouble() says so', async () => {
  const { log, trouble } = await opened({ ...KAFKA, K2_KAFKA_DEADLINE: '500ms', K2_KAFKA_APPEND_DEADLINE: '1s' })
  const says = {
    code: 'LOG_UNAVAILABLE',
    message: /Kafka at 127\.0\.0\.1:1 cannot .*ECONNREFUSED.*Check that it runs/s,
  }
  await assert.rejects(log.ranges(['a']), says)
  assert.match(trouble() ?? '', says.message)
  await assert.rejects(log.append('a', [{ key: 'k', value: Buffer.from('v') }]), says)
  await log.close()
  await assert.rejects(log.ranges(['a']), { code: 'LOG_UNAVAILABLE' })
})

// biome-ignore format: a table reads by its columns
const rows: [name: string, env: Record<string, string>, says: RegExp][] = [
  ['Kafka without a registry', { KAFKA_BROKERS: 'a:1' },                               /SCHEMA_REGISTRY_URL is not/],
  ['a broker without a port',  { ...KAFKA, KAFKA_BROKERS: 'a' },                       /KAFKA_BROKERS is "a"/],
  ['a name without password',  { ...KAFKA, KAFKA_SASL_USERNAME: 'k2' },                /KAFKA_SASL_PASSWORD go together/],
  ['another mechanism',        { ...KAFKA, KAFKA_SASL_MECHANISM: 'gssapi' },           /KAFKA_SASL_MECHANISM is "gssapi"/],
  ['a key without TLS',        { ...KAFKA, KAFKA_SSL_CA: '/ca.pem' },                  /KAFKA_SSL is not true/],
  ['half a key pair',          { ...KAFKA, KAFKA_SSL: 'true', KAFKA_SSL_KEY: '/k' },   /go together/],
  ['a file that is not there', { ...KAFKA, KAFKA_SSL: 'true', KAFKA_SSL_CA: '/none' }, /KAFKA_SSL_CA is \/none, which cannot be read/],
]

for (const [name, env, says] of rows) {
  test(`${name} is SETTINGS_INVALID`, () =>
    assert.rejects(opened(env), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'SETTINGS_INVALID')
      assert.match(error.message, says)
      return true
    }))
}
