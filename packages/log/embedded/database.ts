/**
 * The file under an embedded log: SQLite, opened for one process, durable at every commit; and the one place that
 * turns SQLite's errors into ours.
 *
 *   errors  LOG_IN_USE another process holds it; LOG_DAMAGED it is no log of ours or its pages are broken;
 *           LOG_UNAVAILABLE disk full, no permission, closed; SETTINGS_INVALID written by a newer K2
 *   source  sqlite.org/rescode.html, sqlite.org/wal.html "Use of WAL Without Shared-Memory"
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { K2Error } from '@k2/contracts/codes.ts'

const FILE = 'log.sqlite'
/** "K2lg" in the file's header, so that another program's database is not taken for a log. */
const APPLICATION_ID = 0x4b326c67
const LAYOUT = 1

// Batches lie in the order of their arrival; the index finds them by offset and, being covering, by age.
const TABLES = `
  CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, retention_ms INTEGER,
    seal INTEGER NOT NULL) STRICT;
  CREATE TABLE partitions (
    id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL,
    start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, clean_offset INTEGER NOT NULL,
    seal INTEGER NOT NULL, UNIQUE (topic_id, partition)) STRICT;
  CREATE TABLE batches (
    id INTEGER PRIMARY KEY, partition_id INTEGER NOT NULL, base_offset INTEGER NOT NULL,
    next_offset INTEGER NOT NULL, max_time_ms INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX batches_by_offset ON batches (partition_id, base_offset, next_offset, max_time_ms);
  CREATE TABLE group_offsets (
    group_name TEXT NOT NULL, partition_id INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    seal INTEGER NOT NULL, PRIMARY KEY (group_name, partition_id)) STRICT, WITHOUT ROWID;
  CREATE TABLE schemas (id INTEGER PRIMARY KEY AUTOINCREMENT, schema TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE subjects (
    subject TEXT NOT NULL, version INTEGER NOT NULL, schema_id INTEGER NOT NULL,
    PRIMARY KEY (subject, version)) STRICT, WITHOUT ROWID;
`

const BUSY = 5
const LOCKED = 6
const FULL = 13
const CANTOPEN = 14
/** Our statements are fixed, so an ERROR, CONSTRAINT or MISMATCH is a table that changed: CORRUPT and NOTADB by other names. */
const DAMAGE: readonly number[] = [1, 11, 19, 20, 26]

/** Opens or creates the log's file in the folder, and holds it until it is closed. */
export function openDatabase(folder: string): DatabaseSync {
  return translated(folder, () => {
    mkdirSync(folder, { recursive: true })
    const database = new DatabaseSync(join(folder, FILE))
    try {
      prepareDatabase(database, folder)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
}

function prepareDatabase(database: DatabaseSync, folder: string): void {
  // Exclusive before WAL: then there is no shared memory file, and the lock is kept from the first access on.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 16384; PRAGMA journal_mode = WAL')
  // FULL: a commit returns after its fsync. The journal is cut back so that a burst does not keep its disk for ever.
  database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864')
  database.exec('PRAGMA cell_size_check = ON; BEGIN EXCLUSIVE')
  const { application_id: application } = pragma(database, 'application_id')
  const { user_version: layout } = pragma(database, 'user_version')
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number }
  if (tables === 0) {
    database.exec(`${TABLES}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT}`)
  } else if (application !== APPLICATION_ID) {
    throw unreadable(folder, 'it is not a log of K2')
  } else if (layout !== LAYOUT) {
    const sentence = `The log in ${folder} has layout ${layout}; this K2 reads ${LAYOUT}. Run the K2 that wrote it.`
    throw new K2Error('SETTINGS_INVALID', sentence, { folder })
  }
  database.exec('COMMIT')
}

function pragma(database: DatabaseSync, name: string): Record<string, unknown> {
  return database.prepare(`PRAGMA ${name}`).get() ?? {}
}

function unreadable(folder: string, fault: string, cause?: unknown): K2Error {
  const sentence =
    `The log in ${folder} cannot be read: ${fault}. Restore ${FILE} from a copy, or move the folder away and start ` +
    'with an empty log.'
  return new K2Error('LOG_DAMAGED', sentence, { folder }, cause)
}

/** Runs `work`; what SQLite or the file system throws comes out as a K2Error that names the folder. */
export function translated<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translate(folder, error)
  }
}

function translate(folder: string, error: unknown): unknown {
  if (error instanceof K2Error || !(error instanceof Error) || !('code' in error)) return error
  const unavailable = (todo: string) =>
    new K2Error('LOG_UNAVAILABLE', `The log in ${folder} failed: ${error.message}. ${todo}`, { folder }, error)
  if (error.code === 'ERR_SQLITE_ERROR') {
    // The lowest byte is the primary code, what is above tells where.
    const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 255 : 0
    if (code === BUSY || code === LOCKED) return inUse(folder, error)
    if (DAMAGE.includes(code)) return unreadable(folder, error.message, error)
    if (code === FULL) return unavailable('Free some disk space.')
    if (code === CANTOPEN) return unavailable('Check that the folder exists and may be written.')
    return unavailable('Check the disk.')
  }
  if (error.code === 'ERR_INVALID_STATE') return unavailable('It has been closed; open it again.')
  if ('syscall' in error) return unavailable('Check that the folder may be written.')
  return error
}

function inUse(folder: string, cause: unknown): K2Error {
  const sentence =
    `Another process holds the log in ${folder}. Stop that one (a K2 that still runs there?), or give this one a ` +
    'folder of its own.'
  return new K2Error('LOG_IN_USE', sentence, { folder }, cause)
}

/** Runs `work` in one transaction: all of it is durable when this returns, or nothing of it has happened. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite rolls back by itself after some errors; then there is nothing left to do.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
