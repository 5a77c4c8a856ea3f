/** Connections that break in the middle of an answer. A broker of ours speaks as little as kafkajs needs to connect. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { brokerPool, type Exchange, encoded } from './kafkajs.ts'

const API_VERSIONS = 18
const QUESTION = 3

/** An answer of kafkajs's wire format: its size, the number of its question, what it says. */
function answer(correlationId: number, text: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(4 + text.length)
  head.writeInt32BE(correlationId, 4)
  return Buffer.concat([head, text])
}

/** No error, no version of anything, no throttling. */
const NO_VERSIONS = Buffer.alloc(2 + 4 + 4)

/** A broker that hands each question to `told`, with how many came before. */
async function broker(t: TestContext, told: (socket: Socket, correlationId: number, questions: number) => void) {
  let questions = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      // Questions are so small that they come whole, and several may come together.
      for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
        const correlationId = bytes.readInt32BE(at + 8)
        if (bytes.readInt16BE(at + 4) === API_VERSIONS) socket.write(answer(correlationId, NO_VERSIONS))
        else told(socket, correlationId, questions++)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const address = { brokers: [`127.0.0.1:${port}`], clientId: 'test', connectMs: 5_000, requestMs: 5_000 }
  const { pool, closeSockets } = brokerPool(address)
  t.after(async () => {
    closeSockets()
    server.close()
  })
  await pool.connect()
  const { connectionPool } = await pool.findConnectedBroker()
  return () => connectionPool.send(question)
}

const question: Exchange<string> = {
  request: { apiKey: QUESTION, apiVersion: 0, apiName: 'Question', encode: async () => encoded(Buffer.alloc(0)) },
  response: {
    decode: async (payload) => ({ clientSideThrottleTime: 0, value: payload.toString() }),
    parse: async ({ value }) => value,
  },
  requestTimeout: 5_000,
  logResponseError: false,
}

// biome-ignore format: a table reads by its columns
const broken: [name: string, half: (whole: Buffer) => Buffer][] = [
  ['in its size',                  (whole) => whole.subarray(0, 2)],
  ['behind its size',              (whole) => whole.subarray(0, 4)],
  ['in what it says',              (whole) => whole.subarray(0, whole.length - 3)],
  ['by bytes that are no answer',  () => Buffer.alloc(6)],
]

for (const [name, half] of broken) {
  test(`a connection is lost ${name}: the next one begins with its own answer`, async (t) => {
    const ask = await broker(t, (socket, correlationId, questions) => {
      const whole = answer(correlationId, Buffer.from(`answer ${questions}`))
      if (questions === 0) socket.end(half(whole))
      else socket.write(whole)
    })
    await assert.rejects(ask())
    assert.equal(await ask(), 'answer 1')
    assert.equal(await ask(), 'answer 2')
  })
}
