// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface GapCoverage {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'complete'?: (boolean);
  'missing'?: (number | string | Long);
  'open'?: (string)[];
  'firstSequence'?: (number | string | Long);
  'lastSequence'?: (number | string | Long);
  'firstTimestampMicros'?: (number | string | Long);
  'lastTimestampMicros'?: (number | string | Long);
  'knownFrom'?: (number | string | Long);
  '_knownFrom'?: "knownFrom";
}

export interface GapCoverage__Output {
  'symbol': (string);
  'exchange': (string);
  'date': (string);
  'complete': (boolean);
  'missing': (string);
  'open': (string)[];
  'firstSequence': (string);
  'lastSequence': (string);
  'firstTimestampMicros': (string);
  'lastTimestampMicros': (string);
  'knownFrom'?: (string);
  '_knownFrom'?: "knownFrom";
}
