/**
 * A REST catalog in memory, as strict as Apache's own where that matters to us, and as unreliable as a test wants:
 * `meddle` may answer in its place, before or after it has done the work.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Requirement, Update } from '../catalog.ts'
import { applyUpdates, checkRequirements } from '../iceberg/apply.ts'
import { parseJson, writeJson } from '../iceberg/json.ts'
import type { TableMetadata } from '../iceberg/metadata.ts'

export interface Request {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export const json = (status: number, value: unknown): Reply => ({
  status,
  body: writeJson(value),
  headers: { 'content-type': 'application/json' },
})
export const refusal = (status: number, type: string, message = type): Reply =>
  json(status, { error: { message, type, code: status } })

/** A reply in place of the server's; 'hang' and 'reset' are none at all; undefined: the server's own. */
export type Meddling = Reply | 'hang' | 'reset' | undefined

export interface Meddler {
  before?(request: Request): Meddling
  /** The work is done by then. */
  after?(request: Request): Meddling
}

interface State {
  readonly tables: Map<string, TableMetadata>
  readonly namespaces: Set<string>
  readonly warehouse: string
}

export async function restServer(warehouse: string, prefix = '', meddler: Meddler = {}) {
  const state: State = { tables: new Map(), namespaces: new Set(), warehouse }
  const requests: Request[] = []
  const server = createServer(async (incoming, outgoing) => {
    const request = await read(incoming)
    requests.push(request)
    const own = () => reply(state, request, prefix)
    answer(outgoing, meddler.before?.(request) ?? after(own(), request))
  })
  const after = (own: Reply, request: Request) => meddler.after?.(request) ?? own
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function read(incoming: IncomingMessage): Promise<Request> {
  const chunks = await incoming.toArray()
  const { method = '', url = '', headers } = incoming
  return { method, path: url, headers, body: Buffer.concat(chunks).toString() }
}

function answer(outgoing: ServerResponse, given: Exclude<Meddling, undefined>): void {
  if (given === 'hang') return
  if (given === 'reset') outgoing.destroy()
  else outgoing.writeHead(given.status, given.headers).end(given.body)
}

/** What the updates of a creation carry, all of them together. */
interface Creation {
  readonly uuid: string
  readonly location: string
  readonly 'last-column-id': number
  readonly schema: TableMetadata['schemas'][number]
  readonly spec: TableMetadata['partition-specs'][number]
  readonly 'sort-order': TableMetadata['sort-orders'][number]
  readonly updates: Readonly<Record<string, string>>
}

type Body = { [key: string]: never } & { requirements: Requirement[]; updates: ({ action: string } & Update)[] }

function reply(state: State, { method, path, body }: Request, prefix: string): Reply {
  if (path.startsWith('/v1/config')) return json(200, { defaults: {}, overrides: prefix === '' ? {} : { prefix } })
  const [, , ...parts] = path.split('?')[0]!.split('/')
  const rest = prefix === '' ? parts : parts.slice(prefix.split('/').length)
  const [, namespace = '', , name = ''] = rest.map(decodeURIComponent)
  const given = (body === '' ? {} : parseJson(body)) as Body
  if (namespace === '') return makeNamespace(state, String(given.namespace))
  if (!state.namespaces.has(namespace)) return refusal(404, 'NoSuchNamespaceException')
  if (name === '') return stage(state, namespace, given)
  return method === 'GET' ? load(state, `${namespace}.${name}`) : commit(state, `${namespace}.${name}`, given)
}

function makeNamespace({ namespaces }: State, name: string): Reply {
  if (namespaces.has(name)) return refusal(409, 'AlreadyExistsException')
  namespaces.add(name)
  return json(200, { namespace: [name] })
}

/** As Java does, it gives fresh field ids to what it is asked to create, here all the same one. */
function stage({ tables, warehouse }: State, namespace: string, given: Body): Reply {
  const { name, schema, 'stage-create': isStaged } = given as unknown as Record<string, unknown>
  if (!isStaged) return refusal(406, 'UnsupportedOperationException', 'only staged creates')
  if (tables.has(`${namespace}.${name}`)) return refusal(409, 'AlreadyExistsException')
  const location = `${warehouse}/${namespace}/${name}`
  const uuid = crypto.randomUUID()
  const empty = { 'current-schema-id': 0, 'default-spec-id': 0, 'partition-specs': [], 'last-sequence-number': 0n }
  const schemas = [{ ...(schema as object), fields: [] }]
  return json(200, { metadata: { 'format-version': 2, 'table-uuid': uuid, location, schemas, ...empty } })
}

function load({ tables }: State, key: string): Reply {
  const metadata = tables.get(key)
  if (metadata === undefined) return refusal(404, 'NoSuchTableException')
  const location = `${metadata.location}/metadata/${metadata['last-sequence-number']}.metadata.json`
  return json(200, { metadata, 'metadata-location': location, config: { 's3.secret-access-key': 'not for us' } })
}

function commit(state: State, key: string, { requirements, updates }: Body): Reply {
  const { tables } = state
  const before = tables.get(key)
  try {
    checkRequirements(before, requirements)
  } catch (error) {
    return refusal(409, 'CommitFailedException', (error as Error).message)
  }
  const isCreate = requirements.some(({ type }) => type === 'assert-create')
  if (!isCreate && before === undefined) return refusal(404, 'NoSuchTableException')
  tables.set(key, isCreate ? created(updates) : applyUpdates(before!, updates.map(exact), Date.now()))
  return load(state, key)
}

/** Ids in a list have no name that says that they are ids. */
const exact = (update: Update): Update =>
  update.action === 'remove-snapshots' ? { ...update, 'snapshot-ids': update['snapshot-ids'].map(BigInt) } : update

/** -1 stands for the one that was added. An empty table's snapshot reads -1, as Java's does. */
function created(updates: Body['updates']): TableMetadata {
  const given: Creation = Object.assign({}, ...updates)
  const order = given['sort-order']
  return {
    'format-version': 2,
    'table-uuid': given.uuid,
    location: given.location,
    'last-sequence-number': 0n,
    'last-updated-ms': Date.now(),
    'last-column-id': given['last-column-id'],
    schemas: [given.schema],
    'current-schema-id': 0,
    'partition-specs': [given.spec],
    'default-spec-id': 0,
    'last-partition-id': 1001,
    'sort-orders': [order],
    'default-sort-order-id': order['order-id'],
    properties: given.updates,
    'current-snapshot-id': -1n,
    snapshots: [],
    refs: {},
  }
}
