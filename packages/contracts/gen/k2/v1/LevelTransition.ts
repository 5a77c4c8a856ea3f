// Original file: proto/k2/v1/degradation.proto

import type { Level as _k2_v1_Level, Level__Output as _k2_v1_Level__Output } from '../../k2/v1/Level.ts';
import type { Long } from '@grpc/proto-loader';

export interface LevelTransition {
  'from'?: (_k2_v1_Level);
  'to'?: (_k2_v1_Level);
  'cause'?: (string);
  'atMicros'?: (number | string | Long);
  'epoch'?: (number | string | Long);
}

export interface LevelTransition__Output {
  'from': (_k2_v1_Level__Output);
  'to': (_k2_v1_Level__Output);
  'cause': (string);
  'atMicros': (string);
  'epoch': (string);
}
