/**
 * `npm run bench -- formats [ROWS [ROUNDS [FOLDER]]]`: pages of 10,000 and 100,000 whole trades over HTTP, in each format and coding, in
 * turn, all warm. The lake of so many rows is kept in FOLDER (.k2/bench-formats) for the next run.
 *
 * Milliseconds are a client's, which reads the whole body and does not undo its coding; CPU is the service's, DuckDB's included.
 */
import { request } from 'node:http'
import { resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { startService } from './bench-query-doors.ts'
import { makeLake } from './bench-query-lake.ts'

const FORMATS = ['json', 'ndjson', 'csv', 'arrow', 'parquet']
const CODINGS = ['identity', 'gzip', 'br', 'zstd']
const LIMITS = [10_000, 100_000]

interface Figures {
  readonly limit: number
  readonly format: string
  readonly coding: string
  readonly bytes: number
  readonly p50_ms: number
  readonly write_ms: number
  readonly cpu_ms: number
}

export async function formatsBench(args: readonly string[]): Promise<object> {
  const [rows = 200_000, rounds = 7] = args.slice(0, 2).map(Number)
  const folder = resolve(args[2] ?? '.k2/bench-formats', String(rows))
  await makeLake(folder, rows, 1)
  const service = await startService(folder)
  const { url } = service.first as { url: string }
  const cpu = async () => (await service.ask({ kind: 'cpu' })).seconds!
  const measured: Figures[] = []
  try {
    for (const limit of LIMITS)
      for (const format of FORMATS)
        for (const coding of format === 'parquet' ? ['identity'] : CODINGS) {
          const of = { limit, format, coding }
          await ask(url, of)
          const before = await cpu()
          const asked: Answer[] = []
          for (let round = 0; round < rounds; round++) asked.push(await ask(url, of))
          const figures = { ...of, ...figuresOf(asked), cpu_ms: tenths((((await cpu()) - before) * 1000) / rounds) }
          measured.push(figures)
          print(figures)
        }
    return { bench: 'formats', rows, rounds, measured }
  } finally {
    service.process.disconnect()
  }
}

interface Answer {
  readonly ms: number
  readonly bytes: number
  readonly writeMs: number
}

function ask(url: string, { limit, format, coding }: Pick<Figures, 'limit' | 'format' | 'coding'>): Promise<Answer> {
  const startMs = performance.now()
  const headers = { 'content-type': 'application/json', 'accept-encoding': coding }
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const asked = request(`${url}/v1/trades/query`, { method: 'POST', headers }, async (answer) => {
    const body = await buffer(answer)
    if (answer.statusCode !== 200) reject(new Error(String(body)))
    const [, write] = /write;dur=([\d.]+)/.exec(String(answer.headers['server-timing'])) ?? []
    resolve({ ms: performance.now() - startMs, bytes: body.length, writeMs: Number(write) })
  })
  asked.on('error', reject).end(JSON.stringify({ limit, format }))
  return promise
}

function figuresOf(asked: readonly Answer[]) {
  const middle = (of: (answer: Answer) => number) => asked.map(of).sort((a, b) => a - b)[asked.length >> 1]!
  return {
    bytes: asked[0]!.bytes,
    p50_ms: tenths(middle(({ ms }) => ms)),
    write_ms: tenths(middle(({ writeMs }) => writeMs)),
  }
}

const tenths = (value: number): number => Math.round(value * 10) / 10

function print({ limit, format, coding, bytes, p50_ms, write_ms, cpu_ms }: Figures): void {
  const numbers = [bytes, p50_ms, write_ms, cpu_ms].map((value) => String(value).padStart(10)).join('')
  process.stderr.write(
    `${String(limit).padStart(7)} ${format.padEnd(8)}${coding.padEnd(9)}${numbers}  bytes, p50 ms, write ms, CPU ms\n`,
  )
}
