// Original file: proto/k2/v1/sequence.proto

import type { Long } from '@grpc/proto-loader';

export interface SequencePosition {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'firstSequence'?: (number | string | Long);
  'lastSequence'?: (number | string | Long);
  'missing'?: (number | string | Long);
  'ranges'?: (number);
  'firstTimestampMicros'?: (number | string | Long);
  'lastTimestampMicros'?: (number | string | Long);
  'resets'?: (number);
  'knownFrom'?: (number | string | Long);
  'topic'?: (string);
  'partition'?: (number);
  'offset'?: (number | string | Long);
  '_knownFrom'?: "knownFrom";
}

export interface SequencePosition__Output {
  'symbol': (string);
  'exchange': (string);
  'date': (string);
  'firstSequence': (string);
  'lastSequence': (string);
  'missing': (string);
  'ranges': (number);
  'firstTimestampMicros': (string);
  'lastTimestampMicros': (string);
  'resets': (number);
  'knownFrom'?: (string);
  'topic': (string);
  'partition': (number);
  'offset': (string);
  '_knownFrom'?: "knownFrom";
}
