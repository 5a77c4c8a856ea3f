import assert from 'node:assert/strict'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { manualClock } from '@k2/service/clock.ts'
import { guard } from '@k2/service/guard.ts'
import { POLICIES } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { type Asked, type Meddling, s3Server } from './s3.fixture.ts'
import { type S3Options, s3Store } from './s3.ts'
import { storeContract } from './store.contract.ts'

const SECRET = 'not for the log'

async function open(meddle?: (asked: Asked) => Meddling, options: Partial<S3Options> = {}) {
  const server = await s3Server(meddle)
  const store = s3Store({
    region: 'us-east-1',
    endpoint: server.endpoint,
    isPathStyle: true,
    credentials: { accessKeyId: 'key', secretAccessKey: SECRET },
    ...options,
  })
  const close = async () => {
    store.close()
    await server.close()
  }
  return { ...server, store, folder: 's3://lake/folder', close }
}

storeContract('S3 in memory', open)

async function opened(t: TestContext, meddle?: (asked: Asked) => Meddling, options?: Partial<S3Options>) {
  const world = await open(meddle, options)
  t.after(world.close)
  return world
}

/** Meddles with so many of the requests that fit. */
function some(many: number, meddling: Meddling, fits: (asked: Asked) => boolean = () => true) {
  let left = many
  return (asked: Asked) => (fits(asked) && left-- > 0 ? meddling : undefined)
}

const AT = 's3://lake/x'
const x = Buffer.from('0123456789')

for (const meddling of [[503, 'SlowDown'], [500, 'InternalError'], 'reset'] as Meddling[]) {
  it(`writes and reads through two answers of ${meddling}`, async (t) => {
    const { store } = await opened(t, some(2, meddling))
    await store.write(AT, x)
    assert.deepEqual(Buffer.from(await store.read(AT)), x)
  })
}

it('reads again what broke off in the middle, and says so where it always does', async (t) => {
  const once = await opened(
    t,
    some(1, 'cut', ({ method }) => method === 'GET'),
  )
  await once.store.write(AT, x)
  assert.deepEqual(Buffer.from(await once.store.read(AT)), x)
  const always = await opened(
    t,
    some(99, 'cut', ({ method }) => method === 'GET'),
  )
  await always.store.write(AT, x)
  await assert.rejects(always.store.read(AT), { code: 'LAKE_UNAVAILABLE' })
})

// biome-ignore format: a table reads by its columns
const refusals: [name: string, meddling: Meddling, code: string, says: RegExp][] = [
  ['no file',        [404, 'NoSuchKey'],             'NOT_FOUND',        /There is no file s3:\/\/lake\/x/],
  ['no bucket',      [404, 'NoSuchBucket'],          'LAKE_UNAVAILABLE', /Make the bucket/],
  ['no right',       [403, 'AccessDenied'],          'LAKE_UNAVAILABLE', /AccessDenied.*AWS_ACCESS_KEY_ID/],
  ['a wrong secret', [403, 'SignatureDoesNotMatch'], 'LAKE_UNAVAILABLE', /AWS_SECRET_ACCESS_KEY/],
  ['another region', [301, 'PermanentRedirect'],     'LAKE_UNAVAILABLE', /Set AWS_REGION/],
  ['no answer',      'hang',                         'LAKE_UNAVAILABLE', /AWS_ENDPOINT_URL_S3/],
]

for (const [name, meddling, code, says] of refusals) {
  it(`says what to do about ${name}`, async (t) => {
    const { store } = await opened(t, some(99, meddling), { deadlineMs: 50 })
    const error = await store.read(AT).catch((thrown) => thrown)
    assert.equal(error.code, code)
    assert.match(error.message, says)
    assert.doesNotMatch(inspect(error, { depth: 9 }), new RegExp(SECRET))
  })
}

async function local(t: TestContext, bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-s3-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'data'), bytes)
  return join(folder, 'data')
}

const isPart = ({ method, query }: Asked) => method === 'PUT' && query.has('partNumber')

it('takes large files in parts, and aborts where one fails, with the local file still there', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 105 }, (_, i) => i))
  const path = await local(t, bytes)
  const failing = await opened(t, some(99, [400, 'BadDigest'], isPart), { partBytes: 10 })
  await assert.rejects(failing.store.publish(path, AT), { code: 'LAKE_UNAVAILABLE', message: /BadDigest/ })
  assert.equal(failing.uploads.size, 0)
  await assert.rejects(failing.store.read(AT), { code: 'NOT_FOUND' })
  const { store, asked, inFlight } = await opened(t, some(3, [503, 'SlowDown'], isPart), { partBytes: 10 })
  await store.publish(path, AT)
  assert.deepEqual(Buffer.from(await store.read(AT)), bytes)
  assert.equal(asked.filter(isPart).length, 11 + 3)
  assert.ok(inFlight.most <= 8)
  await assert.rejects(access(path), { code: 'ENOENT' })
})

it('has so many requests in flight and no more, whoever asks', async (t) => {
  const { store, inFlight } = await opened(t)
  await Promise.all(Array.from({ length: 60 }, (_, i) => store.write(`${AT}/${i}`, x)))
  assert.ok(inFlight.most <= 8)
  assert.equal((await Array.fromAsync(store.list(AT))).length, 60)
})

it('knows a file under every spelling of its location, and none elsewhere', async (t) => {
  const { store } = await opened(t)
  await store.write('s3a://lake/a b/exchange_date=2014-03-09/c%20d', x)
  assert.deepEqual(Buffer.from(await store.read('s3n://lake/a b/exchange_date=2014-03-09/c%20d')), x)
  for (const elsewhere of ['/lake/x', 'file:///lake/x', 'gs://lake/x'])
    await assert.rejects(store.read(elsewhere), { code: 'LAKE_UNAVAILABLE', message: /is not in S3/ })
})

it('tells the etag of what it gives, which another object at that place does not have', async (t) => {
  const { store } = await opened(t)
  const { signal } = new AbortController()
  await store.write(AT, x)
  const { etag, bytes } = await store.stream(AT, signal)
  assert.deepEqual(Buffer.concat(await Array.fromAsync(bytes)), x)
  assert.equal(await store.etag(AT, signal), etag)
  await store.write(AT, x.toReversed())
  assert.notEqual(await store.etag(AT, signal), etag)
  await store.delete(AT)
  await assert.rejects(store.etag(AT, signal), { code: 'NOT_FOUND' })
})

// biome-ignore format: a table reads by its columns
const tries: [name: string, meddling: Meddling, requests: number][] = [
  ['an error of the server',   [500, 'InternalError'],         4],
  ['not now',                  [503, 'SlowDown'],              4],
  ['too many',                 [429, 'TooManyRequests'],       4],
  ['too slow a request',       [400, 'RequestTimeout'],        4],
  ['clocks that differ',       [403, 'RequestTimeTooSkewed'],  4],
  ['a lost connection',        'reset',                        4],
  ['no right',                 [403, 'AccessDenied'],          1],
  ['a wrong secret',           [403, 'SignatureDoesNotMatch'], 1],
  ['no bucket',                [404, 'NoSuchBucket'],          1],
  ['another region',           [301, 'PermanentRedirect'],     1],
  ['what it does not take',    [400, 'InvalidRequest'],        1],
]

for (const [name, meddling, requests] of tries) {
  it(`asks ${requests} times at ${name}, and no retry around it again`, async (t) => {
    let asked = 0
    const retries = { baseDelayMs: 1, delayMsMax: 2 }
    const count = () => {
      asked++
      return meddling
    }
    const { store } = await opened(t, count, { guard: guard('store', { retries }) })
    const budget = { ...POLICIES.store.retries, ...retries }
    await assert.rejects(
      retry(() => store.write(AT, x), budget),
      { code: 'LAKE_UNAVAILABLE' },
    )
    assert.equal(asked, requests)
  })
}

it('asks nothing while its circuit is open, and goes on when it is back', async (t) => {
  const clock = manualClock()
  let asked = 0
  let isAway = true
  const meddle = () => {
    asked++
    return isAway ? ([503, 'SlowDown'] as const) : undefined
  }
  const policy = { failuresToOpen: 2, openMs: 1_000 }
  const { store } = await opened(t, meddle as (asked: Asked) => Meddling, {
    guard: guard('store', { clock, policy, retries: { attemptsMax: 1 } }),
  })
  for (let i = 0; i < 5; i++) await assert.rejects(store.write(AT, x), { code: 'LAKE_UNAVAILABLE' })
  assert.equal(asked, 2)
  isAway = false
  await assert.rejects(store.write(AT, x), /circuit of store is OPEN/)
  await clock.advance(1_000)
  await store.write(AT, x)
  assert.deepEqual(Buffer.from(await store.read(AT)), x)
})
