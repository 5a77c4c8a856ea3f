/**
 * Columns that have come since a table was made: added to its schema, while others write and read it.
 *
 *   source  Iceberg spec v2, "Schema Evolution"; REST catalog, AddSchemaUpdate, SetCurrentSchemaUpdate
 */
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Requirement, Update } from '../catalog.ts'
import type { Change } from './attempts.ts'
import { NAME_MAPPING, nameMapping, withAdditions } from './create.ts'

export function growing(spec: TableSpec): Change<void> {
  return {
    prepared: [],
    async step(metadata) {
      const schema = withAdditions(metadata, spec)
      if (schema === undefined) return { kind: 'ended', outcome: undefined, isIn: true }
      const requirements: Requirement[] = [
        { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
        { type: 'assert-current-schema-id', 'current-schema-id': metadata['current-schema-id'] },
        { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': metadata['last-column-id'] },
      ]
      const updates: Update[] = [
        { action: 'add-schema', schema },
        // The one that was added last.
        { action: 'set-current-schema', 'schema-id': -1 },
        { action: 'set-properties', updates: { [NAME_MAPPING]: nameMapping(spec) } },
      ]
      return { kind: 'try', request: { requirements, updates }, outcome: () => undefined }
    },
  }
}
