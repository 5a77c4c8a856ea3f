/**
 * Immutable files of a remote store, on a local disk. A file is fetched once however many ask for it, is whole or not
 * there, and stays while somebody reads it; those read least lately go first.
 *
 *   folder/<instance>/<names by cached.ts>
 *
 * Each process has a folder of its own within the cache's, so that none takes away what another reads. It shows that it
 * lives by touching it; what an ended or killed one left is taken over, files and all, by the next that looks.
 *
 *   limits  bytes on disk of this process, those being fetched included; fetches at once
 *   errors  K2Error OVERLOADED where what is being read fills it, LAKE_UNAVAILABLE, LAKE_DAMAGED; DEADLINE_EXCEEDED
 *   units   bytesMax: bytes of files; what a killed process left comes on top until it is taken over
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { POLICIES } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { absent, bring, type Fetch } from './bring.ts'
import { type Came, keyOf, markOf, nameOf, ownName, readName } from './cached.ts'
import { isAbsent } from './durable.ts'
import type { LocalFiles, Located, Pinned } from './files.ts'
import { Gate } from './gate.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface CacheOptions {
  readonly folder: string
  readonly bytesMax: number
  readonly fetch: Fetch
  /** Of what the store has there now. */
  readonly etag: (location: string, signal: AbortSignal) => Promise<string>
  /** ms since the epoch, as file systems tell it. */
  readonly now?: () => number
}

export interface DataFileCache extends LocalFiles {
  /** The folder above all that it ever names. */
  readonly folder: string
  readonly bytes: () => number
  /** Takes a local file in, or away: what this process has stored at that location need not be fetched. */
  adopt(localPath: string, location: string): Promise<void>
  /** Shows that it lives, and takes over what others left. It does so by itself every `TEND_MS`. */
  tend(): Promise<void>
  close(): Promise<void>
}

const TEND_MS = 15_000
/** A process that has not shown itself for so long is taken for dead. */
const DEAD_MS = 120_000
const FETCHES_AT_ONCE = 8
const FETCH_MS_MAX = 600_000
/** Of a file as a whole: its connection may break anywhere. */
const BUDGET = { ...POLICIES.store.retries, totalMsMax: FETCH_MS_MAX }

export async function openDataFileCache(options: CacheOptions): Promise<DataFileCache> {
  const cache = new Cache(options)
  await cache.tend()
  return cache
}

interface Entry {
  readonly key: string
  /** Once it is here. */
  path: string
  readonly sizeBytes: number
  /** Of an earlier process's copy, until the store has said that it still has that object. */
  mark?: string | undefined
  /** Readers now. */
  pins: number
  isHere: boolean
  /** Resolves when it is. */
  ready: Promise<void>
}

class Cache implements DataFileCache {
  readonly folder: string
  readonly #own: string
  readonly #options: CacheOptions
  /** By key; the one used last comes last. */
  readonly #entries = new Map<string, Entry>()
  readonly #gate = new Gate(FETCHES_AT_ONCE)
  readonly #timer: NodeJS.Timeout
  readonly #closing = new AbortController()
  readonly #removals = new Set<Promise<void>>()
  #bytes = 0
  #last = 0
  #tending: Promise<void> = Promise.resolve()

  constructor(options: CacheOptions) {
    this.#options = options
    this.folder = options.folder
    this.#own = join(options.folder, randomUUID())
    // What it fails at, it tries again the next time.
    this.#timer = setInterval(() => void this.tend().catch(() => {}), TEND_MS).unref()
  }

  bytes = (): number => this.#bytes

  async pin(files: readonly Located[], signal?: AbortSignal): Promise<Pinned> {
    const held: Entry[] = []
    const release = () => {
      for (const entry of held.splice(0)) entry.pins--
    }
    try {
      // All are taken before any is waited for: so what is asked for as a whole fits, or is refused, as a whole.
      for (const file of files) held.push(this.#take(file))
      const entries = [...held]
      await unlessAborted(Promise.all(entries.map(({ ready }) => ready)), signal)
      return {
        paths: entries.map(({ path }) => path),
        release,
        distrust: (path) => {
          for (const entry of entries) if (entry.path === path) this.#drop(entry)
          return true
        },
      }
    } catch (error) {
      release()
      throw error
    }
  }

  here({ path: location, sizeBytes }: Located): string | undefined {
    const entry = this.#entries.get(keyOf(location))
    return entry?.sizeBytes === sizeBytes && entry.isHere ? entry.path : undefined
  }

  #take({ path: location, sizeBytes }: Located): Entry {
    const key = keyOf(location)
    const known = this.#entries.get(key)
    if (known?.sizeBytes === sizeBytes) {
      known.pins++
      if (known.mark !== undefined) this.#await(known, this.#confirm(known, location))
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    if (known !== undefined) this.#drop(known)
    this.#makeRoom(sizeBytes)
    const entry = this.#add(key, sizeBytes, this.#fetch(key, location, sizeBytes))
    entry.pins++
    return entry
  }

  #add(key: string, sizeBytes: number, coming: Promise<string>): Entry {
    const entry: Entry = { key, path: '', sizeBytes, pins: 0, isHere: false, ready: Promise.resolve() }
    this.#entries.set(key, entry)
    this.#bytes += sizeBytes
    this.#await(entry, coming)
    return entry
  }

  #await(entry: Entry, coming: Promise<string>): void {
    entry.isHere = false
    entry.mark = undefined
    entry.ready = coming.then((path) => {
      entry.path = path
      entry.isHere = true
    })
    entry.ready.catch(() => this.#drop(entry))
  }

  /** Whether the store still has what this is a copy of; else it is fetched anew. */
  async #confirm(entry: Entry, location: string): Promise<string> {
    const { key, mark, sizeBytes, ready } = entry
    const once = (_attempt: number, signal: AbortSignal) => this.#gate.pass(() => this.#options.etag(location, signal))
    const asked = retry(once, { ...BUDGET, signal: this.#closing.signal }).catch((error) => {
      throw error instanceof K2Error ? absent(error, location) : error
    })
    const [etag] = await Promise.all([asked, ready])
    if (markOf(etag) === mark) return entry.path
    await rm(entry.path, { force: true })
    return this.#fetch(key, location, sizeBytes)
  }

  async adopt(localPath: string, location: string): Promise<void> {
    try {
      const { size } = await stat(localPath)
      const key = keyOf(location)
      const name = this.#entries.has(key) ? undefined : ownName(key, ++this.#last)
      if (name !== undefined) {
        this.#makeRoom(size)
        const path = join(this.#own, name)
        await this.#add(
          key,
          size,
          rename(localPath, path).then(() => path),
        ).ready
      }
    } catch {
      // No room, or another disk: it is fetched when somebody asks.
    }
    await rm(localPath, { force: true })
  }

  #makeRoom(sizeBytes: number): void {
    const { bytesMax } = this.#options
    if (this.#bytes + sizeBytes <= bytesMax) return
    const idle = [...this.#entries.values()].filter(({ pins, isHere }) => pins === 0 && isHere)
    const inUse = idle.reduce((bytes, entry) => bytes - entry.sizeBytes, this.#bytes)
    for (const entry of inUse + sizeBytes <= bytesMax ? idle : []) {
      this.#drop(entry)
      if (this.#bytes + sizeBytes <= bytesMax) return
    }
    throw new K2Error(
      'OVERLOADED',
      `The data files being read fill the cache of ${bytesMax} bytes. Ask for less or later, or raise K2_LAKE_CACHE.`,
      { bytesMax },
    )
  }

  /** Who has the file open reads on. */
  #drop(entry: Entry): void {
    if (this.#entries.get(entry.key) !== entry) return
    this.#entries.delete(entry.key)
    this.#bytes -= entry.sizeBytes
    const remove = async () => {
      if (entry.path !== '') await rm(entry.path, { force: true })
    }
    const removal = entry.ready.then(remove, remove).catch(() => {})
    this.#removals.add(removal)
    void removal.then(() => this.#removals.delete(removal))
  }

  #fetch(key: string, location: string, sizeBytes: number): Promise<string> {
    const coming = join(this.#own, `${randomUUID()}.coming`)
    const pathOf = (came: Came) => join(this.#own, nameOf(key, ++this.#last, came))
    const file = { location, sizeBytes, coming, pathOf }
    const once = (_attempt: number, signal: AbortSignal) =>
      this.#gate.pass(() => bring(this.#options.fetch, file, signal))
    return retry(once, { ...BUDGET, signal: this.#closing.signal })
  }

  tend(): Promise<void> {
    this.#tending = this.#tending.catch(() => {}).then(() => this.#tend())
    return this.#tending
  }

  async #tend(): Promise<void> {
    const nowMs = this.#options.now?.() ?? Date.now()
    const made = await mkdir(this.#own, { recursive: true })
    // Anew, for it slept so long that another took all of it over.
    if (made !== undefined) for (const entry of this.#entries.values()) this.#drop(entry)
    await utimes(this.#own, nowMs / 1000, nowMs / 1000)
    for (const { name } of await readdir(this.folder, { withFileTypes: true })) {
      const other = join(this.folder, name)
      if (other !== this.#own && (await isDead(other, nowMs))) await this.#takeOver(other)
    }
  }

  /** Of several who want it, the rename gives it to one. */
  async #takeOver(other: string): Promise<void> {
    const taken = join(this.#own, 'taken')
    try {
      await rename(other, taken)
    } catch (error) {
      if (isAbsent(error)) return
      throw error
    }
    for (const name of await readdir(taken)) {
      const { key, mark } = readName(name) ?? {}
      const { size } = await stat(join(taken, name))
      if (key === undefined || this.#entries.has(key) || this.#bytes + size > this.#options.bytesMax) continue
      const path = join(this.#own, name.replace(/-\d+/, `-${++this.#last}`))
      // Known, and so not fetched beside it, from the moment that it is moved.
      const moved = rename(join(taken, name), path).then(() => path)
      const entry = this.#add(key, size, moved)
      entry.mark = mark
      await entry.ready.catch(() => {})
    }
    await rm(taken, { recursive: true, force: true })
  }

  /** Ends what is being fetched. Its files stay, for whoever opens the cache next. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort(new K2Error('NOT_READY', 'The cache of data files is closing.'))
    await this.#tending.catch(() => {})
    await Promise.allSettled([...this.#entries.values()].map(({ ready }) => ready))
    await Promise.all(this.#removals)
    await utimes(this.#own, 0, 0).catch(() => {})
  }
}

async function isDead(folder: string, nowMs: number): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(folder)
    return mtimeMs < nowMs - DEAD_MS
  } catch (error) {
    if (isAbsent(error)) return false // taken over by another
    throw error
  }
}
