/**
 * Confluent's schema registry in the embedded log's own file, so that bytes and the schemas that read them are never
 * apart. Ids are of schemas and not of subjects, as there.
 *
 *   errors  SCHEMA_UNKNOWN, SCHEMA_INCOMPATIBLE (BACKWARD: a new schema must read what the last one wrote), LOG_DAMAGED,
 *           INVALID_ARGUMENT for text that is no JSON
 *   source  Confluent Schema Registry, "Compatibility types": BACKWARD
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { SchemaRegistry } from '../log.ts'
import { type Incompatibility, incompatible, normalized } from '../registry/registry.ts'
import { translated } from './database.ts'
import type { Store } from './store.ts'

/** The registry in the store's file. */
export function embeddedRegistry(store: Store, incompatibility: Incompatibility): SchemaRegistry {
  const sql = prepareStatements(store)

  function register(subject: string, schema: string): number {
    const normal = normalized(subject, schema)
    const known = sql.underSubject.get(subject, normal)
    if (known !== undefined) return known.id as number
    const last = sql.last.get(subject)
    const reason = last === undefined ? undefined : incompatibility(normal, last.schema as string)
    if (reason !== undefined) throw incompatible(subject, last!.version, reason)
    return store.write(() => {
      sql.insertSchema.run(normal)
      sql.insertVersion.run(subject, subject, normal)
      return sql.underSubject.get(subject, normal)!.id as number
    })
  }

  /** The index holds the text a second time: where one of the two changed, they no longer find each other. */
  function checked(id: number, schema: string): string {
    if (translated(store.folder, () => sql.byText.get(schema))?.id === id) return schema
    const sentence = `Schema ${id} in ${store.folder} is not what was written. Restore the log from a copy; no value of that schema can be read without it.`
    throw new K2Error('LOG_DAMAGED', sentence, { id })
  }

  return {
    async register(subject, schema) {
      return translated(store.folder, () => register(subject, schema))
    },
    async schema(id) {
      const row = translated(store.folder, () => sql.byId.get(id))
      if (row !== undefined) return checked(id, row.schema as string)
      const sentence = `The registry in ${store.folder} has no schema ${id}. Was the value written with another registry?`
      throw new K2Error('SCHEMA_UNKNOWN', sentence, { id })
    },
  }
}

function prepareStatements({ database }: Store) {
  return {
    byId: database.prepare('SELECT schema FROM schemas WHERE id = ?'),
    byText: database.prepare('SELECT id FROM schemas INDEXED BY sqlite_autoindex_schemas_1 WHERE schema = ?'),
    underSubject: database.prepare(
      'SELECT s.id FROM subjects v JOIN schemas s ON s.id = v.schema_id WHERE v.subject = ? AND s.schema = ?',
    ),
    last: database.prepare(`SELECT s.schema, v.version FROM subjects v JOIN schemas s ON s.id = v.schema_id
      WHERE v.subject = ? ORDER BY v.version DESC LIMIT 1`),
    insertSchema: database.prepare('INSERT INTO schemas (schema) VALUES (?) ON CONFLICT DO NOTHING'),
    insertVersion: database.prepare(`INSERT INTO subjects (subject, version, schema_id)
      SELECT ?, 1 + (SELECT count(*) FROM subjects WHERE subject = ?), id FROM schemas WHERE schema = ?`),
  }
}
