import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from '@k2/log/log.ts'
import { inTurn } from './turns.ts'

const never = new AbortController().signal
const anyLog = () => ({}) as Log

test('of one key one works at a time, in the order of their coming; other keys and logs do not wait', async () => {
  const log = anyLog()
  const told: string[] = []
  const gate = Promise.withResolvers<void>()
  const work = (name: string, until?: Promise<void>) => async () => {
    told.push(`${name} begins`)
    await until
    told.push(`${name} ends`)
  }
  const first = inTurn(log, 'a', never, work('1', gate.promise))
  const second = inTurn(log, 'a', never, work('2'))
  const third = inTurn(log, 'a', never, work('3'))
  await Promise.all([inTurn(log, 'b', never, work('b')), inTurn(anyLog(), 'a', never, work('other'))])
  assert.deepEqual(told, ['1 begins', 'b begins', 'other begins', 'b ends', 'other ends'])
  gate.resolve()
  await Promise.all([first, second, third])
  assert.deepEqual(told.slice(5), ['1 ends', '2 begins', '2 ends', '3 begins', '3 ends'])
})

test('who fails lets the next one in', async () => {
  const log = anyLog()
  const failing = inTurn(log, 'a', never, async () => assert.fail('broken'))
  const next = inTurn(log, 'a', never, async () => 'well')
  await assert.rejects(failing, /broken/)
  assert.equal(await next, 'well')
})

test('who is stopped while it waits never works, and those behind it still wait for the one before', async () => {
  const log = anyLog()
  const gate = Promise.withResolvers<void>()
  const stop = new AbortController()
  let isWorking = true
  const first = inTurn(log, 'a', never, () => gate.promise)
  const stopped = inTurn(log, 'a', stop.signal, async () => assert.fail('it worked'))
  const third = inTurn(log, 'a', never, async () => assert.equal(isWorking, false))
  stop.abort(new Error('stopped'))
  await assert.rejects(stopped, /stopped/)
  isWorking = false
  gate.resolve()
  await Promise.all([first, third])
})
