/**
 * `npm run bench -- replay [ROWS [ROUNDS [FOLDER]]]`: all trades of a lake replayed to one gRPC client on this machine, as
 * messages and as Arrow, all fields and three of them: records a second, CPU seconds of server and client for a million.
 *
 * The lake is that of `bench -- query`, kept in FOLDER (.k2/bench-query). The client is this process: it makes an object of
 * each record of a message, and of Arrow a batch whose columns lie where they came.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { QueryServiceDefinition } from '@k2/contracts/gen/k2/v1/QueryService.ts'
import { createRpcClient, loadProtos, type RpcClient, serviceIn } from '@k2/service/rpc.ts'
import { RecordBatchReader } from 'apache-arrow'
import { makeLake } from './bench-query-lake.ts'
import type { Sent } from './bench-query-serve.ts'

const PROTOS = fileURLToPath(new URL('../proto/', import.meta.url))
const FEW = ['timestamp', 'symbol', 'price']

// biome-ignore format: a table reads by its columns
const KINDS: [name: string, request: { arrow?: boolean; fields?: string[] }][] = [
  ['messages',            {}],
  ['messages, 3 fields',  { fields: FEW }],
  ['arrow',               { arrow: true }],
  ['arrow, 3 fields',     { arrow: true, fields: FEW }],
]

interface Figures {
  readonly records_per_second: number
  readonly server_cpu_seconds_per_million: number
  readonly client_cpu_seconds_per_million: number
  readonly megabytes_per_second: number
}

export async function replayBench(args: readonly string[]): Promise<object> {
  const [rows = 1_000_000, rounds = 3] = args.slice(0, 2).map(Number)
  const folder = resolve(args[2] ?? '.k2/bench-query', `${rows}-1`)
  await makeLake(folder, rows, 1)
  const server = fork(fileURLToPath(new URL('./bench-query-serve.ts', import.meta.url)), [
    folder,
    'service',
    '2',
    '1024',
  ])
  const [{ address }] = await once(server, 'message')
  const proto = serviceIn(loadProtos(['k2/v1/query.proto'], [PROTOS]), 'k2.v1.QueryService')
  const rpc = createRpcClient<QueryServiceDefinition>(proto, { address })
  try {
    const told: Record<string, Figures> = {}
    for (const [name, request] of KINDS) {
      const all: Figures[] = []
      // The first is to warm up.
      for (let round = -1; round < rounds; round++) all.push(await replay(rpc, server, request))
      told[name] = all.slice(1).toSorted((a, b) => a.records_per_second - b.records_per_second)[rounds >> 1]!
      process.stderr.write(`${name.padEnd(20)} ${JSON.stringify(told[name])}\n`)
    }
    return { bench: 'replay', rows, rounds, kinds: told }
  } finally {
    rpc.close()
    server.disconnect()
  }
}

async function replay(
  rpc: RpcClient<QueryServiceDefinition>,
  server: ChildProcess,
  request: { arrow?: boolean; fields?: string[] },
): Promise<Figures> {
  const before = [await cpuOf(server), ownCpu()] as const
  const startMs = performance.now()
  let [records, bytes, wanted] = [0, 0, -1]
  for await (const { trades, arrow, meta } of rpc.stream('Replay', request)) {
    records += trades.length
    if (arrow.length > 0) {
      bytes += arrow.length
      for (const batch of RecordBatchReader.from(arrow as Uint8Array)) records += batch.numRows
    }
    wanted = meta?.count ?? wanted
  }
  const seconds = (performance.now() - startMs) / 1000
  if (records !== wanted) throw new Error(`${records} records came of ${wanted}`)
  const perMillion = (cpu: number) => Math.round((cpu / records) * 1e8) / 100
  return {
    records_per_second: Math.round(records / seconds),
    server_cpu_seconds_per_million: perMillion((await cpuOf(server)) - before[0]),
    client_cpu_seconds_per_million: perMillion(ownCpu() - before[1]),
    megabytes_per_second: Math.round(bytes / seconds / 1e6),
  }
}

async function cpuOf(server: ChildProcess): Promise<number> {
  const answer = once(server, 'message')
  server.send({ kind: 'cpu' } satisfies Sent)
  return (await answer)[0].seconds
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
