/**
 * `npm run bench -- query [ROWS [PIECES [ROUNDS [FOLDER]]]]`: the query-service through REST and gRPC beside DuckDB
 * alone on the same pruned files and beside DuckDB's ATTACH of a REST catalog, asked in turn in one run, all warm; then
 * some of the questions by 8 and by 32 clients at once. The lake is kept in FOLDER (.k2/bench-query) for the next run;
 * PIECES makes it as many times smaller files.
 *
 * A ratio is of the medians; both doors' times are a client's, which reads the whole body. DuckDB's is that of running
 * a statement and fetching its vectors, without a plan of files and without a text of any cell; where many ask, its
 * statements run one after the other.
 */
import { resolve } from 'node:path'
import { TRADES } from '@k2/contracts/tables.ts'
import { attachDoor } from './bench-query-attach.ts'
import { type Door, type DoorName, type One, openDoors } from './bench-query-doors.ts'
import { makeLake, openBenchTable } from './bench-query-lake.ts'
import { type Asked, KINDS, type Kind } from './bench-query-questions.ts'

const CROWDS = [8, 32]
const CROWD_QUESTIONS = 160

/** Of one door to one question. */
interface Samples {
  readonly ones: One[]
  cpuSeconds: number
}
type Doors = Partial<Record<DoorName, Door>>
type Measured = Map<DoorName, Samples>

export async function queryBench(args: readonly string[]): Promise<object> {
  const [rows = 10_000_000, pieces = 1, rounds = 20] = args.slice(0, 3).map(Number)
  const folder = resolve(args[3] ?? '.k2/bench-query', `${rows}-${pieces}-with-quotes`)
  await makeLake(folder, rows, pieces)
  const planning = await planningOf(folder)
  const attach = await attachDoor(folder)
  const doors: Doors = { ...(await openDoors(folder)), ...(attach && { attach }) }
  try {
    const questions: Record<string, object> = {}
    for (const kind of KINDS) questions[kind.name] = figuresOf(kind, await inTurns(kind, rounds, doors))
    const { attach: _, ...ours } = doors
    const crowds: Record<string, object> = {}
    for (const kind of KINDS.filter(({ isCrowded }) => isCrowded))
      for (const clients of CROWDS) {
        const name = `${kind.name}, ${clients} clients`
        crowds[name] = figuresOf({ ...kind, name }, await crowded(kind, clients, ours))
      }
    return { bench: 'query', rows, pieces, rounds, planning, questions, crowds }
  } finally {
    for (const door of Object.values(doors)) door.close()
    await attach?.stop()
  }
}

/** Milliseconds of planning a symbol's hour: with nothing known of the table, and again. */
async function planningOf(folder: string) {
  const { filter } = KINDS[1]!.variant(0).alone!
  const beforeMs = performance.now()
  const table = await openBenchTable(folder, TRADES)
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

async function inTurns({ times, variant, variants = 24 }: Kind, rounds: number, doors: Doors): Promise<Measured> {
  const measured: Measured = new Map()
  const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => variant(from + i))
  await byEach(doors, some(0, 2 * variants), 1, new Map())
  for (let round = 0; round < rounds; round++) await byEach(doors, some(round * times, times), 1, measured)
  return measured
}

async function crowded({ times, variant }: Kind, clients: number, doors: Doors): Promise<Measured> {
  const measured: Measured = new Map()
  const count = Math.max(2 * clients, Math.round((CROWD_QUESTIONS * times) / 5))
  const asked = Array.from({ length: count }, (_, i) => variant(i))
  await byEach(doors, asked, clients, measured)
  return measured
}

async function byEach(doors: Doors, asked: readonly Asked[], clients: number, measured: Measured): Promise<void> {
  for (const [name, door] of Object.entries(doors) as [DoorName, Door][]) {
    const isOther = name === 'duckdb' || name === 'attach'
    if (isOther && asked[0]!.alone === undefined) continue
    const samples = measured.get(name) ?? { ones: [], cpuSeconds: 0 }
    measured.set(name, samples)
    const before = await cpuOf(door)
    const left = asked.values()
    // They share what is left of the questions.
    const client = async () => {
      for (const one of left) samples.ones.push(await door.ask(one))
    }
    await Promise.all(Array.from({ length: clients }, client))
    samples.cpuSeconds += (await cpuOf(door)) - before
  }
}

const cpuOf = async ({ of }: Door): Promise<number> => (of === undefined ? 0 : (await of.ask({ kind: 'cpu' })).seconds!)

function figuresOf({ name, ratioMax, p99Max }: Kind, measured: Measured): object {
  const alone = measured.get('duckdb')
  const told = [...measured].map(([door, { ones, cpuSeconds }]) => {
    const ms = ones.map((one) => one.ms)
    return [
      door,
      {
        rows: Math.round(ones.reduce((sum, one) => sum + one.rows, 0) / ones.length),
        p50_ms: rounded(quantile(ms, 0.5)),
        p99_ms: rounded(quantile(ms, 0.99)),
        ...(cpuSeconds > 0 && { cpu_ms: rounded((cpuSeconds * 1000) / ones.length) }),
        ...(alone && { ratio: rounded(quantile(ms, 0.5) / medianOf(alone)) }),
      },
    ] as const
  })
  const stages_ms = stagesOf(measured.get('rest')!.ones)
  const figures = Object.fromEntries(told)
  print(name, figures, stages_ms, { ratioMax, p99Max })
  return { ...figures, ...(ratioMax && { ratio_max: ratioMax }), ...(p99Max && { p99_max_ms: p99Max }), stages_ms }
}

const medianOf = ({ ones }: Samples): number =>
  quantile(
    ones.map(({ ms }) => ms),
    0.5,
  )

/** Means. */
function stagesOf(ones: readonly One[]): Record<string, number> {
  const names = new Set(ones.flatMap(({ stages }) => [...stages!.keys()]))
  const mean = (name: string) => ones.reduce((sum, { stages }) => sum + (stages!.get(name) ?? 0), 0) / ones.length
  return Object.fromEntries([...names].map((name) => [name, rounded(mean(name))]))
}

type Figure = Readonly<Record<'rows' | 'p50_ms' | 'p99_ms', number> & Partial<Record<'cpu_ms' | 'ratio', number>>>

function print(
  name: string,
  doors: Record<string, Figure>,
  stages: object,
  { ratioMax, p99Max }: Partial<Record<'ratioMax' | 'p99Max', number | undefined>>,
): void {
  const lines = Object.entries(doors).map(([door, { rows, p50_ms, p99_ms, cpu_ms = '', ratio }]) => {
    const numbers = [rows, p50_ms, p99_ms, cpu_ms].map((value) => String(value).padStart(9)).join('')
    const isOurs = door === 'rest' || door === 'grpc'
    const limits = [
      ...(isOurs && ratioMax !== undefined ? [`at most ${ratioMax}`] : []),
      ...(isOurs && p99Max !== undefined ? [`p99 at most ${p99Max}`] : []),
    ]
    const of = ratio === undefined ? '' : `${ratio}×`
    return `  ${door.padEnd(8)}${numbers}  ${of}${limits.length > 0 ? ` (${limits.join(', ')})` : ''}`
  })
  const of = Object.entries(stages).map(([stage, ms]) => `${stage} ${ms}`)
  const head = `${name.padEnd(36)}rows, p50 ms, p99 ms, CPU ms, p50 to DuckDB's`
  process.stderr.write(`${head}\n${lines.join('\n')}\n  mean ms: ${of.join(', ')}\n`)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

const rounded = (value: number): number => Math.round(value * 100) / 100
