import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Turns, turns } from './limit.ts'

/** What began, in its order, and how to end it. */
function asked(runningMax: number, waitingMax: number) {
  const counts: [running: number, waiting: number][] = []
  let waits = 0
  const watch = {
    queue: (running: number, waiting: number) => void counts.push([running, waiting]),
    waited: () => void waits++,
  }
  const take: Turns = turns({ runningMax, waitingMax }, watch)
  const begun: string[] = []
  const gates = new Map<string, PromiseWithResolvers<string>>()
  const ask = (name: string, signal = new AbortController().signal): Promise<string> => {
    const gate = Promise.withResolvers<string>()
    gates.set(name, gate)
    return take(() => {
      begun.push(name)
      return gate.promise
    }, signal)
  }
  const end = async (name: string) => {
    gates.get(name)!.resolve(name)
    await settled()
  }
  return {
    ask,
    end,
    fail: (name: string) => gates.get(name)!.reject(new Error(name)),
    begun,
    counts,
    waits: () => waits,
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('some run at once, and the rest begin in the order in which they came', async () => {
  const { ask, end, begun, counts, waits } = asked(2, 10)
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(name))
  await settled()
  assert.deepEqual(begun, ['a', 'b'])
  assert.deepEqual(counts.at(-1), [2, 3])
  await end('b')
  assert.deepEqual(begun, ['a', 'b', 'c'])
  await end('a')
  await end('c')
  assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e'])
  await end('d')
  await end('e')
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd', 'e'])
  assert.deepEqual(counts.at(-1), [0, 0])
  assert.equal(waits(), 5)
})

test('one that fails gives its turn on', async () => {
  const { ask, end, fail, begun } = asked(1, 1)
  const [first, second] = [ask('a'), ask('b')]
  fail('a')
  await assert.rejects(first, /a/)
  await settled()
  assert.deepEqual(begun, ['a', 'b'])
  await end('b')
  assert.equal(await second, 'b')
})

test('beyond those that may wait the next is refused at once, and taken again when one has begun', async () => {
  const { ask, end, begun } = asked(1, 2)
  const all = ['a', 'b', 'c'].map((name) => ask(name))
  await assert.rejects(ask('d'), (error: K2Error) => {
    assert.equal(error.code, 'OVERLOADED')
    assert.match(error.message, /^2 questions are waiting/)
    assert.equal(error.details.retryAfterSeconds, 1)
    return true
  })
  await end('a')
  all.push(ask('e'))
  for (const name of ['b', 'c', 'e']) await end(name)
  await Promise.all(all)
  assert.deepEqual(begun, ['a', 'b', 'c', 'e'])
})

test('one whose client leaves, or whose deadline comes, never begins and makes room', async () => {
  const { ask, end, begun, counts } = asked(1, 1)
  const first = ask('a')
  const leaving = new AbortController()
  const left = ask('b', leaving.signal)
  await settled()
  leaving.abort(new K2Error('DEADLINE_EXCEEDED', 'the client went away'))
  await assert.rejects(left, /went away/)
  assert.deepEqual(counts.at(-1), [1, 0])
  const third = ask('c')
  await end('a')
  await end('c')
  assert.deepEqual(await Promise.all([first, third]), ['a', 'c'])
  assert.deepEqual(begun, ['a', 'c'])
  await assert.rejects(ask('d', leaving.signal), /went away/)
})

test('nobody who comes between an end and the next beginning goes first', async () => {
  const { ask, end, begun } = asked(1, 5)
  const first = ask('a')
  const second = ask('b')
  const third = first.then(() => ask('c'))
  for (const name of ['a', 'b', 'c']) {
    await settled()
    await end(name)
  }
  await Promise.all([first, second, third])
  assert.deepEqual(begun, ['a', 'b', 'c'])
})
