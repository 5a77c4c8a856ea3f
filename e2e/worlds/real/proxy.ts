/**
 * Between a client and a real server over HTTP: requests that never arrive, answers that never come back though the work
 * is done, and answers of a gateway that gave up. What the client sees is the same for the first two.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Fault = 'lose-request' | 'lose-answer' | 'give-up' | undefined

export async function proxyTo(url: string, fault: (method: string, path: string) => Fault) {
  const target = new URL(url)
  const counts: Record<string, number> = {}
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray().catch(() => []))
    const happens = fault(incoming.method ?? '', incoming.url ?? '')
    if (happens !== undefined) counts[happens] = (counts[happens] ?? 0) + 1
    if (happens === 'lose-request') return void outgoing.destroy()
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

async function pass(target: URL, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, happens: Fault) {
  const { method, url: path, headers } = incoming
  // The host stays as it was: S3's signatures cover it.
  const onward = request({ host: target.hostname, port: target.port, method, path, headers })
  onward.end(body)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  const said = Buffer.concat(await answer.toArray())
  if (happens === 'lose-answer') outgoing.destroy()
  else if (happens === 'give-up') outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<html>502</html>')
  else outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(said)
}
