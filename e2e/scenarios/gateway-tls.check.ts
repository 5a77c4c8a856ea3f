/**
 * `npm start -- --live` with no other address than its own: what Binance's hosts would see of it. Their names lead to a server of this
 * machine, whose certificate openssl makes; only who trusts that is sent anything.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { BINANCE } from '@k2/binance-gateway/core/venue.ts'
import { writeSample } from '@k2/embedded/sample.ts'
import { type StandIn, standInExchange } from '@k2/exchange/stand-in.ts'
import { realClock } from '@k2/service/clock.ts'
import { live } from '../worlds/embedded.ts'
import { inFolder } from '../worlds/folder.ts'

interface Seen {
  readonly servername: string | undefined
  readonly protocol: string | null
  readonly host: string | undefined
  readonly url: string | undefined
}

const REROUTE = new URL('../worlds/reroute.ts', import.meta.url).href
const HOSTS = [...BINANCE.streams, ...BINANCE.requests].map((address) => new URL(address))
const DEADLINE_MS = 60_000

test(
  'Binance is asked over TLS, by its hosts’ names, and only where its certificate is good',
  { timeout: 180_000 },
  () =>
    inFolder(async (folder) => {
      const trusted = makeCertificate(folder)
      const csv = await writeSample(folder, 1, 100)
      const exchange = await standInExchange()
      const front = await frontOf(exchange, folder)
      const reroute = Object.fromEntries(
        HOSTS.map(({ hostname, protocol, port }) => [`${hostname}:${port || defaultPort(protocol)}`, front.port]),
      )
      const start = (name: string, settings: Readonly<Record<string, string>>) =>
        live({
          data: join(folder, name),
          csv,
          options: ['--live', '--symbols', 'btcusdt'],
          once: false,
          deadlineMs: 120_000,
          settings: {
            NODE_OPTIONS: `--import ${REROUTE}`,
            REROUTE: JSON.stringify(reroute),
            K2_BINANCEUS: 'never',
            ...settings,
          },
        })
      try {
        const stranger = start('stranger', {})
        await until(() => /unable to verify|self-signed/.test(stranger.log()), stranger.log)
        assert.equal(front.seen.length, 0)
        stranger.kill('SIGTERM')
        await stranger.ended

        const k2 = start('trusting', { NODE_EXTRA_CA_CERTS: trusted })
        await until(() => k2.log().includes('"connected"'), k2.log)
        k2.kill('SIGTERM')
        assert.equal((await k2.ended).code, 0)
        const stream = front.seen.find(({ url }) => url?.startsWith('/stream'))
        assert.deepEqual(stream, {
          servername: 'stream.binance.com',
          protocol: 'TLSv1.3',
          host: 'stream.binance.com:9443',
          url: '/stream?streams=btcusdt@trade/btcusdt@bookTicker&timeUnit=MICROSECOND',
        })
        assert.deepEqual(front.seen[0], {
          servername: 'data-api.binance.vision',
          protocol: 'TLSv1.3',
          host: 'data-api.binance.vision',
          url: '/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22%5D',
        })
        assert.ok(front.seen.every(({ servername, host }) => host?.split(':')[0] === servername))
      } finally {
        front.close()
        await exchange.stop()
      }
    }),
)

const defaultPort = (protocol: string): number => (protocol.endsWith('s:') ? 443 : 80)

/** Names all hosts, signed by an authority of the test's own: answers the file that has it. */
function makeCertificate(folder: string): string {
  const at = (name: string) => join(folder, name)
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1']
  const openssl = (...args: string[]) => execFileSync('openssl', [...made, ...args], { stdio: 'pipe' })
  openssl('-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=an authority of a test')
  const names = [...new Set(HOSTS.map(({ hostname }) => `DNS:${hostname}`))].join()
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', `subjectAltName=${names}`]
  openssl('-keyout', at('key.pem'), '-out', at('cert.pem'), '-subj', '/CN=stand-in', ...signed)
  return at('ca.pem')
}

/** TLS before the stand-in's doors: notes who was asked for what, and hands it on. */
async function frontOf({ binance }: StandIn, folder: string) {
  const seen: Seen[] = []
  const [rest, stream] = [new URL(binance.rest[0]!), new URL(binance.streams[0]!)]
  const note = ({ socket, headers, url }: IncomingMessage) => {
    const tls = socket as TLSSocket & { readonly servername?: string }
    seen.push({ servername: tls.servername, protocol: tls.getProtocol(), host: headers.host, url })
  }
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(folder, name))))
  const server = createServer({ key: key!, cert: cert! }, (asked, reply) => {
    note(asked)
    const { url: path, method, headers } = asked
    request({ host: rest.hostname, port: rest.port, path, method, headers }, (answer) => {
      reply.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(reply)
    }).end()
  })
  server.on('upgrade', (asked: IncomingMessage, socket) => {
    note(asked)
    const onward = connect(Number(stream.port), stream.hostname, () => {
      const heads = Array.from({ length: asked.rawHeaders.length / 2 }, (_, i) =>
        asked.rawHeaders.slice(2 * i, 2 * i + 2).join(': '),
      )
      onward.write(`GET ${asked.url} HTTP/1.1\r\n${heads.join('\r\n')}\r\n\r\n`)
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [onward, socket]) end.on('error', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { seen, port: (server.address() as AddressInfo).port, close }
}

async function until(holds: () => boolean, log: () => string): Promise<void> {
  for (const endMs = performance.now() + DEADLINE_MS; !holds(); await realClock.sleep(100))
    assert.ok(performance.now() < endMs, log())
}
