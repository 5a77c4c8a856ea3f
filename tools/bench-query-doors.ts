/**
 * The ways by which `npm run bench -- query` asks: REST and gRPC as clients do, which read the whole body, and DuckDB
 * alone over the files that our planner names.
 */
import { Agent, get, type IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { QueryServiceDefinition } from '@k2/contracts/gen/k2/v1/QueryService.ts'
import { QUOTES, TRADES } from '@k2/contracts/tables.ts'
import type { Filter } from '@k2/lake/table.ts'
import { createRpcClient, loadProtos, serviceIn } from '@k2/service/rpc.ts'
import { type Child as AnyChild, startChild } from './bench-child.ts'
import { openBenchTable } from './bench-query-lake.ts'
import { type Asked, quotesOf, relationOf } from './bench-query-questions.ts'
import type { Sent } from './bench-query-serve.ts'

export const THREADS = 2
export const MEMORY_MB = 1024
const SERVE = './bench-query-serve.ts'
const PROTOS = fileURLToPath(new URL('../proto/', import.meta.url))

type Child = AnyChild<Sent>

export type One = { readonly ms: number; readonly rows: number; readonly stages?: ReadonlyMap<string, number> }

export interface Door {
  /** Whose CPU it costs; none where that is not asked for. */
  readonly of?: Child
  ask(asked: Asked): Promise<One>
  close(): void
}

export type DoorName = 'rest' | 'grpc' | 'duckdb' | 'attach'

const startProcess = (folder: string, what: string): Promise<Child> =>
  startChild<Sent>(SERVE, [folder, what, String(THREADS), String(MEMORY_MB)])
export const startService = (folder: string): Promise<Child> => startProcess(folder, 'service')

/** Over the lake in the folder. */
export async function openDoors(folder: string): Promise<Record<'rest' | 'grpc' | 'duckdb', Door>> {
  const service = await startService(folder)
  const { url, address } = service.first as { url: string; address: string }
  return {
    rest: restDoor(service, url),
    grpc: grpcDoor(service, address),
    duckdb: await aloneDoor(folder, await startProcess(folder, 'duckdb')),
  }
}

function restDoor(of: Child, url: string): Door {
  const agent = new Agent({ keepAlive: true })
  return {
    of,
    async ask({ path }) {
      const startMs = performance.now()
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get(`${url}${path}`, { agent }, resolve).on('error', reject)
      })
      for await (const _ of answer);
      const ms = performance.now() - startMs
      const { statusCode, headers } = answer
      if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`)
      return { ms, rows: Number(headers['x-record-count']), stages: stagesOf(String(headers['server-timing']), ms) }
    },
    close() {
      agent.destroy()
      of.process.disconnect()
    },
  }
}

function stagesOf(timing: string, ms: number): Map<string, number> {
  const stages = new Map([...timing.matchAll(/(\w+);dur=([\d.]+)/g)].map(([, name, text]) => [name!, Number(text)]))
  const told = [...stages.values()].reduce((sum, of) => sum + of, 0)
  return stages.set('http', ms - told)
}

/** It reads the reply's bytes, as the other one reads the body: what a client makes of them is its own. */
function grpcDoor(of: Child, address: string): Door {
  const proto = serviceIn(loadProtos(['k2/v1/query.proto'], [PROTOS]), 'k2.v1.QueryService')
  const asBytes = Object.entries(proto).map(([name, method]) => [
    name,
    { ...method, responseDeserialize: (bytes: Buffer) => bytes },
  ])
  const rpc = createRpcClient<QueryServiceDefinition>(Object.fromEntries(asBytes), { address })
  const rows = new Map<string, number>()
  return {
    of,
    async ask({ rpc: method, request, path }) {
      const startMs = performance.now()
      const bytes = (await rpc.call(method, request)) as unknown as Buffer
      const ms = performance.now() - startMs
      const known = rows.get(path) ?? proto[method]!.responseDeserialize(bytes).meta.count
      rows.set(path, known)
      return { ms, rows: known }
    },
    close: () => rpc.close(),
  }
}

async function aloneDoor(folder: string, of: Child): Promise<Door> {
  const [trades, quotes] = await Promise.all([TRADES, QUOTES].map((spec) => openBenchTable(folder, spec)))
  const filesOf = async (table: typeof trades, filter: Filter) => {
    const { files } = await table!.plan(filter)
    return files.map(({ path }) => path)
  }
  return {
    of,
    async ask({ alone }) {
      const { filter, quotes: behind, sql } = alone!
      const from = relationOf(await filesOf(trades, filter))
      const joined = behind === undefined ? '' : quotesOf(await filesOf(quotes, behind))
      return of.ask<One>({ kind: 'sql', sql: sql(from, joined) })
    },
    close: () => of.process.disconnect(),
  }
}
