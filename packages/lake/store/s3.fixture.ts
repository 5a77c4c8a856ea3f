/** An S3 server in memory, one bucket of any name, as unreliable as a test wants: `meddle` may answer in its place. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  /** Behind the bucket. */
  readonly key: string
  readonly query: URLSearchParams
}

/** A status with its S3 error code; 'cut' is half of the right body, 'hang' and 'reset' none at all. */
export type Meddling = readonly [status: number, code: string] | 'cut' | 'hang' | 'reset' | undefined

interface Reply {
  readonly status: number
  readonly body?: Uint8Array | string
  readonly headers?: Record<string, string>
}

interface Stored {
  readonly bytes: Uint8Array
  readonly time: string
}

class State {
  readonly files = new Map<string, Stored>()
  readonly uploads = new Map<string, Map<number, Uint8Array>>()
  last = 0
}

export async function s3Server(meddle: (asked: Asked) => Meddling = () => undefined) {
  const state = new State()
  const asked: Asked[] = []
  const inFlight = { now: 0, most: 0 }
  const server = createServer(async (incoming, outgoing) => {
    inFlight.most = Math.max(inFlight.most, ++inFlight.now)
    outgoing.once('close', () => inFlight.now--)
    const request = requestOf(incoming)
    const body = Buffer.concat(await incoming.toArray().catch(() => []))
    asked.push(request)
    const meddling = meddle(request)
    if (meddling === 'hang') return
    if (meddling === 'reset') outgoing.destroy()
    else if (Array.isArray(meddling)) send(outgoing, refusal(meddling[0], meddling[1]))
    else send(outgoing, reply(state, request, body), meddling === 'cut')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    inFlight,
    uploads: state.uploads,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function requestOf({ method = '', url = '' }: IncomingMessage): Asked {
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'))
  return { method, key, query: searchParams }
}

function send(outgoing: ServerResponse, { status, body = '', headers = {} }: Reply, isCut = false): void {
  const bytes = Buffer.from(body)
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.length })
  if (isCut) outgoing.write(bytes.subarray(0, bytes.length >> 1), () => outgoing.destroy())
  else outgoing.end(bytes)
}

const xml = (body: string, status = 200): Reply => ({ status, body, headers: { 'content-type': 'application/xml' } })
const refusal = (status: number, code: string): Reply =>
  xml(`<Error><Code>${code}</Code><Message>${code}, said the server</Message></Error>`, status)
const etagOf = (bytes: Uint8Array) => ({ etag: `"${createHash('md5').update(bytes).digest('hex')}"` })

function reply(state: State, { method, key, query }: Asked, body: Buffer): Reply {
  const upload = query.get('uploadId')
  if (query.has('uploads')) return started(state)
  if (upload !== null) return part(state, key, upload, method, Number(query.get('partNumber')), body)
  if (query.has('list-type')) return listed(state, query)
  if (method === 'PUT') return stored(state, key, body)
  if (method === 'DELETE') return removed(state, key)
  const file = state.files.get(key)
  if (file === undefined) return refusal(404, 'NoSuchKey')
  return { status: 200, body: file.bytes, headers: etagOf(file.bytes) }
}

function stored({ files }: State, key: string, bytes: Uint8Array): Reply {
  files.set(key, { bytes, time: new Date().toISOString() })
  return { status: 200, headers: etagOf(bytes) }
}

/** Well also where there was none. */
function removed({ files }: State, key: string): Reply {
  files.delete(key)
  return { status: 204 }
}

function started(state: State): Reply {
  const id = `upload-${++state.last}`
  state.uploads.set(id, new Map())
  return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
}

function part(state: State, key: string, id: string, method: string, number: number, body: Buffer): Reply {
  const parts = state.uploads.get(id)
  if (parts === undefined) return refusal(404, 'NoSuchUpload')
  if (method === 'PUT') {
    parts.set(number, body)
    return { status: 200, headers: etagOf(body) }
  }
  state.uploads.delete(id)
  if (method === 'DELETE') return { status: 204 }
  const named = [...String(body).matchAll(/<PartNumber>(\d+)/g)].map(([, n]) => parts.get(Number(n))!)
  stored(state, key, Buffer.concat(named))
  return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>')
}

/** Three to a page, that pages are seen to work. */
function listed({ files }: State, query: URLSearchParams): Reply {
  const from = query.get('continuation-token') ?? ''
  const keys = [...files.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > from).sort()
  const page = keys.slice(0, 3).map((key) => {
    const { bytes, time } = files.get(key)!
    return `<Contents><Key>${key}</Key><Size>${bytes.length}</Size><LastModified>${time}</LastModified></Contents>`
  })
  const isCut = keys.length > 3
  const next = isCut ? `<NextContinuationToken>${keys[2]}</NextContinuationToken>` : ''
  return xml(`<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${next}${page.join('')}</ListBucketResult>`)
}
