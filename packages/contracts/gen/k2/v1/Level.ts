// Original file: proto/k2/v1/degradation.proto

export const Level = {
  LEVEL_NORMAL: 'LEVEL_NORMAL',
  LEVEL_SOFT: 'LEVEL_SOFT',
  LEVEL_GRACEFUL: 'LEVEL_GRACEFUL',
  LEVEL_AGGRESSIVE: 'LEVEL_AGGRESSIVE',
  LEVEL_CIRCUIT_BREAK: 'LEVEL_CIRCUIT_BREAK',
} as const;

export type Level =
  | 'LEVEL_NORMAL'
  | 0
  | 'LEVEL_SOFT'
  | 1
  | 'LEVEL_GRACEFUL'
  | 2
  | 'LEVEL_AGGRESSIVE'
  | 3
  | 'LEVEL_CIRCUIT_BREAK'
  | 4

export type Level__Output = typeof Level[keyof typeof Level]
