// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface OffsetRange {
  'topic'?: (string);
  'partition'?: (number);
  'from'?: (number | string | Long);
  'to'?: (number | string | Long);
  'reason'?: (string);
}

export interface OffsetRange__Output {
  'topic': (string);
  'partition': (number);
  'from': (string);
  'to': (string);
  'reason': (string);
}
