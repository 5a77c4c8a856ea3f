// Original file: /work/main/proto/k2/v1/query.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetOhlcvRequest as _k2_v1_GetOhlcvRequest, GetOhlcvRequest__Output as _k2_v1_GetOhlcvRequest__Output } from '../../k2/v1/GetOhlcvRequest.ts';
import type { GetOhlcvResponse as _k2_v1_GetOhlcvResponse, GetOhlcvResponse__Output as _k2_v1_GetOhlcvResponse__Output } from '../../k2/v1/GetOhlcvResponse.ts';
import type { GetTradesRequest as _k2_v1_GetTradesRequest, GetTradesRequest__Output as _k2_v1_GetTradesRequest__Output } from '../../k2/v1/GetTradesRequest.ts';
import type { GetTradesResponse as _k2_v1_GetTradesResponse, GetTradesResponse__Output as _k2_v1_GetTradesResponse__Output } from '../../k2/v1/GetTradesResponse.ts';

export interface QueryServiceClient extends grpc.Client {
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  
  GetTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  GetTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  GetTrades(argument: _k2_v1_GetTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  GetTrades(argument: _k2_v1_GetTradesRequest, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface QueryServiceHandlers extends grpc.UntypedServiceImplementation {
  GetOhlcv: grpc.handleUnaryCall<_k2_v1_GetOhlcvRequest__Output, _k2_v1_GetOhlcvResponse>;
  
  GetTrades: grpc.handleUnaryCall<_k2_v1_GetTradesRequest__Output, _k2_v1_GetTradesResponse>;
  
}

export interface QueryServiceDefinition extends grpc.ServiceDefinition {
  GetOhlcv: MethodDefinition<_k2_v1_GetOhlcvRequest, _k2_v1_GetOhlcvResponse, _k2_v1_GetOhlcvRequest__Output, _k2_v1_GetOhlcvResponse__Output>
  GetTrades: MethodDefinition<_k2_v1_GetTradesRequest, _k2_v1_GetTradesResponse, _k2_v1_GetTradesRequest__Output, _k2_v1_GetTradesResponse__Output>
}
