import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Bar as _k2_v1_Bar, Bar__Output as _k2_v1_Bar__Output } from './k2/v1/Bar.ts';
import type { GetOhlcvRequest as _k2_v1_GetOhlcvRequest, GetOhlcvRequest__Output as _k2_v1_GetOhlcvRequest__Output } from './k2/v1/GetOhlcvRequest.ts';
import type { GetOhlcvResponse as _k2_v1_GetOhlcvResponse, GetOhlcvResponse__Output as _k2_v1_GetOhlcvResponse__Output } from './k2/v1/GetOhlcvResponse.ts';
import type { GetTradesRequest as _k2_v1_GetTradesRequest, GetTradesRequest__Output as _k2_v1_GetTradesRequest__Output } from './k2/v1/GetTradesRequest.ts';
import type { GetTradesResponse as _k2_v1_GetTradesResponse, GetTradesResponse__Output as _k2_v1_GetTradesResponse__Output } from './k2/v1/GetTradesResponse.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from './k2/v1/Meta.ts';
import type { OffsetRange as _k2_v1_OffsetRange, OffsetRange__Output as _k2_v1_OffsetRange__Output } from './k2/v1/OffsetRange.ts';
import type { QueryServiceClient as _k2_v1_QueryServiceClient, QueryServiceDefinition as _k2_v1_QueryServiceDefinition } from './k2/v1/QueryService.ts';
import type { Trade as _k2_v1_Trade, Trade__Output as _k2_v1_Trade__Output } from './k2/v1/Trade.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  k2: {
    v1: {
      Bar: MessageTypeDefinition<_k2_v1_Bar, _k2_v1_Bar__Output>
      GetOhlcvRequest: MessageTypeDefinition<_k2_v1_GetOhlcvRequest, _k2_v1_GetOhlcvRequest__Output>
      GetOhlcvResponse: MessageTypeDefinition<_k2_v1_GetOhlcvResponse, _k2_v1_GetOhlcvResponse__Output>
      GetTradesRequest: MessageTypeDefinition<_k2_v1_GetTradesRequest, _k2_v1_GetTradesRequest__Output>
      GetTradesResponse: MessageTypeDefinition<_k2_v1_GetTradesResponse, _k2_v1_GetTradesResponse__Output>
      Meta: MessageTypeDefinition<_k2_v1_Meta, _k2_v1_Meta__Output>
      OffsetRange: MessageTypeDefinition<_k2_v1_OffsetRange, _k2_v1_OffsetRange__Output>
      Order: EnumTypeDefinition
      QueryService: SubtypeConstructor<typeof grpc.Client, _k2_v1_QueryServiceClient> & { service: _k2_v1_QueryServiceDefinition }
      Source: EnumTypeDefinition
      Trade: MessageTypeDefinition<_k2_v1_Trade, _k2_v1_Trade__Output>
    }
  }
}

