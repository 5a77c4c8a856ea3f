// Original file: proto/k2/v1/sequence.proto

import type { Long } from '@grpc/proto-loader';

export interface SequenceFill {
  'fromSequence'?: (number | string | Long);
  'toSequence'?: (number | string | Long);
  'offset'?: (number | string | Long);
  'timestampMicros'?: (number | string | Long);
}

export interface SequenceFill__Output {
  'fromSequence': (string);
  'toSequence': (string);
  'offset': (string);
  'timestampMicros': (string);
}
