/** A process with the three doors, REST, WebSocket and gRPC, behind one access, and how a client asks at each. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { credentials, type Metadata, type ServiceError } from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import { K2Error } from '@k2/contracts/codes.ts'
import { WebSocket } from 'ws'
import { realClock } from '../clock.ts'
import { countRows } from '../correlation.ts'
import { guard } from '../guard.ts'
import { createHealth } from '../health.ts'
import { createHttpServer, type HttpApp, probeRoutes } from '../http.ts'
import { createLogger } from '../logger.ts'
import { createRpcClient, createRpcServer, loadProtos, rpcService, serviceIn } from '../rpc.ts'
import { readSettings } from '../settings.ts'
import { socketRoute } from '../socket.ts'
import { createTelemetry } from '../telemetry.ts'
import { type Access, openAccess } from './access.ts'
import { accessSettings } from './settings.ts'

type Words = { text?: string; bigNumber?: string }
type Method = MethodDefinition<Words, Words, Required<Words>, Required<Words>>
export type GateDefinition = { GetWord: Method; WatchWords: Method; ChangeWord: Method }

export const protos = loadProtos([fileURLToPath(new URL('gate.fixture.proto', import.meta.url))])
export const gate = serviceIn(protos, 'k2.test.Gate')

export interface Shown {
  readonly headers?: Readonly<Record<string, string>>
  /** What the client of TLS has; without it the connection is plain. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string }
}

/** What a door says: `ok`, or the code of its refusal, and its head. */
export interface Said {
  readonly code: string
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Doors {
  readonly access: Access
  readonly url: string
  readonly address: string
  readonly folder: string
  readonly log: () => string
  /** Calls that were let in and have not come to their end. */
  readonly open: () => number
  rest(shown: Shown, path?: string, method?: string): Promise<Said>
  socket(shown: Shown, path?: string): Promise<Said>
  rpc(shown: Shown, method?: keyof GateDefinition): Promise<Said>
}

export async function doors(
  settings: Record<string, string | readonly string[] | boolean | number>,
  work: (doors: Doors) => Promise<void>,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'k2-access-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const inFolder = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace('FOLDER', folder) : value,
  ])
  const lines: string[] = []
  const logger = createLogger({ service: 'test', level: 'trace', to: { write: (line) => void lines.push(line) } })
  const telemetry = createTelemetry({ service: 'test', environment: 'test' })
  const health = createHealth('test')
  const found = openAccess(readSettings(accessSettings, Object.fromEntries(inFolder), {}), {
    clock: realClock,
    logger,
    guardOf: guard,
  })
  let open = 0
  const access: Access = {
    ...found,
    async admit(...asked) {
      const admitted = await found.admit(...asked)
      if ('error' in admitted) return admitted
      open++
      let isOver = false
      const over = () => {
        if (!isOver) open--
        isOver = true
        admitted.over()
      }
      return { ...admitted, over }
    },
  }
  const shared = { port: 0, component: 'test', logger, telemetry, access }
  const http = createHttpServer({ ...shared, routes: (app) => routes(app, access, health) })
  const rpc = createRpcServer({
    ...shared,
    protos,
    services: [rpcService<GateDefinition>('k2.test.Gate', HANDLERS)],
    health,
  })
  const services = [access, http, rpc]
  const { signal } = new AbortController()
  for (const one of services) await one.start?.(signal)
  const known = { url: http.url(), address: rpc.address().replace('127.0.0.1', 'localhost') }
  try {
    await work({
      ...{ access, folder, log: () => lines.join(''), open: () => open, ...known },
      rest: (shown, path = '/word', method = 'GET') => askRest(known.url + path, method, shown),
      socket: (shown, path = '/words') => askSocket(known.url.replace('http', 'ws') + path, shown),
      rpc: (shown, method = 'GetWord') => askRpc(known.address, method, shown),
    })
  } finally {
    for (const one of services.reverse()) await one.stop?.()
    rmSync(folder, { recursive: true })
  }
}

async function* words(signal: AbortSignal): AsyncGenerator<string, void> {
  for (;;) {
    countRows(1)
    yield 'word'
    await sleep(10)
    signal.throwIfAborted()
  }
}

function routes(app: HttpApp, access: Access, health: ReturnType<typeof createHealth>): void {
  app.get('/word', async () => {
    countRows(3)
    return { text: 'word' }
  })
  app.post('/word', async ({ body }) => body)
  app.get('/open', { config: { access: 'open' } }, async () => ({}))
  socketRoute(app, { path: '/words', slowMsMax: 1_000, pingMs: 1_000, access, open: ({ signal }) => words(signal) })
  probeRoutes(app, { health, metrics: async () => 'metrics' })
}

const HANDLERS = {
  GetWord: async (request: Words) => ({ text: request.text ?? '' }),
  ChangeWord: async () => ({ text: 'changed' }),
  async *WatchWords(_: Words, { signal }: { signal: AbortSignal }) {
    for await (const text of words(signal)) yield { text }
  },
}

function askRest(url: string, method: string, { headers = {}, tls }: Shown): Promise<Said> {
  const ask = tls === undefined ? plainRequest : request
  return new Promise((resolve, reject) => {
    const asked = ask(url, { method, headers, agent: false, ...tls }, async (answer) => {
      let text = ''
      for await (const chunk of answer) text += chunk
      const isProblem = String(answer.headers['content-type']).includes('problem+json')
      const { code = 'ok', detail = '' } = isProblem ? JSON.parse(text) : {}
      resolve({ code, message: detail, headers: answer.headers as Record<string, string> })
    })
    asked.on('error', reject)
    asked.end()
  })
}

async function askSocket(url: string, { headers = {}, tls }: Shown): Promise<Said> {
  const socket = new WebSocket(url, { headers, ...tls })
  try {
    return await new Promise((resolve, reject) => {
      let head = {}
      socket.on('upgrade', (answer) => {
        head = answer.headers
      })
      socket.on('message', () => resolve({ code: 'ok', message: '', headers: head }))
      socket.on('error', reject)
      socket.on('unexpected-response', async (_, answer) => {
        let text = ''
        for await (const chunk of answer) text += chunk
        const { code, detail } = JSON.parse(text)
        resolve({ code, message: detail, headers: answer.headers as Record<string, string> })
      })
    })
  } finally {
    const closed = new Promise((resolve) => socket.once('close', resolve))
    if (socket.readyState !== socket.CLOSED) {
      socket.terminate()
      await closed
    }
  }
}

export function rpcClient(address: string, { headers = {}, tls }: Shown) {
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text))
  const secure = tls && { credentials: credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert)) }
  return createRpcClient<GateDefinition>(gate, { address, headers, deadlineMs: 5_000, ...secure })
}

async function askRpc(address: string, method: keyof GateDefinition, shown: Shown): Promise<Said> {
  const client = rpcClient(address, shown)
  try {
    if (method === 'WatchWords') for await (const _ of client.stream(method, {})) break
    else await client.call(method, {})
    return { code: 'ok', message: '', headers: {} }
  } catch (error) {
    if (!(error instanceof K2Error)) throw error
    const metadata = (error.cause as ServiceError | undefined)?.metadata as Metadata | undefined
    return { code: error.code, message: error.message, headers: (metadata?.getMap() ?? {}) as Record<string, string> }
  } finally {
    client.close()
  }
}
