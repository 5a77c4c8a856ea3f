// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface Gap {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'afterSequence'?: (number | string | Long);
  'beforeSequence'?: (number | string | Long);
  'missing'?: (number | string | Long);
  'afterTimestampMicros'?: (number | string | Long);
  'beforeTimestampMicros'?: (number | string | Long);
  '_date'?: "date";
}

export interface Gap__Output {
  'symbol': (string);
  'exchange': (string);
  'date'?: (string);
  'afterSequence': (string);
  'beforeSequence': (string);
  'missing': (string);
  'afterTimestampMicros': (string);
  'beforeTimestampMicros': (string);
  '_date'?: "date";
}
