// Original file: proto/k2/v1/degradation.proto

import type { GroupLag as _k2_v1_GroupLag, GroupLag__Output as _k2_v1_GroupLag__Output } from '../../k2/v1/GroupLag.ts';

export interface PressureReport {
  'service'?: (string);
  'instance'?: (string);
  'lags'?: (_k2_v1_GroupLag)[];
  'heapShare'?: (number | string);
  'eventLoopDelaySeconds'?: (number | string);
  'commitAgeSeconds'?: (number | string);
  'alerts'?: (string)[];
  '_commitAgeSeconds'?: "commitAgeSeconds";
}

export interface PressureReport__Output {
  'service': (string);
  'instance': (string);
  'lags': (_k2_v1_GroupLag__Output)[];
  'heapShare': (number);
  'eventLoopDelaySeconds': (number);
  'commitAgeSeconds'?: (number);
  'alerts': (string)[];
  '_commitAgeSeconds'?: "commitAgeSeconds";
}
