/** What goes wrong in a campaign, and how often as a share of all. */
import type { Fault } from '../worlds/real/proxy.ts'

// biome-ignore format: a table reads by its columns
export const KINDS = {
  'sink killed':                   [6, 'kill -9; another takes its place'],
  'sink asked to leave':           [4, 'SIGTERM; another takes its place'],
  'sink joined':                   [3, 'one more member'],
  'sink stood still':              [8, 'SIGSTOP, and SIGCONT before its session ends'],
  'sink stood still too long':     [2, 'SIGCONT after others have its partitions'],
  'rebalance storm':               [3, 'a member of another kind joins and leaves, again and again'],
  'broker killed':                 [2, 'kill -9, and started again'],
  'broker restarted':              [1, 'SIGTERM, and started again'],
  'catalog killed':                [3, 'kill -9, and started again'],
  'store killed':                  [4, 'kill -9, and started again'],
  'network cut':                   [9, 'connections to the broker are reset; none is let in for a while'],
  'network silent':                [6, 'connections to the broker carry nothing any more, and seem well'],
  'network late':                  [8, 'bytes come late'],
  'catalog: request lost':         [6, 'it never arrives'],
  'catalog: answer lost':          [6, 'done, and nobody hears of it'],
  'catalog: 502 though done':      [4, 'a gateway gave up waiting'],
  'catalog: 503':                  [4, 'a gateway without a server'],
  'catalog: 409':                  [4, 'a conflict that the server knows nothing of'],
  'store: request lost':           [5, 'it never arrives'],
  'store: answer lost':            [5, 'done, and nobody hears of it'],
  'store: 502 though done':        [4, 'a gateway gave up waiting'],
  'store: 503':                    [5, 'a gateway without a server'],
} as const

export type Kind = keyof typeof KINDS

export const NAMES = Object.keys(KINDS) as Kind[]

/** Those that befall one HTTP exchange. */
export const HTTP: Readonly<Partial<Record<Kind, readonly [server: 'catalog' | 's3', Fault]>>> = {
  'catalog: request lost': ['catalog', 'lose-request'],
  'catalog: answer lost': ['catalog', 'lose-answer'],
  'catalog: 502 though done': ['catalog', 'give-up'],
  'catalog: 503': ['catalog', 'no-server'],
  'catalog: 409': ['catalog', 'conflict'],
  'store: request lost': ['s3', 'lose-request'],
  'store: answer lost': ['s3', 'lose-answer'],
  'store: 502 though done': ['s3', 'give-up'],
  'store: 503': ['s3', 'no-server'],
}

/** Each kind once, in any order, and then by their shares. */
export function* schedule(random: () => number): Generator<Kind, never> {
  const first = NAMES.map((kind) => ({ kind, at: random() })).sort((a, b) => a.at - b.at)
  for (const { kind } of first) yield kind
  const shares = NAMES.flatMap((kind) => Array<Kind>(KINDS[kind][0]).fill(kind))
  for (;;) yield shares[Math.floor(random() * shares.length)]!
}
