import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapped, sendEach, withFirst } from './send.ts'

/** Numbers up to `end`, and what the maker heard. */
function numbers(end: number) {
  const heard: string[] = []
  async function* make(): AsyncGenerator<number, void> {
    try {
      for (let i = 1; i <= end; i++) {
        try {
          yield i
        } catch (error) {
          heard.push(`${i}: ${(error as Error).message}`)
          throw new Error(`cut at ${i}`)
        }
      }
    } finally {
      heard.push('over')
    }
  }
  return { messages: make(), heard }
}

test('each is sent before the next is made', async () => {
  const { messages, heard } = numbers(3)
  const sent: string[] = []
  await sendEach(
    mapped(messages, (number) => `#${number}`),
    async (text) => {
      sent.push(text)
    },
  )
  assert.deepEqual([sent, heard], [['#1', '#2', '#3'], ['over']])
})

test('the maker hears where sending failed, and says why it ends', async () => {
  const { messages, heard } = numbers(3)
  const first = await messages.next()
  const send = async (text: string) => {
    if (text === '#2') throw new Error('too slow')
  }
  const words = mapped(withFirst(first, messages), (number) => `#${number}`)
  await assert.rejects(sendEach(words, send), { message: 'cut at 2' })
  assert.deepEqual(heard, ['2: too slow', 'over'])
})

test('a failure of the first one is heard too, though it was taken before', async () => {
  const { messages, heard } = numbers(3)
  const words = withFirst(await messages.next(), messages)
  await assert.rejects(
    sendEach(words, () => Promise.reject(new Error('gone'))),
    { message: 'cut at 1' },
  )
  assert.deepEqual(heard, ['1: gone', 'over'])
})

test('leaving ends the maker', async () => {
  const { messages, heard } = numbers(3)
  for await (const text of mapped(messages, String)) if (text === '2') break
  assert.deepEqual(heard, ['over'])
})
