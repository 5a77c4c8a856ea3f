// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface Degradation {
  'level'?: (number);
  'name'?: (string);
  'sinceMicros'?: (number | string | Long);
  'cause'?: (string);
  'bySignals'?: (string);
  'setUntilMicros'?: (number | string | Long);
  'lagRecords'?: (number | string | Long);
  'lagOf'?: (string);
  'heapShare'?: (string);
  'heapOf'?: (string);
  'heardAtMicros'?: (number | string | Long);
  'trouble'?: (string);
  'alerts'?: (string)[];
  '_sinceMicros'?: "sinceMicros";
  '_setUntilMicros'?: "setUntilMicros";
  '_lagRecords'?: "lagRecords";
  '_lagOf'?: "lagOf";
  '_heapShare'?: "heapShare";
  '_heapOf'?: "heapOf";
  '_heardAtMicros'?: "heardAtMicros";
  '_trouble'?: "trouble";
}

export interface Degradation__Output {
  'level': (number);
  'name': (string);
  'sinceMicros'?: (string);
  'cause': (string);
  'bySignals': (string);
  'setUntilMicros'?: (string);
  'lagRecords'?: (string);
  'lagOf'?: (string);
  'heapShare'?: (string);
  'heapOf'?: (string);
  'heardAtMicros'?: (string);
  'trouble'?: (string);
  'alerts': (string)[];
  '_sinceMicros'?: "sinceMicros";
  '_setUntilMicros'?: "setUntilMicros";
  '_lagRecords'?: "lagRecords";
  '_lagOf'?: "lagOf";
  '_heapShare'?: "heapShare";
  '_heapOf'?: "heapOf";
  '_heardAtMicros'?: "heardAtMicros";
  '_trouble'?: "trouble";
}
