/**
 * The local store: what the compacted topics of positions and events hold, in a SQLite file that is made anew at each start.
 * It is fed by the log alone, never by what is not yet durable there.
 *
 *   order   of a stream the record with the higher offset counts, whichever came last: one that a member wrote when its
 *           partition had long gone to another is told as stale, for its owner to put right in the log
 *   errors  those of a disk that is full, and of a file that is damaged, as LOG_UNAVAILABLE
 */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { K2Error } from '@k2/contracts/codes.ts'
import { eventCodec, type Position, positionCodec, type SequenceEvent } from '@k2/contracts/records/sequence.ts'
import { FRAME_BYTES, schemaIdOf } from '@k2/log/framing.ts'

// The value is kept as the log has it; the columns are what is asked by.
const TABLES = `
  CREATE TABLE positions (key TEXT PRIMARY KEY, exchange TEXT NOT NULL, symbol TEXT NOT NULL, session TEXT NOT NULL,
    topic TEXT NOT NULL, partition INTEGER NOT NULL, at INTEGER NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX positions_by_place ON positions (topic, partition, at);
  CREATE INDEX positions_by_symbol ON positions (symbol, exchange);
  CREATE TABLE events (key TEXT PRIMARY KEY, exchange TEXT NOT NULL, symbol TEXT NOT NULL, session TEXT NOT NULL,
    kind TEXT NOT NULL, status TEXT, at INTEGER NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX events_by_symbol ON events (symbol, exchange, key);
`

export interface Wanted {
  readonly exchange?: string
  readonly symbols: readonly string[]
  readonly session?: string
  /** Key of the last one of the page before. */
  readonly after: string
  readonly limit: number
}

export interface Row<T> {
  readonly key: string
  readonly value: T
}

interface Stored {
  readonly key: string
  readonly value: Uint8Array
}

interface Opened {
  readonly database: DatabaseSync
  readonly one: StatementSync
  readonly atOf: Readonly<Record<'positions' | 'events', StatementSync>>
  readonly putPosition: StatementSync
  readonly putEvent: StatementSync
}

/** Of SQLite: CORRUPT, NOTADB, and IOERR_SHORT_READ, which a file that was cut ends in. */
const DAMAGE = [11, 26, 522]

export class View {
  /** Positions that it has. */
  stored = 0
  /** Nothing of it counts until it is made again. */
  isDamaged = false
  readonly path: string
  private opened: Opened
  private readonly schemas = new Map<number, string>()

  constructor(path: string) {
    this.path = path
    this.opened = opened(path)
  }

  /** Empty, in a new file. */
  remake(): void {
    this.close()
    this.opened = opened(this.path)
    this.stored = 0
    this.isDamaged = false
  }

  knows(schemaId: number, schema: string): void {
    this.schemas.set(schemaId, schema)
  }

  /** All of it, or nothing of it. */
  together(work: () => void): void {
    const {
      opened: { database },
      stored,
    } = this
    this.guarded(() => {
      database.exec('BEGIN')
      try {
        work()
        database.exec('COMMIT')
      } catch (error) {
        this.stored = stored
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** False where it knows a later one. */
  position(key: string, bytes: Uint8Array | null): boolean {
    const position = bytes === null ? undefined : this.decoded(positionCodec, bytes)
    if (position === undefined || bytes === null) return this.drop('positions', key, bytes)
    const known = this.offsetOf('positions', key)
    if (known !== undefined && known > position.offset) return false
    if (known === undefined) this.stored++
    const { exchange, symbol, session, topic, partition, offset } = position
    this.opened.putPosition.run(key, exchange, symbol, session, topic, partition, offset, bytes)
    return true
  }

  /** The same. Of a run the last word counts: it may have been cut shorter. */
  event(key: string, bytes: Uint8Array | null): boolean {
    const event = bytes === null ? undefined : this.decoded(eventCodec, bytes)
    if (event === undefined || bytes === null) return this.drop('events', key, bytes)
    if (event.kind === 'gap' && (this.offsetOf('events', key) ?? -1n) > event.untilOffset) return false
    const { exchange, symbol, session, kind, status, untilOffset } = event
    this.opened.putEvent.run(key, exchange, symbol, session, kind, status, untilOffset, bytes)
    return true
  }

  /** Where the stream stands by the log. */
  restore(key: string): Position | undefined {
    const row = this.guarded(() => this.opened.one.get(key)) as { readonly value: Uint8Array } | undefined
    return row && this.decoded(positionCodec, row.value)
  }

  /** As the log should have it. */
  kept(table: 'positions' | 'events', key: string): Uint8Array | undefined {
    const row = this.guarded(() => this.opened.atOf[table].get(key))
    return (row as { readonly value: Uint8Array } | undefined)?.value
  }

  /** Of those that stand for records of the partition below `end` the one that stands furthest. */
  furthest(topic: string, partition: number, end: bigint): Position | undefined {
    const sql = 'SELECT value FROM positions WHERE topic = ? AND partition = ? AND at < ? ORDER BY at DESC LIMIT 1'
    const [row] = this.all(sql, topic, partition, end) as { readonly value: Uint8Array }[]
    return row && this.decoded(positionCodec, row.value)
  }

  /** Streams that stand at `from` or behind it in that partition. */
  standing(topic: string, partition: number, from: bigint): string[] {
    const sql = 'SELECT key FROM positions WHERE topic = ? AND partition = ? AND at >= ?'
    return this.keys(sql, topic, partition, from)
  }

  /** What has been told of a stream. */
  eventsOf(stream: string): string[] {
    // 0 is the character behind the slash.
    return this.keys('SELECT key FROM events WHERE key >= ? AND key < ?', `${stream}/`, `${stream}0`)
  }

  /** Those that one of the log's partitions has, or had. */
  keysIn(table: 'positions' | 'events'): string[] {
    return this.keys(`SELECT key FROM ${table}`)
  }

  positions(wanted: Wanted): Row<Position>[] {
    return this.select('positions', wanted, '', []).map((row) => this.rowOf(positionCodec, row))
  }

  /** Of those kinds and, of gaps, of those statuses; all where none are named. */
  events(wanted: Wanted, kinds: readonly string[], statuses: readonly string[]): Row<SequenceEvent>[] {
    const among = (column: string, of: readonly string[]) =>
      of.length === 0 ? '' : ` AND ${column} IN (${of.map(() => '?').join()})`
    const more = among('kind', kinds) + among('status', statuses)
    return this.select('events', wanted, more, [...kinds, ...statuses]).map((row) => this.rowOf(eventCodec, row))
  }

  close(): void {
    if (this.opened.database.isOpen) this.opened.database.close()
  }

  private select(table: string, wanted: Wanted, more: string, params: readonly string[]): Stored[] {
    const { exchange, symbols, session, after, limit } = wanted
    const tests = ['key > ?']
    const given: SQLInputValue[] = [after]
    if (exchange !== undefined) given[tests.push('exchange = ?') - 1] = exchange
    if (symbols.length > 0) {
      tests.push(`symbol IN (${symbols.map(() => '?').join()})`)
      given.push(...symbols)
    }
    if (session !== undefined) {
      tests.push('session = ?')
      given.push(session)
    }
    const sql = `SELECT key, value FROM ${table} WHERE ${tests.join(' AND ')}${more} ORDER BY key LIMIT ?`
    return this.all(sql, ...given, ...params, limit) as Stored[]
  }

  private keys(sql: string, ...given: SQLInputValue[]): string[] {
    return (this.all(sql, ...given) as { readonly key: string }[]).map(({ key }) => key)
  }

  private all(sql: string, ...given: SQLInputValue[]): unknown[] {
    return this.guarded(() => this.opened.database.prepare(sql).all(...given))
  }

  private guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      const code = (error as { readonly errcode?: number }).errcode
      if (code === undefined) throw error
      this.isDamaged ||= DAMAGE.some((one) => one === code || one === (code & 0xff))
      const what = this.isDamaged ? 'is damaged, and made again from the log' : 'cannot be written'
      const advice = this.isDamaged
        ? `See to the disk of ${this.path} where that comes again.`
        : 'Free some disk space.'
      throw new K2Error('LOG_UNAVAILABLE', `The store of positions ${what}: ${error}. ${advice}`, {}, error)
    }
  }

  private rowOf<T>(codec: { decode(bytes: Uint8Array, start: number, writer: string): T | undefined }, row: Stored) {
    return { key: row.key, value: this.decoded(codec, row.value)! }
  }

  private offsetOf(table: 'positions' | 'events', key: string): bigint | undefined {
    return (this.opened.atOf[table].get(key) as { readonly at: bigint } | undefined)?.at
  }

  /** A key that was deleted; what cannot be read is left as it is. */
  private drop(table: 'positions' | 'events', key: string, bytes: Uint8Array | null): boolean {
    if (bytes !== null) return true
    const { changes } = this.opened.database.prepare(`DELETE FROM ${table} WHERE key = ?`).run(key)
    if (table === 'positions') this.stored -= Number(changes)
    return true
  }

  private decoded<T>(
    codec: { decode(bytes: Uint8Array, start: number, writer: string): T | undefined },
    bytes: Uint8Array,
  ): T | undefined {
    const id = schemaIdOf(bytes)
    const schema = typeof id === 'number' ? this.schemas.get(id) : undefined
    return schema === undefined ? undefined : codec.decode(bytes, FRAME_BYTES, schema)
  }
}

function opened(path: string): Opened {
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
  const database = new DatabaseSync(path)
  // Lost with the process: the log has it all. What is rolled back must be known, though, so the journal is in memory.
  database.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; ${TABLES}`)
  const at = (table: string) => {
    const statement = database.prepare(`SELECT at, value FROM ${table} WHERE key = ?`)
    statement.setReadBigInts(true)
    return statement
  }
  return {
    database,
    one: database.prepare('SELECT value FROM positions WHERE key = ?'),
    atOf: { positions: at('positions'), events: at('events') },
    putPosition: database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    putEvent: database.prepare('INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
  }
}
