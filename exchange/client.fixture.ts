/** A client for tests, which answers no ping unless it is told to. */
import { WebSocket } from 'ws'

export interface Client {
  readonly ws: WebSocket
  readonly messages: string[]
  readonly pings: string[]
  /** The first message, there or to come, that is so; `from` that many on. */
  until(isIt: (message: string) => boolean, from?: number): Promise<string>
  /** The next answer to a request. */
  ask(request: unknown): Promise<string>
  closed(): Promise<{ readonly code: number; readonly reason: string }>
}

const DEADLINE_MS = 10_000

export async function connect(url: string, isPolite = false): Promise<Client> {
  const ws = new WebSocket(url, { autoPong: isPolite, perMessageDeflate: false })
  const messages: string[] = []
  const pings: string[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const each of waiting) each()
  }
  const { promise: whenClosed, resolve: close } = Promise.withResolvers<{ code: number; reason: string }>()
  ws.on('message', (data) => {
    messages.push(String(data))
    wake()
  })
  ws.on('ping', (payload) => {
    pings.push(payload.toString())
    wake()
  })
  ws.on('error', () => {}) // 'close' follows
  ws.on('close', (code, reason) => close({ code, reason: reason.toString() }))
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
  })

  function until(isIt: (message: string) => boolean, from = 0): Promise<string> {
    let looked = from
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => end(() => reject(new Error(`not among: ${messages.slice(-5).join('\n')}`))),
        DEADLINE_MS,
      )
      const look = () => {
        while (looked < messages.length) {
          const message = messages[looked++]!
          if (isIt(message)) return end(() => resolve(message))
        }
      }
      const end = (settle: () => void) => {
        clearTimeout(late)
        waiting.delete(look)
        settle()
      }
      waiting.add(look)
      look()
    })
  }

  function closed() {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('it is not closed')), DEADLINE_MS)
    return Promise.race([whenClosed, late.promise]).finally(() => clearTimeout(timer))
  }

  async function ask(request: unknown): Promise<string> {
    const from = messages.length
    ws.send(typeof request === 'string' ? request : JSON.stringify(request))
    return until((message) => !message.includes('"e":') && !message.includes('"u":'), from)
  }

  return { ws, messages, pings, until, ask, closed }
}

/** The status of an upgrade that is refused. */
export function refusal(url: string): Promise<number | string> {
  const ws = new WebSocket(url)
  return new Promise((resolve) => {
    ws.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0)
      response.resume()
      ws.terminate()
    })
    ws.on('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? error.message))
    ws.on('open', () => {
      ws.terminate()
      resolve(101)
    })
  })
}
