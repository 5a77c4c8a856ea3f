/**
 * Has one fault after the other befall a fleet; what it could not do now (nobody is there to be killed, no request came to
 * be lost) it does not count, and has come later. Several last at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fleet, SESSION_MS, type Sink } from '../worlds/real/fleet.ts'
import type { Fault } from '../worlds/real/proxy.ts'
import { HTTP, type Kind, NAMES } from './kinds.ts'

type Server = 'kafka' | 'catalog' | 's3'

const MEMBERS_MIN = 3
const MEMBERS_MAX = 5
const BUSY_MAX = 8
/** An armed fault befalls the next exchange that it suits; beyond it none came. */
const ARMED_MS_MAX = 20_000

export class Injector {
  readonly counts = Object.fromEntries(NAMES.map((kind) => [kind, 0])) as Record<Kind, number>
  /** To be tried again. */
  readonly undone: Kind[] = []
  readonly fleet: Fleet
  readonly #random: () => number
  readonly #armed: Armed
  readonly #busy = new Set<Promise<void>>()
  readonly #down = new Map<Server, Promise<void>>()
  #isOver = false
  #failure: unknown

  private constructor(fleet: Fleet, armed: Armed, random: () => number) {
    this.fleet = fleet
    this.#armed = armed
    this.#random = random
  }

  static async open(set: string, random: () => number): Promise<Injector> {
    const armed: Armed = { catalog: [], s3: [] }
    const take = (server: keyof Armed) => (method: string) => {
      const at = armed[server].findIndex(({ fault }) => fault !== 'conflict' || method === 'POST')
      if (at < 0) return undefined
      const [one] = armed[server].splice(at, 1)
      one!.struck()
      return one!.fault
    }
    const sink = { K2_SINK_UPKEEP_INTERVAL: '20000' }
    const fleet = await Fleet.open({ set, sink, catalogFault: take('catalog'), s3Fault: take('s3') })
    while (fleet.members.length < MEMBERS_MIN) fleet.join()
    return new Injector(fleet, armed, random)
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }

  get missing(): Kind[] {
    return NAMES.filter((kind) => this.counts[kind] === 0)
  }

  /** Begins one, once there are few enough. */
  async strike(kind: Kind): Promise<void> {
    while (this.#busy.size >= BUSY_MAX) await Promise.race(this.#busy)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isOver) return
    const work = this.#befall(kind)
      .catch((error) => {
        this.#failure ??= error
      })
      .finally(() => this.#busy.delete(work))
    this.#busy.add(work)
  }

  /** Until none lasts, and all is as it should be again. */
  async calm(): Promise<void> {
    await Promise.all(this.#busy)
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Nothing begins any more, and no server is on its way up. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.allSettled(this.#down.values())
  }

  async #befall(kind: Kind): Promise<void> {
    const http = HTTP[kind]
    const isDone = http ? await this.#arm(...http) : await this.#deeds[kind]!()
    if (isDone) this.counts[kind]++
    else this.undone.push(kind)
  }

  #between(fromMs: number, toMs: number): number {
    return Math.floor(fromMs + this.#random() * (toMs - fromMs))
  }

  /** Of those that do not stand still. */
  #anyMember(): Sink | undefined {
    const able = this.fleet.members.filter(({ isStopped }) => !isStopped)
    return able[Math.floor(this.#random() * able.length)]
  }

  /** Half of the connections, or all. */
  #some(): () => boolean {
    const share = this.#random() < 0.5 ? 1 : 0.5
    return () => this.#random() < share
  }

  readonly #deeds: Readonly<Partial<Record<Kind, () => Promise<boolean>>>> = {
    'sink killed': () => this.#end('SIGKILL'),
    'sink asked to leave': () => this.#end('SIGTERM'),
    'sink joined': async () => {
      this.fleet.join()
      if (this.fleet.members.length > MEMBERS_MAX) await this.#anyMember()?.kill('SIGTERM')
      return true
    },
    'sink stood still': () => this.#stop(this.#between(200, SESSION_MS / 2)),
    'sink stood still too long': () => this.#stop(this.#between(1.3 * SESSION_MS, 2 * SESSION_MS)),
    'rebalance storm': async () => {
      for (let i = this.#between(2, 5); i > 0; i--) await this.fleet.intrude(this.#between(100, 1_000))
      return true
    },
    'broker killed': () => this.#restart('kafka', 'crash'),
    'broker restarted': () => this.#restart('kafka', 'restart'),
    'catalog killed': () => this.#restart('catalog', 'crash'),
    'store killed': () => this.#restart('s3', 'crash'),
    'network cut': async () => this.fleet.network.cut(this.#between(0, 3_000), this.#some()) > 0,
    'network silent': async () => {
      const isStruck = this.fleet.network.silence(this.#some()) > 0
      await sleep(this.#between(500, 8_000))
      // Some middlebox says so in the end; else the clients find out by themselves.
      if (this.#random() < 0.5) this.fleet.network.reset()
      return isStruck
    },
    'network late': async () => {
      const forMs = this.#between(500, 4_000)
      const isStruck = this.fleet.network.delay(this.#between(20, 1_000), forMs) > 0
      await sleep(forMs)
      return isStruck
    },
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<boolean> {
    const sink = this.#anyMember()
    if (sink === undefined) return false
    const ended = sink.kill(signal)
    while (this.fleet.members.length < MEMBERS_MIN) this.fleet.join()
    await ended
    return true
  }

  async #stop(forMs: number): Promise<boolean> {
    const sink = this.#anyMember()
    await sink?.stop(forMs)
    return sink !== undefined
  }

  async #restart(server: Server, how: 'crash' | 'restart'): Promise<boolean> {
    if (this.#down.has(server)) return false
    const restarted = this.fleet.servers[server][how]()
    this.#down.set(server, restarted)
    await restarted
    this.#down.delete(server)
    return true
  }

  #arm(server: keyof Armed, fault: Fault): Promise<boolean> {
    return new Promise((resolve) => {
      const one = { fault, struck: () => resolve(true) }
      this.#armed[server].push(one)
      setTimeout(() => {
        const at = this.#armed[server].indexOf(one)
        if (at >= 0) this.#armed[server].splice(at, 1)
        resolve(false)
      }, ARMED_MS_MAX).unref()
    })
  }
}

type Armed = Record<'catalog' | 's3', { readonly fault: Fault; readonly struck: () => void }[]>
