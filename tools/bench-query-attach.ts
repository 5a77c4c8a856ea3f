/**
 * DuckDB's own way to the same tables: its Iceberg extension over an ATTACH of a REST catalog, in which the lake's newest
 * metadata is registered. Where there is no catalog to start, or no Python with the extension (K2_PYTHON), it is left out.
 */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { QUOTES, TRADES } from '@k2/contracts/tables.ts'
import { startEngine } from '../e2e/worlds/real/engines.ts'
import { fetchedFolder, startServer } from '../e2e/worlds/real/servers.ts'
import { type Door, MEMORY_MB, type One, THREADS } from './bench-query-doors.ts'

/** undefined: left out, and standard error says why. */
export async function attachDoor(folder: string): Promise<(Door & { stop(): Promise<void> }) | undefined> {
  if (process.env.K2_PYTHON === undefined || !existsSync(fetchedFolder('catalog'))) {
    process.stderr.write('left out: attach; it needs K2_PYTHON and e2e/worlds/real/catalog.sh fetch\n')
    return undefined
  }
  const catalog = await startServer('catalog', 'bench-query')
  try {
    await register(catalog.url, folder)
    const engine = startEngine("DuckDB's extension", catalog.url)
    await engine.ask('limit', THREADS, MEMORY_MB)
    const nameOf = (table: string) => `lake.market_data.${table}`
    return {
      ask: ({ alone }) => engine.ask<One>('timed', alone!.sql(nameOf(TRADES.name), nameOf(QUOTES.name))),
      close: () => engine.close(),
      stop: () => catalog.stop(),
    }
  } catch (error) {
    await catalog.stop()
    throw error
  }
}

async function register(url: string, folder: string): Promise<void> {
  await post(`${url}/v1/namespaces`, { namespace: ['market_data'], properties: {} })
  for (const { name } of [TRADES, QUOTES])
    await post(`${url}/v1/namespaces/market_data/register`, {
      name,
      'metadata-location': `file:${await newest(join(folder, 'warehouse/market_data', name, 'metadata'))}`,
    })
}

async function newest(folder: string): Promise<string> {
  const numbers = (await readdir(folder)).flatMap((name) => /^v(\d+)\.metadata\.json$/.exec(name)?.[1] ?? [])
  return join(folder, `v${Math.max(...numbers.map(Number))}.metadata.json`)
}

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}
