// Original file: proto/k2/v1/sequence.proto

import type { Long } from '@grpc/proto-loader';

export interface MissingNumbers {
  'fromSequence'?: (number | string | Long);
  'toSequence'?: (number | string | Long);
  'afterTimestampMicros'?: (number | string | Long);
  'beforeTimestampMicros'?: (number | string | Long);
}

export interface MissingNumbers__Output {
  'fromSequence': (string);
  'toSequence': (string);
  'afterTimestampMicros': (string);
  'beforeTimestampMicros': (string);
}
