// Original file: proto/k2/v1/sequence.proto

import type { SequenceEventKind as _k2_v1_SequenceEventKind, SequenceEventKind__Output as _k2_v1_SequenceEventKind__Output } from '../../k2/v1/SequenceEventKind.ts';
import type { GapStatus as _k2_v1_GapStatus, GapStatus__Output as _k2_v1_GapStatus__Output } from '../../k2/v1/GapStatus.ts';
import type { Long } from '@grpc/proto-loader';

export interface SequenceEvent {
  'kind'?: (_k2_v1_SequenceEventKind);
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'fromSequence'?: (number | string | Long);
  'toSequence'?: (number | string | Long);
  'expectedSequence'?: (number | string | Long);
  'status'?: (_k2_v1_GapStatus);
  'missing'?: (number | string | Long);
  'topic'?: (string);
  'partition'?: (number);
  'offset'?: (number | string | Long);
  'untilOffset'?: (number | string | Long);
  'timestampMicros'?: (number | string | Long);
  'resets'?: (number);
  '_expectedSequence'?: "expectedSequence";
}

export interface SequenceEvent__Output {
  'kind': (_k2_v1_SequenceEventKind__Output);
  'symbol': (string);
  'exchange': (string);
  'date': (string);
  'fromSequence': (string);
  'toSequence': (string);
  'expectedSequence'?: (string);
  'status': (_k2_v1_GapStatus__Output);
  'missing': (string);
  'topic': (string);
  'partition': (number);
  'offset': (string);
  'untilOffset': (string);
  'timestampMicros': (string);
  'resets': (number);
  '_expectedSequence'?: "expectedSequence";
}
