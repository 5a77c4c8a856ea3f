/** The shared store of one process: what it forgets at its end is read from the log again. */
import { ID_BYTES, type Position, type SharedStore } from './store.ts'

export function memoryStore(): SharedStore {
  const positions = new Map<string, Position>()
  const slices = new Map<string, Map<string, bigint>>()
  const nameOf = (scope: string, slice: number) => `${scope} ${slice}`

  return {
    positions: async (keys) => keys.map((key) => positions.get(key)),
    async advance(wanted) {
      return wanted.map((position) => {
        const stands = positions.get(position.key)
        if (stands !== undefined && stands.offset >= position.offset) return stands
        positions.set(position.key, position)
        return undefined
      })
    },
    async drop(keys) {
      for (const key of keys) positions.delete(key)
    },
    async remember(scope, slice, { ids, offsets }) {
      const name = nameOf(scope, slice)
      const known = slices.get(name) ?? new Map<string, bigint>()
      slices.set(name, known)
      for (const [i, offset] of offsets.entries()) known.set(idAt(ids, i), offset)
    },
    async seen(scope, wanted, ids) {
      const known = wanted.flatMap((slice) => slices.get(nameOf(scope, slice)) ?? [])
      return Array.from({ length: ids.length / ID_BYTES }, (_, i) =>
        known.flatMap((one) => one.get(idAt(ids, i)) ?? []),
      )
    },
    async forget(scope, gone) {
      for (const slice of gone) slices.delete(nameOf(scope, slice))
    },
    async close() {},
  }
}

const idAt = (ids: Uint8Array, i: number): string =>
  Buffer.from(ids.buffer, ids.byteOffset + i * ID_BYTES, ID_BYTES).toString('latin1')
