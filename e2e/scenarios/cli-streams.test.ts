/** `k2 replay` and `k2 follow`: what they write is the plain answer, through connections that break, until Ctrl-C. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { k2 } from '../worlds/k2.ts'
import { type Serving, serve } from '../worlds/serve.ts'

let folder: string
let world: Serving

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k2-cli-streams-'))
  const loaded = await serve(['--data', folder, '--once'])
  await loaded.stop()
  world = await serve(['--data', folder, '--no-feed'])
})

after(async () => {
  await world.stop()
  await rm(folder, { recursive: true })
})

const ask = (line: string, address = world.grpcAddress) => k2(line.split(' '), address)

// biome-ignore format: a table reads by its columns
const replays: [line: string, plain: string][] = [
  ['replay KTA --batch-records 300 --format csv',          'query trades KTA --order asc --all --format csv'],
  ['replay --table quotes --end-time 2014-03-11 --format csv', 'query quotes --order asc --end-time 2014-03-11 --all --format csv'],
  ['replay KTA,KTB --fields timestamp,price --format ndjson', 'query trades KTA,KTB --order asc --fields timestamp,price --all --format ndjson'],
]
for (const [line, plain] of replays) {
  test(`k2 ${line}`, async () => {
    const [ours, theirs] = await Promise.all([ask(line).ended, ask(plain).ended])
    assert.deepEqual([ours.code, ours.err], [0, ''])
    assert.ok(theirs.out.length > 1_000)
    assert.equal(ours.out, theirs.out)
  })
}

test('a table ends with its proof', async () => {
  const { code, out } = await ask('replay KTA --end-time 2014-03-11 --format table').ended
  assert.equal(code, 0)
  assert.match(out, /\n\d+ rows.* · complete · /)
})

/** A door in front of the server whose connections can be cut. */
async function cuttable(to: string) {
  const [host, port] = to.split(':')
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((client) => {
    connections++
    const upstream = connect(Number(port), host)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {}).on('close', () => other.destroy())
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  const close = () => {
    server.close()
    cut()
  }
  return {
    connections: () => connections,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    close,
  }
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await sleep(20)
}

test('k2 follow goes on where its connection broke, and Ctrl-C tells where it was', async () => {
  const plain = await ask('query trades KTA --order asc --fields message_id --all --format csv').ended
  const door = await cuttable(world.grpcAddress)
  try {
    const following = ask(
      'follow KTA --start-time 2014-01-01 --fields message_id --batch-records 50 --format csv',
      door.address,
    )
    await until(() => following.printed().length > 1_000)
    door.cut()
    await until(() => following.printed().length >= plain.out.length && door.connections() > 1)
    following.kill('SIGINT')
    const { code, out, err } = await following.ended
    assert.equal(code, 130, err)
    assert.equal(out, plain.out)
    assert.match(err, /Trying again\.\nTo go on from here: --cursor \S+\n$/)
  } finally {
    door.close()
  }
})

test('an answer without an end is no JSON document', async () => {
  const { code, err } = await ask('follow KTA --json').ended
  assert.equal(code, 2)
  assert.match(err, /take ndjson/)
})
