// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface LedgerGap {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'status'?: (string);
  'fromSequence'?: (number | string | Long);
  'toSequence'?: (number | string | Long);
  'missing'?: (number | string | Long);
  'open'?: (string)[];
  'filled'?: (string)[];
  'filledByOffset'?: (string)[];
  'filledTimestamp'?: (string)[];
  'filledMore'?: (number);
  'topic'?: (string);
  'partition'?: (number);
  'offset'?: (number | string | Long);
  'timestampMicros'?: (number | string | Long);
  '_date'?: "date";
}

export interface LedgerGap__Output {
  'symbol': (string);
  'exchange': (string);
  'date'?: (string);
  'status': (string);
  'fromSequence': (string);
  'toSequence': (string);
  'missing': (string);
  'open': (string)[];
  'filled': (string)[];
  'filledByOffset': (string)[];
  'filledTimestamp': (string)[];
  'filledMore': (number);
  'topic': (string);
  'partition': (number);
  'offset': (string);
  'timestampMicros': (string);
  '_date'?: "date";
}
