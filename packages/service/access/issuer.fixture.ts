/** An issuer of tokens for tests: a server of its keys, which may change or be away. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export type Claims = { readonly [K in keyof JWTPayload]: JWTPayload[K] | undefined }

export interface Issuer {
  readonly url: string
  /** Of the keys. */
  readonly asked: () => number
  /** What it answers with instead; undefined: its keys. */
  fail(status: number | undefined, body?: string): void
  /** Another key, beside or in place of those there were. */
  rotate(how: 'beside' | 'in place'): Promise<void>
  /** By its newest key. */
  sign(payload: Claims, algorithm?: string): Promise<string>
  stop(): Promise<void>
}

export async function issuer(algorithm = 'ES256'): Promise<Issuer> {
  type Pair = {
    readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
    readonly jwk: object
    readonly kid: string
  }
  let pairs: Pair[] = []
  let made = 0
  let asked = 0
  let failure: { readonly status: number; readonly body: string } | undefined
  async function rotate(how: 'beside' | 'in place'): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(algorithm)
    const kid = `key-${++made}`
    const one = { privateKey, kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } }
    pairs = how === 'beside' ? [...pairs, one] : [one]
  }
  await rotate('in place')
  const server = createServer((_, answer) => {
    asked++
    answer.writeHead(failure?.status ?? 200, { 'content-type': 'application/json' })
    answer.end(failure?.body ?? JSON.stringify({ keys: pairs.map(({ jwk }) => jwk) }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    asked: () => asked,
    fail(status, body = '') {
      failure = status === undefined ? undefined : { status, body }
    },
    rotate,
    sign(payload, named = algorithm) {
      const { privateKey, kid } = pairs.at(-1)!
      return new SignJWT(payload as JWTPayload).setProtectedHeader({ alg: named, kid }).sign(privateKey)
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
