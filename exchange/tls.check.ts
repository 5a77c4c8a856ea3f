/** Doors by TLS, with a certificate that openssl makes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { standInExchange } from './stand-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'k2-tls-'))
after(() => rmSync(folder, { recursive: true }))

function certificate(): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = 'subjectAltName=DNS:stream.binance.com,DNS:api.binance.com'
  const subject = ['-subj', '/CN=stand-in', '-addext', names]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...subject]
  execFileSync('openssl', made, { stdio: 'pipe' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

test('a client that trusts its certificate is served by wss and https, and its host is seen', async () => {
  const tls = certificate()
  const exchange = await standInExchange({ tls })
  try {
    const trusted = { ca: tls.cert, servername: 'stream.binance.com' }
    const ws = new WebSocket(`${exchange.binance.streams[0]}/ws/btcusdt@trade`, trusted)
    const message = await new Promise<string>((resolve, reject) => {
      ws.once('message', (data) => resolve(String(data)))
      ws.once('error', reject)
    })
    assert.match(message, /^\{"e":"trade"/)
    assert.equal([...exchange.binance.doors[0]!.connections][0]!.servername, 'stream.binance.com')
    const status = await new Promise((resolve, reject) => {
      const asked = get(
        `${exchange.binance.rest[0]}/api/v3/ping`,
        { ca: tls.cert, servername: 'api.binance.com' },
        (reply) => {
          reply.resume()
          resolve(reply.statusCode)
        },
      )
      asked.on('error', reject)
    })
    assert.equal(status, 200)
    exchange.inject({ kind: 'cut', venue: 'binance' })
    assert.equal(await new Promise((resolve) => ws.once('close', resolve)), 1006)
  } finally {
    await exchange.stop()
  }
})
