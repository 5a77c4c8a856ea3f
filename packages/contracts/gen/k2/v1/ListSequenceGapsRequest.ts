// Original file: proto/k2/v1/sequence.proto

import type { GapStatus as _k2_v1_GapStatus, GapStatus__Output as _k2_v1_GapStatus__Output } from '../../k2/v1/GapStatus.ts';

export interface ListSequenceGapsRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
  'date'?: (string);
  'statuses'?: (_k2_v1_GapStatus)[];
  'limit'?: (number);
  'cursor'?: (string);
}

export interface ListSequenceGapsRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
  'date': (string);
  'statuses': (_k2_v1_GapStatus__Output)[];
  'limit': (number);
  'cursor': (string);
}
