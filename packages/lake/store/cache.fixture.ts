/** A cache over a remote store that notes what it is asked. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type CacheOptions, type DataFileCache, openDataFileCache } from './cache.ts'

/** A remote store: files by name, filled with the last letter of it; each fetch is counted. */
export function remote(version = 1) {
  const fetched: string[] = []
  const asked: string[] = []
  const etag: CacheOptions['etag'] = async (location) => {
    asked.push(location)
    return `"${location} ${version}"`
  }
  const fetch: CacheOptions['fetch'] = async (location) => {
    fetched.push(location)
    const sizeBytes = Number(/-(\d+)/.exec(location)![1])
    const bytes = [Buffer.alloc(sizeBytes, location.at(-1)!)].values() as never
    return { sizeBytes, etag: `"${location} ${version}"`, bytes }
  }
  return { fetched, asked, fetch, etag }
}

export const file = (name: string, sizeBytes: number) => ({
  path: `s3://lake/x-${sizeBytes}.${name}`,
  sizeBytes,
  rows: 1,
})

export async function opened(t: TestContext, options: Partial<CacheOptions> = {}) {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'k2-cache-')))
  const { fetched, asked, fetch, etag } = remote()
  const cache = await openDataFileCache({ folder, bytesMax: 100, fetch, etag, ...options })
  t.after(async () => {
    await cache.close()
    await rm(folder, { recursive: true, force: true })
  })
  return { cache, folder, fetched, asked }
}

export async function readAll(cache: DataFileCache, ...files: ReturnType<typeof file>[]): Promise<string[]> {
  const { paths, release } = await cache.pin(files)
  try {
    return await Promise.all(paths.map((path) => readFile(path, 'utf8')))
  } finally {
    release()
  }
}

export const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
