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

/** A line over sockets that do what the test says. */
function lineOver(limits: Partial<LineLimits>) {
  const clock = manualClock(1_000_000)
  const sockets: SocketEvents[] = []
  const circuits: boolean[] = []
  const parts = {
    clock,
    random: () => 0,
    logger: { info() {}, warn() {}, error() {} },
    metrics: { failed() {}, reconnected() {} },
    hosts: ['ws://one'],
    timeUnit: null,
    streams: ['btcusdt@trade'],
    message: () => 'market',
    up: () => {},
    circuit: (isOpen: boolean) => void circuits.push(isOpen),
    isFull: () => false,
    open(_: string, events: SocketEvents) {
      sockets.push(events)
      return { send() {}, pause() {}, resume() {}, close: () => events.closed('we closed it') }
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
  return { line, sockets, circuits, ticks }
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
