// Original file: proto/k2/v1/degradation.proto

import type { Level as _k2_v1_Level, Level__Output as _k2_v1_Level__Output } from '../../k2/v1/Level.ts';
import type { LevelOverride as _k2_v1_LevelOverride, LevelOverride__Output as _k2_v1_LevelOverride__Output } from '../../k2/v1/LevelOverride.ts';
import type { Long } from '@grpc/proto-loader';

export interface LevelState {
  'level'?: (_k2_v1_Level);
  'cause'?: (string);
  'sinceMicros'?: (number | string | Long);
  'bySignals'?: (_k2_v1_Level);
  'override'?: (_k2_v1_LevelOverride | null);
  'lagRecords'?: (number | string | Long);
  'lagOf'?: (string);
  'heapShare'?: (number | string);
  'heapOf'?: (string);
  'behindSeconds'?: (number | string);
  'isPartial'?: (boolean);
  'epoch'?: (number | string | Long);
  'leader'?: (string);
  'toldMicros'?: (number | string | Long);
  'alerts'?: (string)[];
}

export interface LevelState__Output {
  'level': (_k2_v1_Level__Output);
  'cause': (string);
  'sinceMicros': (string);
  'bySignals': (_k2_v1_Level__Output);
  'override': (_k2_v1_LevelOverride__Output | null);
  'lagRecords': (string);
  'lagOf': (string);
  'heapShare': (number);
  'heapOf': (string);
  'behindSeconds': (number);
  'isPartial': (boolean);
  'epoch': (string);
  'leader': (string);
  'toldMicros': (string);
  'alerts': (string)[];
}
