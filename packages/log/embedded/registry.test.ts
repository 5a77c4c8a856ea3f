import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import type { SchemaRegistry } from '../log.ts'
import { openEmbeddedLog } from './embedded.ts'

/** A stand-in for Avro's rules: a reader must name all that the writer named. */
function incompatibility(reader: string, writer: string): string | undefined {
  const missing = (JSON.parse(writer) as string[]).filter((field) => !(JSON.parse(reader) as string[]).includes(field))
  return missing.length === 0 ? undefined : `${missing} is missing`
}

async function withRegistry(test: (registry: SchemaRegistry, reopen: () => Promise<SchemaRegistry>) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-registry-'))
  let log = openEmbeddedLog(folder, { now: Date.now })
  try {
    await test(log.registry(incompatibility), async () => {
      await log.close()
      log = openEmbeddedLog(folder, { now: Date.now })
      return log.registry(incompatibility)
    })
  } finally {
    await log.close()
    await rm(folder, { recursive: true })
  }
}

it('a schema has one id, whatever its white space and its subjects, also after a restart', () =>
  withRegistry(async (registry, reopen) => {
    const id = await registry.register('a-value', '["x"]')
    assert.equal(await registry.register('a-value', ' [ "x" ]\n'), id)
    assert.equal(await registry.register('b-value', '["x"]'), id)
    const next = await registry.register('a-value', '["x","y"]')
    assert.notEqual(next, id)
    const again = await reopen()
    assert.equal(await again.register('a-value', '["x"]'), id)
    assert.deepEqual([await again.schema(id), await again.schema(next)], ['["x"]', '["x","y"]'])
  }))

it('a new schema must read what the last one wrote', () =>
  withRegistry(async (registry) => {
    await registry.register('a-value', '["x"]')
    await registry.register('a-value', '["x","y"]')
    await assert.rejects(registry.register('a-value', '["x","z"]'), {
      code: 'SCHEMA_INCOMPATIBLE',
      message: /new schema of a-value cannot read what its version 2 wrote: y is missing\. Give new fields a default/,
    })
    // Under another subject it is the first.
    await registry.register('b-value', '["x","z"]')
  }))

it('what is not there or no JSON gets a sentence', () =>
  withRegistry(async (registry) => {
    await assert.rejects(registry.schema(99), { code: 'SCHEMA_UNKNOWN', message: /no schema 99/ })
    await assert.rejects(registry.register('a-value', '{'), { code: 'INVALID_ARGUMENT', message: /a-value is no JSON/ })
  }))
