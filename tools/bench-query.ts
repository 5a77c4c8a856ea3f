/**
 * `npm run bench -- query [ROWS [PIECES [ROUNDS [FOLDER]]]]`: the query-service through REST and gRPC beside DuckDB
 * alone on the same pruned files, asked in turn in one run, all warm. The lake is kept in FOLDER (.k2/bench-query) for
 * the next run; PIECES makes it as many times smaller files.
 *
 * A ratio is of the medians; both doors' times are a client's, which reads the whole body. DuckDB's is that of running
 * a statement and fetching its vectors, without a plan of files and without a text of any cell.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { QueryServiceDefinition } from '@k2/contracts/gen/k2/v1/QueryService.ts'
import { createRpcClient, loadProtos, type RpcClient, serviceIn } from '@k2/service/rpc.ts'
import { makeLake, openTrades } from './bench-query-lake.ts'
import { type Asked, KINDS, type Kind, relationOf } from './bench-query-questions.ts'
import type { Sent } from './bench-query-serve.ts'

const THREADS = 2
const MEMORY_MB = 1024
const PROTOS = fileURLToPath(new URL('../proto/', import.meta.url))

/** Of one door to one question. */
interface Samples {
  readonly ms: number[]
  cpuSeconds: number
  rows: number
}
type Door = 'rest' | 'grpc' | 'duckdb'

export async function queryBench(args: readonly string[]): Promise<object> {
  const [rows = 10_000_000, pieces = 1, rounds = 20] = args.slice(0, 3).map(Number)
  const folder = resolve(args[3] ?? '.k2/bench-query', `${rows}-${pieces}`)
  await makeLake(folder, rows, pieces)
  const planning = await planningOf(folder)
  const service = await child(folder, 'service')
  const duckdb = await child(folder, 'duckdb')
  const { url, address } = service.first as { url: string; address: string }
  const proto = serviceIn(loadProtos(['k2/v1/query.proto'], [PROTOS]), 'k2.v1.QueryService')
  const rpc = createRpcClient<QueryServiceDefinition>(proto, { address })
  try {
    const table = await openTrades(folder)
    const asking: Asking = {
      folder,
      url,
      rpc,
      service,
      duckdb,
      planOf: async (filter) => (await table.plan(filter)).files,
    }
    const questions: Record<string, object> = {}
    for (const kind of KINDS) questions[kind.name] = figuresOf(kind, await measure(kind, rounds, asking))
    return { bench: 'query', rows, pieces, rounds, planning, questions }
  } finally {
    rpc.close()
    service.process.disconnect()
    duckdb.process.disconnect()
  }
}

interface Child {
  readonly process: ChildProcess
  readonly first: object
  ask(sent: Sent): Promise<Record<string, number>>
}

export async function child(folder: string, what: string): Promise<Child> {
  const file = fileURLToPath(new URL('./bench-query-serve.ts', import.meta.url))
  const process = fork(file, [folder, what, String(THREADS), String(MEMORY_MB)])
  const died = once(process, 'exit').then(([code]) => {
    throw new Error(`the ${what} ended with ${code}`)
  })
  died.catch(() => {})
  const next = async () => (await Promise.race([once(process, 'message'), died]))[0]
  const first = await next()
  return {
    process,
    first,
    ask(sent) {
      const answer = next()
      process.send(sent)
      return answer
    },
  }
}

interface Asking {
  readonly folder: string
  readonly url: string
  readonly rpc: RpcClient<QueryServiceDefinition>
  readonly service: Child
  readonly duckdb: Child
  readonly planOf: (filter: object) => Promise<readonly { readonly path: string }[]>
}

/** Milliseconds of planning a symbol's hour: with nothing known of the table, and again. */
async function planningOf(folder: string) {
  const { filter } = KINDS[1]!.variant(0).alone!
  const beforeMs = performance.now()
  const table = await openTrades(folder)
  const { files, skipped } = await table.plan(filter)
  const coldMs = performance.now() - beforeMs
  const { snapshotId } = await table.head()
  const warm: number[] = []
  for (let n = 0; n < 200; n++) {
    const startMs = performance.now()
    await table.plan(filter, snapshotId!)
    warm.push(performance.now() - startMs)
  }
  return {
    files: files.length,
    files_skipped: skipped.files,
    cold_ms: rounded(coldMs),
    warm_p50_ms: rounded(quantile(warm, 0.5)),
    warm_p99_ms: rounded(quantile(warm, 0.99)),
  }
}

interface Measured {
  readonly doors: Partial<Record<Door, Samples>>
  /** Sums over REST's answers, in ms. */
  readonly stages: Map<string, number>
}

async function measure({ times, variant }: Kind, rounds: number, asking: Asking): Promise<Measured> {
  const measured: Measured = { doors: {}, stages: new Map() }
  for (let round = -1; round < rounds; round++) {
    const asked = Array.from({ length: times }, (_, i) => variant((round + 1) * times + i))
    const isWarm = round >= 0
    const into: Measured = isWarm ? measured : { doors: {}, stages: new Map() }
    await turn(into, 'rest', asking.service, asked, (one) => rest(asking, one, into.stages))
    await turn(into, 'grpc', asking.service, asked, (one) => grpc(asking, one))
    if (asked[0]!.alone) await turn(into, 'duckdb', asking.duckdb, asked, (one) => alone(asking, one))
  }
  return measured
}

type One = { readonly ms: number; readonly rows: number }

async function turn(
  { doors }: Measured,
  door: Door,
  of: Child,
  asked: readonly Asked[],
  ask: (one: Asked) => Promise<One>,
): Promise<void> {
  doors[door] ??= { ms: [], cpuSeconds: 0, rows: 0 }
  const samples = doors[door]
  const before = await of.ask({ kind: 'cpu' })
  for (const one of asked) {
    const { ms, rows } = await ask(one)
    samples.ms.push(ms)
    samples.rows += rows
  }
  const after = await of.ask({ kind: 'cpu' })
  samples.cpuSeconds += after.seconds! - before.seconds!
}

async function rest({ url }: Asking, { path }: Asked, stages: Map<string, number>): Promise<One> {
  const startMs = performance.now()
  const response = await fetch(`${url}${path}`, { headers: { 'accept-encoding': 'identity' } })
  const body = await response.arrayBuffer()
  const ms = performance.now() - startMs
  if (!response.ok) throw new Error(`${path}: ${Buffer.from(body)}`)
  let told = 0
  for (const [, name, text] of (response.headers.get('server-timing') ?? '').matchAll(/(\w+);dur=([\d.]+)/g)) {
    told += Number(text)
    stages.set(name!, (stages.get(name!) ?? 0) + Number(text))
  }
  stages.set('http', (stages.get('http') ?? 0) + ms - told)
  return { ms, rows: Number(response.headers.get('x-record-count')) }
}

async function grpc({ rpc }: Asking, { rpc: method, request }: Asked): Promise<One> {
  const startMs = performance.now()
  const { meta } = await rpc.call(method, request)
  return { ms: performance.now() - startMs, rows: meta!.count }
}

async function alone({ duckdb, planOf }: Asking, { alone: of }: Asked): Promise<One> {
  const files = await planOf(of!.filter)
  const sql = of!.sql(relationOf(files.map(({ path }) => path)))
  return (await duckdb.ask({ kind: 'sql', sql })) as unknown as One
}

function figuresOf({ name, ratioMax }: Kind, { doors, stages }: Measured): object {
  const duckdb = doors.duckdb
  const told = Object.entries(doors).map(([door, { ms, rows, cpuSeconds }]) => [
    door,
    {
      rows: Math.round(rows / ms.length),
      p50_ms: rounded(quantile(ms, 0.5)),
      p99_ms: rounded(quantile(ms, 0.99)),
      cpu_ms: rounded((cpuSeconds * 1000) / ms.length),
      ...(duckdb && { ratio: rounded(quantile(ms, 0.5) / quantile(duckdb.ms, 0.5)) }),
    },
  ])
  const asked = doors.rest!.ms.length
  const stagesMs = Object.fromEntries([...stages].map(([stage, sum]) => [stage, rounded(sum / asked)]))
  const figures = Object.fromEntries(told)
  print(name, figures, stagesMs, ratioMax)
  return { ...figures, ...(ratioMax && { ratio_max: ratioMax }), stages_ms: stagesMs }
}

type Figure = Readonly<Record<'rows' | 'p50_ms' | 'p99_ms' | 'cpu_ms' | 'ratio', number>>

function print(name: string, doors: Record<string, Figure>, stages: object, ratioMax: number | undefined): void {
  const lines = Object.entries(doors).map(([door, { rows, p50_ms, p99_ms, cpu_ms, ratio }]) => {
    const numbers = [rows, p50_ms, p99_ms, cpu_ms].map((value) => String(value).padStart(9)).join('')
    const limit = door !== 'duckdb' && ratioMax !== undefined ? ` (at most ${ratioMax})` : ''
    return `  ${door.padEnd(8)}${numbers}  ${ratio === undefined ? '' : `${ratio}×${limit}`}`
  })
  const of = Object.entries(stages).map(([stage, ms]) => `${stage} ${ms}`)
  const head = `${name.padEnd(30)}rows, p50 ms, p99 ms, CPU ms, p50 to DuckDB's`
  process.stderr.write(`${head}\n${lines.join('\n')}\n  mean ms: ${of.join(', ')}\n`)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

const rounded = (value: number): number => Math.round(value * 100) / 100
