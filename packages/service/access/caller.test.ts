/** A client holds a server to the name, or the number, that it asked. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { K2Error } from '@k2/contracts/codes.ts'
import { createRpcClient } from '../rpc-client.ts'
import { callerOf } from './caller.ts'
import { authority } from './certificates.fixture.ts'
import { doors, type GateDefinition, gate } from './doors.fixture.ts'

const ca = authority('K2 test')
const TLS = { tlsCertFile: 'FOLDER/cert', tlsKeyFile: 'FOLDER/key' }

// biome-ignore format: a table reads by its columns
const servers: [name: string, host: string, certified: readonly string[], code: string][] = [
  ['a name that is in the certificate',       'localhost', ['localhost'], 'ok'],
  ['a name that is not',                      'localhost', [],            'NOT_READY'],
  ['a number that is in the certificate',     '127.0.0.1', ['127.0.0.1'], 'ok'],
  ['a number that is not, though a name is',  '127.0.0.1', ['localhost'], 'NOT_READY'],
]
for (const [name, host, certified, code] of servers)
  test(`asked by ${name}: ${code}`, () => {
    const { cert, key } = ca.issue('server', { certified })
    return doors(
      TLS,
      async ({ address, folder }) => {
        const at = address.replace('localhost', host)
        const caller = callerOf({ tlsCaFile: join(folder, 'ca') })
        const client = createRpcClient<GateDefinition>(gate, { address: at, deadlineMs: 5_000, ...caller(at) })
        const said = await client.call('GetWord', {}).then(
          () => 'ok',
          (error) => (error as K2Error).code,
        )
        client.close()
        assert.equal(said, code)
      },
      { cert, key, ca: ca.cert },
    )
  })

test('a file that is not there is told by its setting', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k2-caller-'))
  try {
    writeFileSync(join(folder, 'ca'), ca.cert)
    assert.throws(() => callerOf({ tlsCaFile: join(folder, 'none') }), {
      message: /^K2_TLS_CA is .*none, and cannot be read/,
    })
    const own = { tlsCertFile: join(folder, 'ca'), tlsKeyFile: join(folder, 'none') }
    assert.throws(() => callerOf({ tlsCaFile: join(folder, 'ca'), ...own }), {
      code: 'SETTINGS_INVALID',
      message: /^K2_TLS_KEY/,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
