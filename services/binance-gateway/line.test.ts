import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import type { SocketEvents } from '@k2/service/socket-client.ts'
import { Line, type LineLimits, type LineParts } from './line.ts'

const LIMITS: LineLimits = {
  firstWaitMs: 5_000,
  waitMsMax: 60_000,
  failuresMax: 10,
  circuitMs: 60_000,
  hostFailuresMax: 2,
  hosts: 1,
  staleMs: 30_000,
  lifeMs: 86_400_000,
  homeMs: 300_000,
}

/** What a message is, by its first byte. */
const HEARD = ['market', 'reply', 'refusal'] as const

/** A line over sockets that do what the test says. */
function lineOver(limits: Partial<LineLimits>, streams = ['btcusdt@trade']) {
  const clock = manualClock(1_000_000)
  const sockets: SocketEvents[] = []
  const circuits: boolean[] = []
  const [sent, reasons]: [string[], string[]] = [[], []]
  const parts = {
    clock,
    random: () => 0,
    logger: { info() {}, warn() {}, error() {} },
    metrics: { failed() {}, reconnected: (reason: string) => void reasons.push(reason) },
    hosts: ['ws://one'],
    timeUnit: null,
    streams,
    message: (bytes: Uint8Array) => HEARD[bytes[0] ?? 0],
    replyTo: () => 1,
    up: () => {},
    circuit: (isOpen: boolean) => void circuits.push(isOpen),
    isFull: () => false,
    open(_: string, events: SocketEvents) {
      sockets.push(events)
      return {
        send: (text: string) => void sent.push(text),
        pause() {},
        resume() {},
        close: () => events.closed('we closed it'),
      }
    },
  }
  const line = new Line(parts as unknown as LineParts, { ...LIMITS, ...limits })
  line.start(new AbortController().signal)
  const ticks = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await clock.advance(1_002)
      line.tick(clock.nowMs())
    }
  }
  return { line, sockets, circuits, sent, reasons, ticks }
}

for (const staleMs of [2_000, 3_000, 30_000]) {
  test(`a connection of which nothing is heard for ${staleMs} ms is made anew`, async () => {
    const { line, sockets, ticks } = lineOver({ staleMs })
    sockets[0]!.opened()
    await ticks(1)
    assert.equal(line.isUp, true)
    await ticks(staleMs / 1_000)
    assert.equal(line.connection.phase, 'backing-off')
  })
}

test('the circuit closes with the first message, also where a connection that had none was replaced', () => {
  const { line, sockets, circuits } = lineOver({})
  sockets[0]!.opened()
  line.silent()
  sockets[1]!.opened()
  assert.deepEqual(circuits, [])
  sockets[1]!.message(Buffer.of())
  assert.deepEqual(circuits, [false])
})

/** A line that delivers each second, while its day ends and a new socket is opened, which delivers nothing. */
async function renewing(seconds: number, oldDelivers: boolean) {
  const world = lineOver({ lifeMs: 5_000 })
  world.sockets[0]!.opened()
  for (let second = 0; second < 5 + seconds; second++) {
    if (oldDelivers || second < 5) world.sockets[0]!.message(Buffer.of())
    if (second === 5) world.sockets[1]!.opened()
    await world.ticks(1)
  }
  return world
}

test('a new socket that delivers nothing takes over from none that does, and is tried anew', async () => {
  const { line, sockets, reasons } = await renewing(29, true)
  assert.deepEqual([sockets.length, reasons, line.connection.phase], [2, [], 'renewing'])
  const later = await renewing(50, true)
  assert.equal(later.sockets.length, 3)
  assert.deepEqual(later.reasons, [])
  later.sockets[2]!.opened()
  later.sockets[2]!.message(Buffer.of())
  assert.deepEqual(later.reasons, ['renewed'])
})

test('a new socket takes over from one that is as quiet', async () => {
  const { reasons } = await renewing(13, false)
  assert.deepEqual(reasons, ['renewed'])
})

test('a subscription that is refused is asked for again, until it is answered', async () => {
  const streams = Array.from({ length: 201 }, (_, i) => `s${i}@trade`)
  const { line, sockets, sent, ticks } = lineOver({ staleMs: 3_600_000 }, streams)
  sockets[0]!.opened()
  await ticks(1)
  assert.deepEqual([sent.length, line.isUp], [1, true])
  sockets[0]!.message(Buffer.of(2))
  await ticks(6)
  assert.equal(sent.length, 2)
  sockets[0]!.message(Buffer.of(1))
  await ticks(60)
  assert.deepEqual(sent, [sent[0], sent[0]])
})
