import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { DegradationServiceClient as _k2_v1_DegradationServiceClient, DegradationServiceDefinition as _k2_v1_DegradationServiceDefinition } from './k2/v1/DegradationService.ts';
import type { GetLevelRequest as _k2_v1_GetLevelRequest, GetLevelRequest__Output as _k2_v1_GetLevelRequest__Output } from './k2/v1/GetLevelRequest.ts';
import type { GroupLag as _k2_v1_GroupLag, GroupLag__Output as _k2_v1_GroupLag__Output } from './k2/v1/GroupLag.ts';
import type { LevelHistory as _k2_v1_LevelHistory, LevelHistory__Output as _k2_v1_LevelHistory__Output } from './k2/v1/LevelHistory.ts';
import type { LevelHistoryRequest as _k2_v1_LevelHistoryRequest, LevelHistoryRequest__Output as _k2_v1_LevelHistoryRequest__Output } from './k2/v1/LevelHistoryRequest.ts';
import type { LevelOverride as _k2_v1_LevelOverride, LevelOverride__Output as _k2_v1_LevelOverride__Output } from './k2/v1/LevelOverride.ts';
import type { LevelState as _k2_v1_LevelState, LevelState__Output as _k2_v1_LevelState__Output } from './k2/v1/LevelState.ts';
import type { LevelTransition as _k2_v1_LevelTransition, LevelTransition__Output as _k2_v1_LevelTransition__Output } from './k2/v1/LevelTransition.ts';
import type { OverrideLevelRequest as _k2_v1_OverrideLevelRequest, OverrideLevelRequest__Output as _k2_v1_OverrideLevelRequest__Output } from './k2/v1/OverrideLevelRequest.ts';
import type { PressureReport as _k2_v1_PressureReport, PressureReport__Output as _k2_v1_PressureReport__Output } from './k2/v1/PressureReport.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  k2: {
    v1: {
      DegradationService: SubtypeConstructor<typeof grpc.Client, _k2_v1_DegradationServiceClient> & { service: _k2_v1_DegradationServiceDefinition }
      GetLevelRequest: MessageTypeDefinition<_k2_v1_GetLevelRequest, _k2_v1_GetLevelRequest__Output>
      GroupLag: MessageTypeDefinition<_k2_v1_GroupLag, _k2_v1_GroupLag__Output>
      Level: EnumTypeDefinition
      LevelHistory: MessageTypeDefinition<_k2_v1_LevelHistory, _k2_v1_LevelHistory__Output>
      LevelHistoryRequest: MessageTypeDefinition<_k2_v1_LevelHistoryRequest, _k2_v1_LevelHistoryRequest__Output>
      LevelOverride: MessageTypeDefinition<_k2_v1_LevelOverride, _k2_v1_LevelOverride__Output>
      LevelState: MessageTypeDefinition<_k2_v1_LevelState, _k2_v1_LevelState__Output>
      LevelTransition: MessageTypeDefinition<_k2_v1_LevelTransition, _k2_v1_LevelTransition__Output>
      OverrideLevelRequest: MessageTypeDefinition<_k2_v1_OverrideLevelRequest, _k2_v1_OverrideLevelRequest__Output>
      PressureReport: MessageTypeDefinition<_k2_v1_PressureReport, _k2_v1_PressureReport__Output>
    }
  }
}

