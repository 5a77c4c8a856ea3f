// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface Trade {
  'messageId'?: (string);
  'tradeId'?: (string);
  'symbol'?: (string);
  'exchange'?: (string);
  'assetClass'?: (string);
  'timestampMicros'?: (number | string | Long);
  'price'?: (string);
  'quantity'?: (string);
  'currency'?: (string);
  'side'?: (string);
  'tradeConditions'?: (string)[];
  'sourceSequence'?: (number | string | Long);
  'ingestionTimestampMicros'?: (number | string | Long);
  'platformSequence'?: (number | string | Long);
  'vendorData'?: ({[key: string]: string});
  'kafkaTopic'?: (string);
  'kafkaPartition'?: (number);
  'kafkaOffset'?: (number | string | Long);
  '_sourceSequence'?: "sourceSequence";
}

export interface Trade__Output {
  'messageId': (string);
  'tradeId': (string);
  'symbol': (string);
  'exchange': (string);
  'assetClass': (string);
  'timestampMicros': (string);
  'price': (string);
  'quantity': (string);
  'currency': (string);
  'side': (string);
  'tradeConditions': (string)[];
  'sourceSequence'?: (string);
  'ingestionTimestampMicros': (string);
  'platformSequence': (string);
  'vendorData': ({[key: string]: string});
  'kafkaTopic': (string);
  'kafkaPartition': (number);
  'kafkaOffset': (string);
  '_sourceSequence'?: "sourceSequence";
}
