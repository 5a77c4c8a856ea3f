// Original file: proto/k2/v1/sequence.proto

import type { SequenceEvent as _k2_v1_SequenceEvent, SequenceEvent__Output as _k2_v1_SequenceEvent__Output } from '../../k2/v1/SequenceEvent.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ListSequenceEventsResponse {
  'events'?: (_k2_v1_SequenceEvent)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface ListSequenceEventsResponse__Output {
  'events': (_k2_v1_SequenceEvent__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
