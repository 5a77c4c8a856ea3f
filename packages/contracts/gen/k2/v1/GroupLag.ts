// Original file: proto/k2/v1/degradation.proto

import type { Long } from '@grpc/proto-loader';

export interface GroupLag {
  'group'?: (string);
  'topic'?: (string);
  'partition'?: (number);
  'lagRecords'?: (number | string | Long);
  'behindSeconds'?: (number | string);
}

export interface GroupLag__Output {
  'group': (string);
  'topic': (string);
  'partition': (number);
  'lagRecords': (string);
  'behindSeconds': (number);
}
