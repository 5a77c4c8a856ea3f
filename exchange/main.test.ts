import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { exchangeArguments } from './arguments.ts'
import { connect } from './client.fixture.ts'
import { FAULTS } from './faults.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const start = (...args: string[]) => spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })

/** What it says until it is there. */
function started(child: ReturnType<typeof start>): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (piece) => {
      said += piece
      if (/control +http.*\n/.test(said)) resolve(said)
    })
    child.on('exit', () => reject(new Error(`it ended with ${said}`)))
  })
}

test('the command says where it is, is steered over HTTP, and ends with SIGTERM', async () => {
  const child = start('--control-port', '0', '--seed', '7', '--symbols', 'BTCUSDT,SOLUSDT', '--orders', '50')
  try {
    const said = await started(child)
    assert.match(said, /^Stand-in for Binance: BTCUSDT, SOLUSDT, made up with seed 7\.\n/)
    const url = (host: string) => new RegExp(`${host} +(\\S+)`).exec(said)![1]!
    const control = url('control')
    const ask = async (method: string, path: string, body?: string) => {
      const reply = await fetch(`${control}${path}`, { method, body: body ?? null })
      return { status: reply.status, body: JSON.parse(await reply.text()) }
    }
    const client = await connect(`${url('stream.binance.com:9443')}/ws/solusdt@trade`, true)
    const { t: id, p: price } = JSON.parse(await client.until((message) => message.includes('"trade"')))
    const truth = await ask('GET', `/trades?symbol=SOLUSDT&fromId=${id}&limit=1`)
    assert.equal(truth.body[0].price, price)
    assert.deepEqual(await ask('POST', '/faults', '{"kind":"cut","venue":"binance"}'), {
      status: 200,
      body: { doors: 3, connections: 1 },
    })
    assert.equal((await client.closed()).code, 1006)
    assert.deepEqual(await ask('DELETE', '/faults'), { status: 200, body: {} })
    const state = await ask('GET', '/')
    assert.equal(state.body.venues.binanceus[0].host, 'stream.binance.us:9443')
    assert.equal(state.body.faults.length, Object.keys(FAULTS).length)
    for (const [method, path, body, status] of [
      ['POST', '/faults', 'cut', 400],
      ['POST', '/faults', '{"kind":"gap","symbol":"NOBODY"}', 400],
      ['POST', '/faults', ' '.repeat(70_000), 400],
      ['GET', '/trades?symbol=NOBODY', undefined, 400],
      ['GET', '/trades?symbol=BTCUSDT&venue=kraken', undefined, 400],
      ['GET', '/trades?symbol=BTCUSDT&limit=x', undefined, 400],
      ['GET', '/nothing', undefined, 404],
    ] as const) {
      assert.equal((await ask(method, path, body)).status, status, `${method} ${path}`)
    }
    const page = await fetch(`${control}/`, { headers: { origin: 'http://example.org' } })
    assert.equal(page.status, 403)
  } finally {
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
  }
})

// biome-ignore format: a table reads by its columns
const rows: [args: string[], exitCode: number, out: RegExp, err: RegExp][] = [
  [['--help'],                     0, /^npm run exchange -- .*gap +the next count/s, /^$/],
  [['--speed', 'fast'],            2, /^$/, /^--speed is a number of 0\.001 to 100000, not fast\. \(INVALID_ARGUMENT\)\n$/],
  [['--nothing'],                  2, /^$/, /INVALID_ARGUMENT/],
  [['--symbols', 'btcusdt'],       2, /^$/, /^btcusdt is no symbol: /],
  [['/nothing.gz'],                1, /^$/, /^\/nothing\.gz: ENOENT.* \(INPUT_UNREADABLE\)\n$/],
]
for (const [args, exitCode, out, err] of rows) {
  test(`npm run exchange -- ${args.join(' ')} exits with ${exitCode}`, async () => {
    const child = start(...args)
    const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    assert.equal(code, exitCode)
    assert.match(said, out)
    assert.match(complained, err)
  })
}

test('arguments have defaults', () => {
  const { seed, ordersPerSecond, speed, isPaused, lifeSeconds, recordings } = exchangeArguments([])
  assert.deepEqual([seed, ordersPerSecond, speed, isPaused, lifeSeconds, recordings], [1, 5, 1, false, 86_400, []])
})
