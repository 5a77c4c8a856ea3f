/**
 * What every log does, whatever lies under it: an adapter's test calls logContract with a way to open one.
 */
import { after, before, describe } from 'node:test'
import { appending } from './contract/append.contract.ts'
import { compacted } from './contract/compacted.contract.ts'
import { following } from './contract/follow.contract.ts'
import { groups } from './contract/group.contract.ts'
import { ranges } from './contract/range.contract.ts'
import { sharing } from './contract/sharing.contract.ts'
import { type LogUnderTest, World } from './contract/world.ts'

export type { LogUnderTest } from './contract/world.ts'

/** Registers the tests. `deadlineMs` is how long anything may take to arrive. */
export function logContract(name: string, open: () => Promise<LogUnderTest>, deadlineMs = 30_000): void {
  describe(name, () => {
    const world = new World(open, deadlineMs)
    before(() => world.open())
    after(() => world.close())
    describe('append and read', () => appending(world))
    describe('ranges of offsets', () => ranges(world))
    describe('following', () => following(world))
    describe('groups', () => groups(world))
    describe('sharing a group', () => sharing(world))
    describe('compacted topics', () => compacted(world))
  })
}
