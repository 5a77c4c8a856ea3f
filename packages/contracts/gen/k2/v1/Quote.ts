// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface Quote {
  'messageId'?: (string);
  'quoteId'?: (string);
  'symbol'?: (string);
  'exchange'?: (string);
  'assetClass'?: (string);
  'timestampMicros'?: (number | string | Long);
  'bidPrice'?: (string);
  'bidQuantity'?: (string);
  'askPrice'?: (string);
  'askQuantity'?: (string);
  'currency'?: (string);
  'sourceSequence'?: (number | string | Long);
  'ingestionTimestampMicros'?: (number | string | Long);
  'platformSequence'?: (number | string | Long);
  'vendorData'?: ({[key: string]: string});
  'kafkaTopic'?: (string);
  'kafkaPartition'?: (number);
  'kafkaOffset'?: (number | string | Long);
  '_bidPrice'?: "bidPrice";
  '_bidQuantity'?: "bidQuantity";
  '_askPrice'?: "askPrice";
  '_askQuantity'?: "askQuantity";
  '_sourceSequence'?: "sourceSequence";
}

export interface Quote__Output {
  'messageId': (string);
  'quoteId': (string);
  'symbol': (string);
  'exchange': (string);
  'assetClass': (string);
  'timestampMicros': (string);
  'bidPrice'?: (string);
  'bidQuantity'?: (string);
  'askPrice'?: (string);
  'askQuantity'?: (string);
  'currency': (string);
  'sourceSequence'?: (string);
  'ingestionTimestampMicros': (string);
  'platformSequence': (string);
  'vendorData': ({[key: string]: string});
  'kafkaTopic': (string);
  'kafkaPartition': (number);
  'kafkaOffset': (string);
  '_bidPrice'?: "bidPrice";
  '_bidQuantity'?: "bidQuantity";
  '_askPrice'?: "askPrice";
  '_askQuantity'?: "askQuantity";
  '_sourceSequence'?: "sourceSequence";
}
