// Original file: proto/k2/v1/sequence.proto

import type { SequenceEventKind as _k2_v1_SequenceEventKind, SequenceEventKind__Output as _k2_v1_SequenceEventKind__Output } from '../../k2/v1/SequenceEventKind.ts';

export interface ListSequenceEventsRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
  'date'?: (string);
  'kinds'?: (_k2_v1_SequenceEventKind)[];
  'limit'?: (number);
  'cursor'?: (string);
}

export interface ListSequenceEventsRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
  'date': (string);
  'kinds': (_k2_v1_SequenceEventKind__Output)[];
  'limit': (number);
  'cursor': (string);
}
