/**
 * The store over S3 and what speaks like it. A location is s3://bucket/key, or the same as s3a: or s3n:.
 *
 * A file appears whole when its PUT, or the last step of its upload in parts, is answered; the signature covers the
 * SHA-256 of every payload, so a server takes none that was damaged on its way. Sending again is harmless: files are
 * immutable and nobody else uses their names.
 *
 *   limits  requests at once, parts in memory, a deadline and a budget of tries a request, its circuit
 *   errors  K2Error NOT_FOUND, LAKE_UNAVAILABLE
 *   source  Amazon S3 API: PutObject, CreateMultipartUpload, ListObjectsV2 (strongly consistent since 2020)
 */
import { type FileHandle, open, rm } from 'node:fs/promises'
import { S3, type S3ClientConfig } from '@aws-sdk/client-s3'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Guard, guard } from '@k2/service/guard.ts'
import type { Incoming } from './bring.ts'
import { isAbsent } from './durable.ts'
import { Gate } from './gate.ts'
import { normalised } from './location.ts'
import { translate } from './s3-errors.ts'
import type { Store, StoredFile } from './store.ts'

export interface S3Options {
  readonly region: string
  /** undefined: Amazon's own. */
  readonly endpoint?: string | undefined
  /** http://host/bucket/key and not http://bucket.host/key. */
  readonly isPathStyle: boolean
  /** undefined: as the SDK finds them, in files, roles of machines and of pods. */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** CRC checksums beside the signature, which some servers do not know. */
  readonly hasChecksums?: boolean
  readonly deadlineMs?: number
  /** Its circuit and its retries: the SDK makes none. */
  readonly guard?: Guard
  /** Files of more are uploaded in parts of this. S3's least is 5 MiB. */
  readonly partBytes?: number
}

/** By so much a body may take longer than the deadline of its first byte. */
const BODY_DEADLINES = 4
const PART_BYTES = 16 * 2 ** 20
const PARTS_MAX = 10_000
/** Requests in flight, of all callers together: at worst so many parts are in memory. */
const AT_ONCE = 8

export interface S3Store extends Store {
  /** Bytes as they come, for files too large for memory. Ends early where the connection does: count them. */
  stream(location: string, signal: AbortSignal): Promise<Incoming>
  /** `publish` that leaves the local file. */
  upload(localPath: string, location: string): Promise<void>
  /** The etag alone. */
  etag(location: string, signal: AbortSignal): Promise<string>
  close(): void
}

export function s3Store(options: S3Options): S3Store {
  const bucket = new Bucket(options)
  const upload = (localPath: string, location: string) => bucket.upload(localPath, call('Taking in', location))
  return {
    write: async (location, bytes) => bucket.put(call('Writing', location), bytes),
    async publish(localPath, location) {
      await upload(localPath, location)
      await rm(localPath, { force: true })
    },
    upload,
    read: async (location) => bucket.get(call('Reading', location)),
    stream: async (location, signal) => bucket.stream(call('Reading', location), signal),
    etag: async (location, signal) => bucket.etag(call('Looking at', location), signal),
    delete: async (location) => bucket.remove(call('Deleting', location)),
    list: (folder) => bucket.list(folder),
    close: () => bucket.close(),
  }
}

interface Place {
  readonly Bucket: string
  readonly Key: string
}

/** What is asked, of what: a request, and the sentence of its failure. */
interface Call {
  readonly what: string
  readonly location: string
  readonly place: Place
}

const call = (what: string, location: string): Call => ({ what, location, place: placeOf(location) })

function placeOf(location: string): Place {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(normalised(location)) ?? []
  if (bucket !== undefined) return { Bucket: bucket, Key: key }
  throw new K2Error(
    'LAKE_UNAVAILABLE',
    `${location} is not in S3: this lake is set up on S3, and the file lies elsewhere. Point ICEBERG_WAREHOUSE to where the table was written.`,
    { location },
  )
}

class Bucket {
  readonly #s3: S3
  readonly #gate = new Gate(AT_ONCE)
  readonly #partBytes: number
  readonly #deadlineMs: number
  readonly #guard: Guard

  constructor(options: S3Options) {
    const { region, endpoint, isPathStyle, credentials, hasChecksums = false } = options
    this.#partBytes = options.partBytes ?? PART_BYTES
    this.#guard = options.guard ?? guard('store')
    const { deadlineMs, connectMs } = this.#guard.policy
    this.#deadlineMs = options.deadlineMs ?? deadlineMs
    const checksums = hasChecksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
    const config: S3ClientConfig = {
      region,
      forcePathStyle: isPathStyle,
      maxAttempts: 1,
      requestChecksumCalculation: checksums,
      responseChecksumValidation: checksums,
      requestHandler: {
        connectionTimeout: connectMs,
        requestTimeout: this.#deadlineMs,
        socketTimeout: this.#deadlineMs,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: AT_ONCE * 2 },
        httpsAgent: { maxSockets: AT_ONCE * 2 },
      },
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
    }
    this.#s3 = new S3(config)
  }

  /** In its turn, each try within its deadline. */
  #asked<T>(of: Call, request: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    const deadlineMs = this.#deadlineMs * BODY_DEADLINES
    const once = () => this.#gate.pass(() => request({ abortSignal: AbortSignal.timeout(deadlineMs) }))
    return this.#guard.again(() => translated(of, once))
  }

  async put(of: Call, Body: Uint8Array): Promise<void> {
    const object = { ...of.place, Body, ContentLength: Body.length }
    await this.#asked(of, (options) => this.#s3.putObject(object, options))
  }

  /** A connection may break in the middle of a body. */
  async get(of: Call): Promise<Uint8Array> {
    return this.#asked(of, async (options) => {
      const { Body, ContentLength } = await this.#s3.getObject(of.place, options)
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
      if (ContentLength === undefined || bytes.length === ContentLength) return bytes
      throw new Error(`${bytes.length} of its ${ContentLength} bytes came`)
    })
  }

  /** Tried again by whoever takes the bytes: the cache. */
  async stream(of: Call, abortSignal: AbortSignal) {
    const ask = () => this.#s3.getObject(of.place, { abortSignal })
    const { Body, ContentLength = -1, ETag = '' } = await this.#guard.once(() => translated(of, ask))
    return { sizeBytes: ContentLength, etag: ETag, bytes: Body as unknown as AsyncIterable<Uint8Array> }
  }

  async etag(of: Call, abortSignal: AbortSignal): Promise<string> {
    const ask = () => this.#s3.headObject(of.place, { abortSignal })
    const { ETag = '' } = await this.#guard.once(() => translated(of, ask))
    return ETag
  }

  /** Deleting what is not there is well with S3. */
  async remove(of: Call): Promise<void> {
    await this.#asked(of, (options) => this.#s3.deleteObject(of.place, options))
  }

  async *list(folder: string): AsyncIterable<StoredFile> {
    const of = call('Listing', folder)
    const { Bucket, Key } = of.place
    const prefix = Key === '' || Key.endsWith('/') ? Key : `${Key}/`
    let next: string | undefined
    do {
      const from = next === undefined ? {} : { ContinuationToken: next }
      const page = await this.#asked(of, (options) =>
        this.#s3.listObjectsV2({ Bucket, Prefix: prefix, ...from }, options),
      )
      for (const { Key: key = '', Size = 0, LastModified } of page.Contents ?? []) {
        // Some servers show folders as empty files.
        if (key.endsWith('/')) continue
        yield { location: `s3://${Bucket}/${key}`, sizeBytes: Size, modifiedMs: LastModified?.getTime() ?? 0 }
      }
      next = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (next !== undefined)
  }

  async upload(localPath: string, of: Call): Promise<void> {
    const file = await opened(localPath)
    // It may be there already: an earlier try uploaded it, and its answer came too late.
    if (file === undefined) return void (await this.#asked(of, (options) => this.#s3.headObject(of.place, options)))
    try {
      const { size } = await file.stat()
      if (size <= this.#partBytes) await this.put(of, await slice(file, 0, size))
      else await this.#inParts(file, size, of)
    } finally {
      await file.close()
    }
  }

  /** What fails is aborted, so that its parts are not kept, and paid for, unseen. */
  async #inParts(file: FileHandle, size: number, of: Call): Promise<void> {
    const { place } = of
    const { UploadId } = await this.#asked(of, (options) => this.#s3.createMultipartUpload(place, options))
    const partBytes = Math.max(this.#partBytes, Math.ceil(size / PARTS_MAX))
    const part = async (index: number) => {
      const from = index * partBytes
      const { ETag } = await this.#asked(of, async (options) => {
        const Body = await slice(file, from, Math.min(partBytes, size - from))
        return this.#s3.uploadPart({ ...place, UploadId, PartNumber: index + 1, Body }, options)
      })
      return { ETag, PartNumber: index + 1 }
    }
    try {
      const parts = await all(Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => part(index)))
      await this.#asked(of, (options) =>
        this.#s3.completeMultipartUpload({ ...place, UploadId, MultipartUpload: { Parts: parts } }, options),
      )
    } catch (error) {
      await this.#asked(of, (options) => this.#s3.abortMultipartUpload({ ...place, UploadId }, options)).catch(() => {})
      throw error
    }
  }

  close(): void {
    this.#s3.destroy()
  }
}

async function translated<T>({ what, location }: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(error, what, location)
  }
}

/** All have ended when this does, also where one fails: the file is closed after it. */
async function all<T>(works: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works)
  return Promise.all(works)
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

async function slice(file: FileHandle, from: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(size)
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, size - at, from + at)
    if (bytesRead === 0) throw new Error(`the file became shorter than ${from + size} bytes while it was uploaded`)
    at += bytesRead
  }
  return bytes
}
