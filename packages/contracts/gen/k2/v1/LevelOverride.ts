// Original file: proto/k2/v1/degradation.proto

import type { Level as _k2_v1_Level, Level__Output as _k2_v1_Level__Output } from '../../k2/v1/Level.ts';
import type { Long } from '@grpc/proto-loader';

export interface LevelOverride {
  'level'?: (_k2_v1_Level);
  'reason'?: (string);
  'by'?: (string);
  'untilMicros'?: (number | string | Long);
}

export interface LevelOverride__Output {
  'level': (_k2_v1_Level__Output);
  'reason': (string);
  'by': (string);
  'untilMicros': (string);
}
