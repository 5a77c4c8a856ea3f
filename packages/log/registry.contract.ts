/** What every schema registry does, whatever lies under it. Subjects are new in each run: a server may be shared. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SchemaRegistry } from './log.ts'

export interface RegistryUnderTest {
  readonly registry: SchemaRegistry
  /** Another client of it, at the same time. */
  another(): SchemaRegistry
  /** The same registry, as a process that starts anew finds it. */
  reopen(): Promise<SchemaRegistry>
  close(): Promise<void>
}

const run = `${Date.now().toString(36)}.${process.pid}`
let names = 0
const subject = (): string => `k2.test.${run}.${names++}-value`

/** A record of those fields, each with a default but the first. */
function schemaOf(...fields: readonly string[]): string {
  const typed = fields.map((name, i) => ({ name, type: 'long', ...(i > 0 && { default: i }) }))
  return JSON.stringify({ type: 'record', name: `R${run.replace('.', '_')}`, fields: typed })
}

export function registryContract(name: string, open: () => Promise<RegistryUnderTest>): void {
  const given = (sentence: string, test: (under: RegistryUnderTest) => Promise<void>) =>
    it(sentence, async () => {
      const under = await open()
      try {
        await test(under)
      } finally {
        await under.close()
      }
    })

  describe(name, () => {
    given('a schema has one id, whatever its white space and its subjects, also after a restart', async (under) => {
      const { registry } = under
      const [a, b] = [subject(), subject()]
      const id = await registry.register(a, schemaOf('x'))
      assert.equal(await registry.register(a, ` ${JSON.stringify(JSON.parse(schemaOf('x')), null, 2)}\n`), id)
      assert.equal(await registry.register(b, schemaOf('x')), id)
      const next = await registry.register(a, schemaOf('x', 'y'))
      assert.notEqual(next, id)
      const again = await under.reopen()
      assert.equal(await again.register(a, schemaOf('x')), id)
      const read = [await again.schema(id), await again.schema(next)].map((text) => JSON.parse(text))
      assert.deepEqual(read, [JSON.parse(schemaOf('x')), JSON.parse(schemaOf('x', 'y'))])
    })

    given('a new schema must read what the last one wrote', async ({ registry }) => {
      const [a, b] = [subject(), subject()]
      await registry.register(a, schemaOf('x'))
      await registry.register(a, schemaOf('x', 'y'))
      const other = schemaOf('z', 'x')
      await assert.rejects(registry.register(a, other), {
        code: 'SCHEMA_INCOMPATIBLE',
        message: /cannot read what its version 2 wrote: .*Give new fields a default/s,
      })
      // Under another subject it is the first.
      await registry.register(b, other)
    })

    given('several that register the same schemas at once get the same ids', async (under) => {
      const clients = [under.registry, under.another(), under.another(), under.another()]
      for (let round = 0; round < 10; round++) {
        const a = subject()
        for (const schema of [schemaOf(`x${round}`), schemaOf(`x${round}`, 'y')]) {
          const ids = await Promise.all(clients.map((client) => client.register(a, schema)))
          assert.equal(new Set(ids).size, 1, `ids ${ids}`)
        }
      }
    })

    given('what is not there or no JSON gets a sentence', async ({ registry }) => {
      await assert.rejects(registry.schema(2_000_000_000), {
        code: 'SCHEMA_UNKNOWN',
        message: /no (Avro )?schema 2000000000/,
      })
      await assert.rejects(registry.register(subject(), '{'), { code: 'INVALID_ARGUMENT', message: /is no JSON/ })
    })
  })
}
