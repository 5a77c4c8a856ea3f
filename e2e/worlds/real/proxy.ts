/**
 * Between a client and a real server over HTTP: requests that never arrive, answers that never come back though the work
 * is done, and answers of a gateway that gave up. What the client sees is the same for the first two. And what is not done
 * though it was answered: a conflict that the server knows nothing of, and a gateway without a server.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Fault = 'lose-request' | 'lose-answer' | 'give-up' | 'conflict' | 'no-server' | undefined

/** A request waits until its fault is told. */
export async function proxyTo(url: string, fault: (method: string, path: string) => Fault | Promise<Fault>) {
  const target = new URL(url)
  const counts: Record<string, number> = {}
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray().catch(() => []))
    const happens = await fault(incoming.method ?? '', incoming.url ?? '')
    if (happens !== undefined) counts[happens] = (counts[happens] ?? 0) + 1
    if (happens === 'lose-request') return void outgoing.destroy()
    if (happens === 'conflict') return void answer(outgoing, 409, JSON.stringify({ error: CONFLICT }))
    if (happens === 'no-server') return void answer(outgoing, 503, '<html>503</html>')
    try {
      await pass(target, incoming, body, outgoing, happens)
    } catch {
      outgoing.destroy()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const CONFLICT = { message: 'another was first', type: 'CommitFailedException', code: 409 }

const answer = (outgoing: ServerResponse, status: number, body: string) =>
  outgoing.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html' }).end(body)

async function pass(target: URL, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, happens: Fault) {
  const { method, url: path, headers } = incoming
  // The host stays as it was: S3's signatures cover it.
  const onward = request({ host: target.hostname, port: target.port, method, path, headers })
  onward.end(body)
  const [back] = (await once(onward, 'response')) as [IncomingMessage]
  const said = Buffer.concat(await back.toArray())
  if (happens === 'lose-answer') outgoing.destroy()
  else if (happens === 'give-up') answer(outgoing, 502, '<html>502</html>')
  else outgoing.writeHead(back.statusCode ?? 500, back.headers).end(said)
}
