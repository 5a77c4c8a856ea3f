// Original file: proto/k2/v1/degradation.proto

import type { Level as _k2_v1_Level, Level__Output as _k2_v1_Level__Output } from '../../k2/v1/Level.ts';

export interface OverrideLevelRequest {
  'level'?: (_k2_v1_Level);
  'seconds'?: (number);
  'reason'?: (string);
  'by'?: (string);
}

export interface OverrideLevelRequest__Output {
  'level': (_k2_v1_Level__Output);
  'seconds': (number);
  'reason': (string);
  'by': (string);
}
