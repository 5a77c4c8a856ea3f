// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface OpenRange {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'fromSequence'?: (number | string | Long);
  'toSequence'?: (number | string | Long);
  'afterTimestampMicros'?: (number | string | Long);
  'beforeTimestampMicros'?: (number | string | Long);
  '_date'?: "date";
}

export interface OpenRange__Output {
  'symbol': (string);
  'exchange': (string);
  'date'?: (string);
  'fromSequence': (string);
  'toSequence': (string);
  'afterTimestampMicros': (string);
  'beforeTimestampMicros': (string);
  '_date'?: "date";
}
