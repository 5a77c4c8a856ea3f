// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface Reference {
  'messageId'?: (string);
  'companyId'?: (string);
  'symbol'?: (string);
  'exchange'?: (string);
  'assetClass'?: (string);
  'companyName'?: (string);
  'isin'?: (string);
  'currency'?: (string);
  'listingDateMicros'?: (number | string | Long);
  'delistingDateMicros'?: (number | string | Long);
  'isActive'?: (boolean);
  'ingestionTimestampMicros'?: (number | string | Long);
  'platformSequence'?: (number | string | Long);
  'vendorData'?: ({[key: string]: string});
  'kafkaTopic'?: (string);
  'kafkaPartition'?: (number);
  'kafkaOffset'?: (number | string | Long);
  '_isin'?: "isin";
  '_currency'?: "currency";
  '_listingDateMicros'?: "listingDateMicros";
  '_delistingDateMicros'?: "delistingDateMicros";
}

export interface Reference__Output {
  'messageId': (string);
  'companyId': (string);
  'symbol': (string);
  'exchange': (string);
  'assetClass': (string);
  'companyName': (string);
  'isin'?: (string);
  'currency'?: (string);
  'listingDateMicros'?: (string);
  'delistingDateMicros'?: (string);
  'isActive': (boolean);
  'ingestionTimestampMicros': (string);
  'platformSequence': (string);
  'vendorData': ({[key: string]: string});
  'kafkaTopic': (string);
  'kafkaPartition': (number);
  'kafkaOffset': (string);
  '_isin'?: "isin";
  '_currency'?: "currency";
  '_listingDateMicros'?: "listingDateMicros";
  '_delistingDateMicros'?: "delistingDateMicros";
}
