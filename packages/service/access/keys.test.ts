import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { addKey, keysOfFile, revokeKey } from './key-file.ts'
import { keyOf, makeKey, readKeys } from './keys.ts'

const created = '2026-01-01T00:00:00Z'
const AT_MS = Date.parse('2026-06-01T00:00:00Z')
const { line, key } = makeKey({ name: 'a', role: 'read', created, ratePerMinute: 5, expires: '2026-06-02T00:00:00Z' })
const text = JSON.stringify(line)
const changed = (fields: object) => JSON.stringify({ ...line, ...fields })

// biome-ignore format: a table reads by its columns
const broken: [name: string, text: string, why: RegExp][] = [
  ['no JSON',                 `${text}\n{`,                                      /^line 2: it is no JSON$/],
  ['no object',               'null',                                            /^line 1: it is no object$/],
  ['an id of another shape',  changed({ id: 'X' }),                              /^line 1: id must be 12 hexadecimal/],
  ['no name',                 changed({ name: '' }),                             /name must be a text/],
  ['a role that is none',     changed({ role: 'root' }),                         /role must be read or admin/],
  ['a hash that is cut',      changed({ hash: 'abc' }),                          /hash must be 32 bytes/],
  ['a salt that is cut',      changed({ salt: 'abc' }),                          /salt must be 16 bytes/],
  ['a rate that is no count', changed({ ratePerMinute: -1 }),                    /ratePerMinute must be a whole number/],
  ['a quota in words',        changed({ quotaPerDay: 'many' }),                  /quotaPerDay must be a whole number/],
  ['an expiry that is none',  changed({ expires: 'soon' }),                      /expires must be a time/],
  ['a key that stands twice', `${text}\n${text}`,                                /^line 2: the id .* stands in a line before/],
  ['a revocation of nothing', JSON.stringify({ id: line.id, revoked: created }), /no line before it has that key/],
]
for (const [name, file, why] of broken)
  test(`a file with ${name} is refused`, () => assert.throws(() => readKeys(file), { message: why }))

test('a key counts until it expires or is revoked', () => {
  const keys = readKeys(`\n${text}\n\n`)
  assert.equal(keyOf(keys, key, AT_MS)?.name, 'a')
  assert.equal(keyOf(keys, key, Date.parse(line.expires!)), undefined)
  const revoked = readKeys(`${text}\n${JSON.stringify({ id: line.id, revoked: created })}`)
  assert.equal(keyOf(revoked, key, AT_MS), undefined)
})

test('equal names have keys of their own, and a line has nothing of the secret', () => {
  const other = makeKey({ name: 'a', role: 'read', created })
  assert.notEqual(other.key, key)
  assert.equal(keyOf(readKeys(text), other.key, AT_MS), undefined)
  assert.ok(!text.includes(key.split('_')[2]!))
})

test('a file is made, added to and revoked from; only its owner reads it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k2-keys-'))
  const file = join(folder, 'keys')
  try {
    const first = addKey(file, { name: 'one', role: 'admin', created })
    assert.equal(statSync(file).mode & 0o777, 0o600)
    // As an editor may leave it.
    writeFileSync(file, readFileSync(file, 'utf8').trimEnd())
    addKey(file, { name: 'two', role: 'read', created })
    revokeKey(file, first.line.id, created)
    revokeKey(file, first.line.id, '2026-02-01T00:00:00Z')
    const kept = [...keysOfFile(file).values()].map(({ name, revoked }) => [name, revoked])
    assert.deepEqual(kept, [
      ['one', created],
      ['two', undefined],
    ])
    assert.throws(() => revokeKey(file, 'abc', created), { code: 'NOT_FOUND' })
    writeFileSync(file, 'x')
    assert.throws(() => addKey(file, { name: 'three', role: 'read', created }), { code: 'INPUT_UNREADABLE' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** CPU of so many judgements; the least of some rounds, since a machine has others on it. */
function leastCpuMicros(keys: ReturnType<typeof readKeys>, texts: readonly string[]): number {
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    for (const one of texts) keyOf(keys, one, AT_MS)
    const { user, system } = process.cpuUsage(before)
    return user + system
  })
  return Math.min(...rounds)
}

test('a wrong key costs what a right one costs', (t) => {
  const made = Array.from({ length: 1_000 }, () => makeKey({ name: 'n', role: 'read', created }))
  const keys = readKeys(made.map((one) => JSON.stringify(one.line)).join('\n'))
  const secret = () => randomBytes(32).toString('base64url')
  const right = made.map((one) => one.key)
  const kinds = {
    right,
    'first letter wrong': right.map((one) => `${one.slice(0, 16)}${one[16] === 'A' ? 'B' : 'A'}${one.slice(17)}`),
    'last letter wrong': right.map((one) => `${one.slice(0, -2)}${one.at(-2) === 'A' ? 'B' : 'A'}${one.at(-1)}`),
    'id of nobody': right.map(() => `k2_${randomBytes(6).toString('hex')}_${secret()}`),
    'no key': right.map(() => secret()),
  }
  for (const texts of Object.values(kinds)) leastCpuMicros(keys, texts) // warm
  const costs = Object.entries(kinds).map(([kind, texts]) => [kind, leastCpuMicros(keys, texts)] as const)
  const base = costs[0]![1]
  t.diagnostic(costs.map(([kind, micros]) => `${kind} ${(micros / right.length).toFixed(2)} µs`).join(', '))
  // The bounds are wide: who left out the hash for what cannot be right would be at a tenth.
  for (const [kind, micros] of costs) assert.ok(micros > base / 2 && micros < base * 2, `${kind}: ${micros} to ${base}`)
})
