/** A broker that wants TLS, a name and a password, reached by settings; and what is said where they are wrong. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sliceAt } from '@k2/log/batches.ts'
import { openLog } from '@k2/log/open.ts'
import { logSettings } from '@k2/log/settings.ts'
import { readSettings } from '@k2/service/settings.ts'
import { certificateOf } from '../worlds/real/secure.ts'
import { startServer } from '../worlds/real/servers.ts'

const kafka = await startServer('kafka', 'secure', { SECURE: '1' })
const folder = await mkdtemp(join(tmpdir(), 'k2-secure-'))
const ca = join(folder, 'ca.pem')
await writeFile(ca, await certificateOf(kafka.url))
after(async () => {
  await rm(folder, { recursive: true })
  await kafka.stop()
})

const SECURE = {
  KAFKA_BROKERS: kafka.url,
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
  KAFKA_SSL: 'true',
  KAFKA_SSL_CA: ca,
  KAFKA_SASL_MECHANISM: 'plain',
  KAFKA_SASL_USERNAME: 'k2',
  KAFKA_SASL_PASSWORD: 'k2-secret',
  K2_KAFKA_DEADLINE: '10s',
}

const opened = (more: Record<string, string>) =>
  openLog(readSettings(logSettings, {}, { ...SECURE, ...more }), {
    folder,
    now: Date.now,
    incompatibility: () => undefined,
  })

for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
  test(`TLS and ${mechanism}`, async () => {
    const { log } = await opened({ KAFKA_SASL_MECHANISM: mechanism })
    try {
      const topic = `secure.${mechanism}`
      await log.createTopics([{ name: topic, partitions: 1, retentionMs: 86_400_000 }])
      await log.append(topic, [{ key: 'k', value: Buffer.from('in secret') }])
      const stop = new AbortController()
      for await (const batch of log.subscribe(topic, [topic], { signal: stop.signal })) {
        assert.equal(Buffer.from(sliceAt(batch.values, 0)!).toString(), 'in secret')
        stop.abort()
      }
    } finally {
      await log.close()
    }
  })
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, more: Record<string, string>, says: RegExp][] = [
  ['another password',          { KAFKA_SASL_PASSWORD: 'not it' },                                          /does not let us in.*KAFKA_SASL_USERNAME/s],
  ['another password by SCRAM', { KAFKA_SASL_PASSWORD: 'not it', KAFKA_SASL_MECHANISM: 'scram-sha-512' },   /does not let us in.*KAFKA_SASL_USERNAME/s],
  ['a signer nobody trusts',    { KAFKA_SSL_CA: '' },                                                       /self-signed certificate/],
]

for (const [name, more, says] of rows) {
  test(`${name} is said, without the password`, async () => {
    const { log, trouble } = await opened({ ...more, K2_KAFKA_DEADLINE: '3s' })
    const refusal = (error: { code: string; message: string }) => {
      assert.equal(error.code, 'LOG_UNAVAILABLE')
      assert.match(error.message, says)
      assert.doesNotMatch(error.message, /not it/)
      return true
    }
    await assert.rejects(log.ranges(['secure.plain']), refusal)
    assert.match(trouble() ?? '', says)
    await log.close()
  })
}
