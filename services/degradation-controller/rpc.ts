/** The gRPC door: k2.v1.DegradationService over the controller and what it has heard. */

import { K2Error } from '@k2/contracts/codes.ts'
import { LEVEL_NAMES, type Level } from '@k2/contracts/degradation.ts'
import type { DegradationServiceDefinition } from '@k2/contracts/gen/k2/v1/DegradationService.ts'
import type { Level as LevelName } from '@k2/contracts/gen/k2/v1/Level.ts'
import type { LevelState } from '@k2/contracts/gen/k2/v1/LevelState.ts'
import { type RpcService, rpcService } from '@k2/service/rpc.ts'
import { DEGRADATION_SERVICE } from '@k2/shedding/controllers.ts'
import { history, type State } from '@k2/shedding/state.ts'
import type { LevelView } from '@k2/shedding/view.ts'
import type { DegradationController } from './compose.ts'
import { reportOf } from './core/reports.ts'

const HISTORY_DEFAULT = 100
const HISTORY_MAX = 1_000

export function degradationRpc(controller: DegradationController, view: LevelView): RpcService {
  const current = (): LevelState => stateMessage(controller.state(), view.heard().leader?.replica)
  return rpcService<DegradationServiceDefinition>(DEGRADATION_SERVICE, {
    async Report(request) {
      controller.report(reportOf(request))
      return current()
    },
    Get: async () => current(),
    Watch: (_, { signal, stopping }) => watched(view, current, AbortSignal.any([signal, stopping])),
    async Override({ level, seconds, reason, by }) {
      await controller.override({ level: numberOf(level), seconds, reason, by })
      return current()
    },
    async History({ limit }) {
      if (limit < 0 || limit > HISTORY_MAX)
        throw new K2Error('INVALID_ARGUMENT', `limit must be 1 to ${HISTORY_MAX}, or absent.`)
      const transitions = history(view.heard())
        .slice(0, limit || HISTORY_DEFAULT)
        .map(({ from, to, cause, atMs, epoch }) => ({
          ...{ from: nameOf(from), to: nameOf(to), cause, atMicros: micros(atMs), epoch: String(epoch) },
        }))
      return { transitions }
    },
  })
}

/** At first, and when the level, who set it, who says so or what is to be looked at is another. */
async function* watched(view: LevelView, current: () => LevelState, signal: AbortSignal): AsyncGenerator<LevelState> {
  let last = ''
  while (!signal.aborted) {
    const changed = Promise.withResolvers<void>()
    const forget = view.onChange(changed.resolve)
    signal.addEventListener('abort', () => changed.resolve(), { once: true })
    try {
      const state = current()
      const { level, bySignals, override, epoch, alerts } = state
      const text = JSON.stringify([level, bySignals, override, epoch, alerts])
      if (text !== last) yield state
      else await changed.promise
      last = text
    } finally {
      forget()
    }
  }
}

const nameOf = (level: Level): LevelName => `LEVEL_${LEVEL_NAMES[level]}`
/** A number that no level has stays one: it is refused as any other. */
const numberOf = (name: string | number): number =>
  typeof name === 'number' ? name : LEVEL_NAMES.findIndex((one) => `LEVEL_${one}` === name)
const micros = (ms: number): string => String(Math.round(ms * 1_000))

export function stateMessage(state: State | undefined, leader = ''): LevelState {
  if (state === undefined) return { level: 'LEVEL_NORMAL', cause: 'nobody has said a level yet', leader }
  const { level, cause, sinceMs, bySignals, override, signals, lagOf, heapOf, epoch, toldMs } = state
  return {
    ...{ level: nameOf(level), cause, sinceMicros: micros(sinceMs), bySignals: nameOf(bySignals.level), leader },
    ...(override && {
      override: { ...override, level: nameOf(override.level), untilMicros: micros(override.untilMs) },
    }),
    ...{ lagRecords: String(signals.lagRecords), lagOf, heapShare: signals.heapShare, heapOf },
    ...{ behindSeconds: signals.behindSeconds, isPartial: signals.isPartial },
    ...{ epoch: String(epoch), toldMicros: micros(toldMs), alerts: [...(state.alerts ?? [])] },
  }
}
