// Original file: proto/k2/v1/degradation.proto

import type { LevelTransition as _k2_v1_LevelTransition, LevelTransition__Output as _k2_v1_LevelTransition__Output } from '../../k2/v1/LevelTransition.ts';

export interface LevelHistory {
  'transitions'?: (_k2_v1_LevelTransition)[];
}

export interface LevelHistory__Output {
  'transitions': (_k2_v1_LevelTransition__Output)[];
}
