/**
 * The schemas that batches name, out of the registry. An id that it does not know is no error here: it is the reason why
 * the records that name it are refused, and those around them are not.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { type Schemas, schemaIds } from '@k2/contracts/records/decode.ts'
import type { LogBatch, SchemaRegistry } from './log.ts'

/** Errors: those of the registry but SCHEMA_UNKNOWN. */
export async function schemasOf(
  registry: SchemaRegistry,
  batches: readonly Pick<LogBatch, 'values'>[],
): Promise<Schemas> {
  const schemas = new Map<number, { schema: string } | { reason: string }>()
  for (const { values } of batches) {
    for (const id of schemaIds(values)) {
      if (!schemas.has(id)) schemas.set(id, await lookUp(registry, id))
    }
  }
  return schemas
}

async function lookUp(registry: SchemaRegistry, id: number): Promise<{ schema: string } | { reason: string }> {
  try {
    return { schema: await registry.schema(id) }
  } catch (error) {
    if (!(error instanceof K2Error) || error.code !== 'SCHEMA_UNKNOWN') throw error
    return { reason: `its schema id ${id} is not known to the registry` }
  }
}
