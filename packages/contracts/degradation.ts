/** Levels of degradation: one for the platform, as everybody names it. What each of them does is a setting (packages/shedding). */

export const LEVEL_NAMES = ['NORMAL', 'SOFT', 'GRACEFUL', 'AGGRESSIVE', 'CIRCUIT_BREAK'] as const

export type LevelName = (typeof LEVEL_NAMES)[number]
export type Level = 0 | 1 | 2 | 3 | 4

export const LEVEL_MAX = 4 satisfies Level

export const levelName = (level: Level): LevelName => LEVEL_NAMES[level]
