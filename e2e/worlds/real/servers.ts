/** Real servers for tests, by the scripts beside this file: each with nothing in it, and gone when the test ends. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@k2/lake/store/store.ts'

export type Server = 's3' | 'catalog' | 'postgres' | 'kafka' | 'registry' | 'connect' | 'redis' | 'prometheus'

/** Beside those of other runs. */
const SET = process.env.K2_SERVERS_SET ?? `test-${process.pid}`
/** A first build of the S3 server takes two minutes. */
const START_MS_MAX = 500_000

export interface Running {
  readonly url: string
  /** Its process. */
  pid(): Promise<number>
  /** Kills it, and starts it again where it was. */
  crash(): Promise<void>
  /** Asks it to end, where it runs, and starts it again where it was. */
  restart(): Promise<void>
  /** Ends it; what it holds stays, but for the registry's. */
  down(): Promise<void>
  stop(): Promise<void>
}

export async function startServer(
  name: Server,
  set: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const run = (word: string, more = {}) => script(name, word, { ...env, ...more, K2_SERVERS_SET: `${SET}-${set}` })
  return {
    url: await run('start'),
    pid: async () => Number(await run('pid')),
    crash: async () => {
      await run('restart', { STOP_SIGNAL: 'KILL' })
    },
    restart: async () => {
      await run('restart')
    },
    down: async () => {
      await run('stop')
    },
    stop: () => cleanServer(name, set),
  }
}

/** Whether it is up, half way there, or was never begun. */
export async function cleanServer(name: Server, set: string): Promise<void> {
  await script(name, 'clean', { K2_SERVERS_SET: `${SET}-${set}` })
}

async function script(name: Server, word: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(join(import.meta.dirname, `${name}.sh`), [word], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for us: it would leave a server that is half way there.
    detached: true,
    timeout: START_MS_MAX,
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const code = await new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject))
  if (code !== 0) throw new Error(`${name}.sh ${word} ended with ${code}: ${err}`)
  return out.trim()
}

/** Where a program lies once it was fetched (lib.sh). */
export function fetchedFolder(name: string): string {
  const { K2_SERVERS, XDG_CACHE_HOME } = process.env
  return join(K2_SERVERS ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'k2-servers'), name)
}

/** Installed, or fetched. */
export const redisIsThere = (): boolean =>
  ['/usr/bin', join(fetchedFolder('deb'), 'usr/bin')].some((folder) => existsSync(join(folder, 'redis-server')))

/** What the S3 server lets in. */
export const S3_ACCESS = {
  region: 'us-east-1',
  isPathStyle: true,
  credentials: { accessKeyId: 'testkey', secretAccessKey: 'testsecret' },
} as const

/** The same as settings, for K2 and for other engines. */
export const s3Environment = (url: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL_S3: url,
  AWS_REGION: S3_ACCESS.region,
  AWS_ACCESS_KEY_ID: S3_ACCESS.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: S3_ACCESS.credentials.secretAccessKey,
})

/** Drops every table of a namespace, with its files: the next test begins with none. */
export async function dropTables(uri: string, namespace: string, store: Store): Promise<void> {
  const tables = `${uri}/v1/namespaces/${namespace}/tables`
  const answer = await fetch(tables)
  if (answer.status === 404) return
  const { identifiers } = (await answer.json()) as { identifiers: { name: string }[] }
  for (const { name } of identifiers) {
    const table = (await (await fetch(`${tables}/${name}`)).json()) as { metadata: { location: string } }
    await fetch(`${tables}/${name}?purgeRequested=false`, { method: 'DELETE' })
    for await (const file of store.list(table.metadata.location)) await store.delete(file.location)
  }
}
