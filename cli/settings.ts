/** Settings of the command line; its flags come before them. */
import { accessSettings, callerSettings } from '@k2/service/access/settings.ts'
import { defineSettings } from '@k2/service/settings.ts'

const { tlsCertFile, tlsKeyFile } = accessSettings

export const cliSettings = defineSettings({
  address: {
    env: 'K2_GRPC_ADDRESS',
    kind: 'string',
    unit: 'host:port',
    default: '127.0.0.1:50051',
    matches: /^\S+:\d{1,5}$/,
    doc: 'Where K2 answers over gRPC.',
  },
  timeoutMs: {
    env: 'K2_TIMEOUT',
    kind: 'duration',
    unit: 'ms',
    min: 1,
    max: 3_600_000,
    default: 30_000,
    doc: 'How long one question, or one page of it, may take; replay and follow last until their end.',
  },
  ...callerSettings,
  ...{ tlsCertFile, tlsKeyFile },
})
