// Original file: proto/k2/v1/sequence.proto

import type { GapStatus as _k2_v1_GapStatus, GapStatus__Output as _k2_v1_GapStatus__Output } from '../../k2/v1/GapStatus.ts';
import type { MissingNumbers as _k2_v1_MissingNumbers, MissingNumbers__Output as _k2_v1_MissingNumbers__Output } from '../../k2/v1/MissingNumbers.ts';
import type { SequenceFill as _k2_v1_SequenceFill, SequenceFill__Output as _k2_v1_SequenceFill__Output } from '../../k2/v1/SequenceFill.ts';
import type { Long } from '@grpc/proto-loader';

export interface SequenceGap {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'fromSequence'?: (number | string | Long);
  'toSequence'?: (number | string | Long);
  'status'?: (_k2_v1_GapStatus);
  'missing'?: (number | string | Long);
  'open'?: (_k2_v1_MissingNumbers)[];
  'fills'?: (_k2_v1_SequenceFill)[];
  'fillsMore'?: (number);
  'topic'?: (string);
  'partition'?: (number);
  'offset'?: (number | string | Long);
  'timestampMicros'?: (number | string | Long);
  'resets'?: (number);
}

export interface SequenceGap__Output {
  'symbol': (string);
  'exchange': (string);
  'date': (string);
  'fromSequence': (string);
  'toSequence': (string);
  'status': (_k2_v1_GapStatus__Output);
  'missing': (string);
  'open': (_k2_v1_MissingNumbers__Output)[];
  'fills': (_k2_v1_SequenceFill__Output)[];
  'fillsMore': (number);
  'topic': (string);
  'partition': (number);
  'offset': (string);
  'timestampMicros': (string);
  'resets': (number);
}
