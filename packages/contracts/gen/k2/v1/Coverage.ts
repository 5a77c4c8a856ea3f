// Original file: proto/k2/v1/sequence.proto

import type { MissingNumbers as _k2_v1_MissingNumbers, MissingNumbers__Output as _k2_v1_MissingNumbers__Output } from '../../k2/v1/MissingNumbers.ts';
import type { Long } from '@grpc/proto-loader';

export interface Coverage {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'complete'?: (boolean);
  'missing'?: (_k2_v1_MissingNumbers)[];
  'firstSequence'?: (number | string | Long);
  'lastSequence'?: (number | string | Long);
  'firstTimestampMicros'?: (number | string | Long);
  'lastTimestampMicros'?: (number | string | Long);
  'knownFrom'?: (number | string | Long);
  '_knownFrom'?: "knownFrom";
}

export interface Coverage__Output {
  'symbol': (string);
  'exchange': (string);
  'date': (string);
  'complete': (boolean);
  'missing': (_k2_v1_MissingNumbers__Output)[];
  'firstSequence': (string);
  'lastSequence': (string);
  'firstTimestampMicros': (string);
  'lastTimestampMicros': (string);
  'knownFrom'?: (string);
  '_knownFrom'?: "knownFrom";
}
