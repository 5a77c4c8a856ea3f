import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guard } from '@k2/service/guard.ts'
import { isRefusal, redisStore } from './redis.ts'

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' })

// biome-ignore format: a table reads by its columns
const rows: [error: unknown, isRefusal: boolean][] = [
  [new Error('connect ECONNREFUSED 127.0.0.1:6379'),                       false],
  [new Error('Command timed out'),                                         false],
  [reply('LOADING Redis is loading the dataset in memory'),                false],
  [reply('CLUSTERDOWN The cluster is down'),                               false],
  [reply("READONLY You can't write against a read only replica."),         false],
  [reply('TRYAGAIN Multiple keys request during rehashing of slot'),       false],
  [reply('NOAUTH Authentication required.'),                               true],
  [reply('WRONGPASS invalid username-password pair or user is disabled.'), true],
  [reply("OOM command not allowed when used memory > 'maxmemory'."),       true],
  [reply('WRONGTYPE Operation against a key holding the wrong kind'),      true],
]

for (const [error, expected] of rows)
  test(`"${(error as Error).message}" ${expected ? 'stays' : 'may pass'}`, () =>
    assert.equal(isRefusal(error), expected))

test('a Redis that is away opens its circuit, and is not asked then', async () => {
  const guarded = guard('redis', {
    policy: { failuresToOpen: 2, openMs: 60_000 },
    retries: { baseDelayMs: 1, delayMsMax: 2 },
  })
  const store = redisStore('redis://127.0.0.1:1', { lastsMs: 1_000, guard: guarded })
  const away = { code: 'STORE_UNAVAILABLE' }
  await assert.rejects(store.positions(['a']), { ...away, message: /does not answer.*circuit of redis is OPEN/ })
  await assert.rejects(store.positions(['a']), away)
  assert.equal(guarded.state(), 'OPEN')
  await store.close()
})
