/**
 * A catalog behind Iceberg's REST API.
 *
 *   config (once) ─► load | stage a new table, commit it | commit: requirements and updates as they are
 *
 * A table is created by a staged create and a first commit, and not in one request: servers give fresh field ids to the
 * schema of the one, and keep those of the other.
 *
 *   retries reads only; a commit is sent once, for only the table can tell whether it may be sent again
 *   errors  as catalog.ts has them, translated in errors.ts; NOT_FOUND for a commit to a table that is not there
 *   source  Iceberg REST catalog OpenAPI: config, createTable (stage-create), loadTable, updateTable
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { realClock } from '@k2/service/clock.ts'
import { type Guard, guard } from '@k2/service/guard.ts'
import { settled } from '@k2/service/retry.ts'
import type { Catalog, LoadedTable, NewTable, TableName } from '../catalog.ts'
import { writeJson } from '../iceberg/json.ts'
import type { TableMetadata } from '../iceberg/metadata.ts'
import { checkedMetadata } from '../iceberg/metadata-json.ts'
import { errorOf } from './errors.ts'
import { type Answer, exchange } from './http.ts'
import { type Access, tokensOf } from './token.ts'

export interface RestCatalogOptions {
  /** As http://host:port, or with a path; `/v1` is put behind it. */
  readonly uri: string
  /** By the catalog's name for it, or its location; undefined: the catalog has one. */
  readonly warehouse?: string | undefined
  readonly access: Access
  /** Of one exchange. */
  readonly deadlineMs?: number
  /** Its circuit, and the retries of what only asks. */
  readonly guard?: Guard
}

export function restCatalog(options: RestCatalogOptions): Catalog {
  const server = new Server(options)
  return {
    load: (table) => load(server, table),
    create: (table, first) => create(server, table, first),
    commit: (table, requirements, updates) =>
      commit(server, table, `the commit to ${nameOf(table)}`, { requirements, updates }),
  }
}

const nameOf = ({ namespace, name }: TableName): string => `${namespace}.${name}`
const tablesOf = (namespace: string): string => `namespaces/${encodeURIComponent(namespace)}/tables`
const pathOf = ({ namespace, name }: TableName): string => `${tablesOf(namespace)}/${encodeURIComponent(name)}`

async function load(server: Server, table: TableName): Promise<LoadedTable | undefined> {
  const what = `loading ${nameOf(table)}`
  try {
    return loaded(await server.read(what, pathOf(table)), server, what)
  } catch (error) {
    if (error instanceof K2Error && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

async function create(server: Server, table: TableName, first: NewTable): Promise<LoadedTable> {
  const what = `the creation of ${nameOf(table)}`
  const schema = first.schemas[0]!
  const spec = first['partition-specs'][0]!
  const order = first['sort-orders'][0]!
  const properties = { 'format-version': '2', ...first.properties }
  const request = { name: table.name, schema, 'partition-spec': spec, 'write-order': order, properties }
  const staged = await stage(server, table, { ...request, 'stage-create': true })
  const { location, 'table-uuid': uuid } = staged
  const updates = [
    { action: 'assign-uuid', uuid },
    { action: 'upgrade-format-version', 'format-version': 2 },
    { action: 'add-schema', schema, 'last-column-id': first['last-column-id'] },
    { action: 'set-current-schema', 'schema-id': -1 },
    { action: 'add-spec', spec },
    { action: 'set-default-spec', 'spec-id': -1 },
    { action: 'add-sort-order', 'sort-order': order },
    { action: 'set-default-sort-order', 'sort-order-id': -1 },
    { action: 'set-location', location },
    { action: 'set-properties', updates: first.properties },
  ]
  return commit(server, table, what, { requirements: [{ type: 'assert-create' }], updates })
}

async function commit(server: Server, table: TableName, what: string, body: object): Promise<LoadedTable> {
  const answer = await server.ask(what, 'POST', pathOf(table), body, true)
  try {
    return loaded(answer, server, what)
  } catch (cause) {
    // It may well be in.
    const why = (cause as Error).message
    throw new K2Error('COMMIT_UNKNOWN', `Whether ${what} is in is not known: ${why}`, { catalog: server.uri }, cause)
  }
}

/** Changes nothing at the catalog but the namespace, which is made where it is missing; answers where the table will lie. */
async function stage(server: Server, { namespace, name }: TableName, request: object): Promise<TableMetadata> {
  const what = `preparing ${namespace}.${name}`
  const staging = () => server.ask(what, 'POST', tablesOf(namespace), request)
  let answer: unknown
  try {
    answer = await staging()
  } catch (error) {
    if (!(error instanceof K2Error) || error.code !== 'NOT_FOUND') throw error
    await makeNamespace(server, namespace)
    answer = await staging()
  }
  return checkedMetadata((answer as { metadata?: unknown } | null)?.metadata, `that ${server.uri} answers to ${what}`)
}

async function makeNamespace(server: Server, namespace: string): Promise<void> {
  try {
    await server.ask(`making namespace ${namespace}`, 'POST', 'namespaces', { namespace: [namespace], properties: {} })
  } catch (error) {
    const isMade = error instanceof K2Error && error.code === 'LAKE_CONFLICT' // by another meanwhile
    if (!isMade) throw error
  }
}

function loaded(answer: unknown, server: Server, what: string): LoadedTable {
  const { metadata, 'metadata-location': location } = (answer ?? {}) as Record<string, unknown>
  const where = typeof location === 'string' ? location : `that ${server.uri} answers to ${what}`
  return { metadata: checkedMetadata(metadata, where), metadataLocation: where }
}

class Server {
  readonly uri: string
  readonly #options: RestCatalogOptions
  readonly #deadlineMs: number
  readonly #guard: Guard
  readonly #tokens
  #base: Promise<string> | undefined

  constructor(options: RestCatalogOptions) {
    this.#options = options
    this.uri = options.uri.replace(/\/+$/, '')
    this.#guard = options.guard ?? guard('catalog')
    this.#deadlineMs = options.deadlineMs ?? this.#guard.policy.deadlineMs
    this.#tokens = tokensOf(options.access, realClock.nowMs, this.#deadlineMs)
  }

  async read(what: string, path: string): Promise<unknown> {
    const url = `${await this.#configured()}/${path}`
    return this.#guard.again(() => this.#ask(what, 'GET', url))
  }

  async ask(what: string, method: 'GET' | 'POST', path: string, body?: object, isCommit = false): Promise<unknown> {
    const url = `${await this.#configured()}/${path}`
    return this.#guard.once(() => this.#ask(what, method, url, body, isCommit))
  }

  async #configured(): Promise<string> {
    this.#base ??= this.#guard.again(() => this.#configure())
    return this.#base.catch((error) => {
      this.#base = undefined
      throw error
    })
  }

  /** What the catalog says of itself: where else it is, and the prefix of its paths. */
  async #configure(): Promise<string> {
    const { warehouse } = this.#options
    const query = warehouse === undefined ? '' : `?warehouse=${encodeURIComponent(warehouse)}`
    const what = `telling its configuration${warehouse === undefined ? '' : ` for the warehouse ${warehouse}`}`
    const said = (await this.#ask(what, 'GET', `${this.uri}/v1/config${query}`).catch((error) => {
      // Else it would be taken for a table that is not there.
      if (error.code !== 'NOT_FOUND') throw error
      const sentence = `${error.message} See that ICEBERG_WAREHOUSE is right.`
      throw settled(new K2Error('LAKE_UNAVAILABLE', sentence, {}, error))
    })) as Record<string, unknown> | null
    const { uri = this.uri, prefix = '' } = { ...object(said?.defaults), ...object(said?.overrides) }
    return [`${String(uri).replace(/\/+$/, '')}/v1`, ...String(prefix).split('/').filter(Boolean)].join('/')
  }

  async #ask(what: string, method: 'GET' | 'POST', url: string, body?: object, isCommit = false): Promise<unknown> {
    let answer = await this.#exchange(method, url, body)
    // Refused before it was looked at, so it may be sent again, even a commit.
    const isRefused = answer.kind === 'answer' && (answer.status === 401 || answer.status === 419)
    if (isRefused && this.#tokens.renew()) answer = await this.#exchange(method, url, body)
    const isWell = answer.kind === 'answer' && answer.status >= 200 && answer.status < 300 && answer.json !== undefined
    if (answer.kind === 'answer' && isWell) return answer.json
    throw errorOf(answer, { what, uri: this.uri, isCommit })
  }

  async #exchange(method: 'GET' | 'POST', url: string, body?: object): Promise<Answer> {
    const token = await this.#tokens.current()
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const text = body === undefined ? {} : { body: writeJson(body) }
    return exchange({ method, url, headers, ...text, deadlineMs: this.#deadlineMs })
  }
}

const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
