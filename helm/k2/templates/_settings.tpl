{{/* Settings of a service: shared ones by a ConfigMap, secret ones by a Secret, its own and the chart's by name. */}}

{{- define "k2.controlled" -}}
{{- $access := .Values.access -}}
{{- if or $access.keys.secret $access.clientCa.secret .Values.settings.K2_JWT_JWKS }}true{{ end -}}
{{- end -}}

{{/* Those that are not empty, as a map of texts. */}}
{{- define "k2.texts" -}}
{{- range $name, $value := . }}
{{- $text := include "k2.text" $value }}
{{- if ne $text "" }}
{{ $name }}: {{ $text | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What docker-compose.yml says, where it is a trial; what values say comes before it. */}}
{{- define "k2.trial" -}}
{{- if .Values.trial.enabled }}{{ .Files.Get "files/trial.json" }}{{ else }}{}{{ end -}}
{{- end -}}

{{- define "k2.settings" -}}
{{- $given := include "k2.texts" .Values.settings | fromYaml -}}
{{- $trial := default dict (include "k2.trial" . | fromJson).settings -}}
{{- mergeOverwrite $trial $given | toYaml -}}
{{- end -}}

{{- define "k2.secrets" -}}
{{- $given := include "k2.texts" .Values.secrets.values | fromYaml -}}
{{- $trial := default dict (include "k2.trial" . | fromJson).secrets -}}
{{- if not .Values.secrets.existing }}{{ with mergeOverwrite $trial $given }}{{ toYaml . }}{{ end }}{{ end -}}
{{- end -}}

{{- define "k2.envFrom" -}}
- configMapRef: { name: {{ include "k2.fullname" . }} }
{{- if .Values.secrets.existing }}
- secretRef: { name: {{ .Values.secrets.existing }} }
{{- else if include "k2.secrets" . }}
- secretRef: { name: {{ include "k2.fullname" . }} }
{{- end }}
{{- end -}}

{{/* of: a dict of root and name */}}
{{- define "k2.env" -}}
{{- $root := .root -}}
{{- $access := $root.Values.access -}}
{{- $fact := get (include "k2.facts" . | fromYaml) .name -}}
{{- $env := dict "K2_HOST" "0.0.0.0" "K2_DATA" "/var/lib/k2" "K2_OPEN_PROBES" $access.openProbes -}}
{{- $_ := set $env "K2_HTTP_PORT" (default $fact.probes $fact.rest) -}}
{{- if $fact.rest }}{{ $_ := set $env "K2_PROBE_PORT" $fact.probes }}{{ end -}}
{{- with $fact.grpc }}{{ $_ := set $env "K2_GRPC_PORT" . }}{{ end -}}
{{- $_ := set $env "K2_DEGRADATION_ADDRESSES" (include "k2.addresses" (dict "root" $root "name" "degradation-controller")) -}}
{{- if eq .name "query-service" -}}
{{- $_ := set $env "K2_SEQUENCE_ADDRESSES" (include "k2.addresses" (dict "root" $root "name" "sequence-tracker")) -}}
{{- end -}}
{{- if $access.insecure }}{{ $_ := set $env "K2_ALLOW_INSECURE" "true" }}{{ end -}}
{{- if $access.keys.secret }}{{ $_ := set $env "K2_API_KEYS" (printf "/etc/k2/keys/%s" $access.keys.file) }}{{ end -}}
{{- if $access.tls.secret -}}
{{- $_ := set $env "K2_TLS_CERT" "/etc/k2/tls/tls.crt" -}}
{{- $_ := set $env "K2_TLS_KEY" "/etc/k2/tls/tls.key" -}}
{{- $_ := set $env "K2_TLS_CA" "/etc/k2/tls/ca.crt" -}}
{{- end -}}
{{- if $access.clientCa.secret }}{{ $_ := set $env "K2_TLS_CLIENT_CA" (printf "/etc/k2/clients/%s" $access.clientCa.file) }}{{ end -}}
{{- $own := include "k2.texts" (get $root.Values.services .name).settings | fromYaml -}}
{{- range $name, $value := merge $env $own }}
{{- if ne (toString $value) "" }}
- { name: {{ $name }}, value: {{ toString $value | quote }} }
{{- end }}
{{- end }}
{{- if $access.fleet.secret }}
- name: K2_API_KEY
  valueFrom: { secretKeyRef: { name: {{ $access.fleet.secret }}, key: {{ $access.fleet.key }} } }
{{- end }}
{{- end -}}

{{/* What is wrong with the values, before anything is made of them; the schema has seen each alone. */}}
{{- define "k2.checked" -}}
{{- $values := .Values -}}
{{- range $name := list "KAFKA_BROKERS" "SCHEMA_REGISTRY_URL" "ICEBERG_CATALOG_URI" -}}
{{- if not (get (include "k2.settings" $ | fromYaml) $name) }}{{ fail (printf "settings.%s is empty: say where it is, as in docs/settings.md" $name) }}{{ end -}}
{{- end -}}
{{- $controlled := include "k2.controlled" . -}}
{{- if not (or $controlled $values.access.insecure) -}}
{{- fail "anybody who reaches a pod could ask K2: name access.keys.secret, access.clientCa.secret or settings.K2_JWT_JWKS, or set access.insecure=true where something before it keeps others out (docs/access.md)" -}}
{{- end -}}
{{- if and $controlled (not $values.access.fleet.secret) (not (and $values.access.clientCa.secret $values.access.tls.secret)) -}}
{{- fail "services ask each other: access.fleet.secret must name a Secret with a key or token of the role admin (docs/access.md)" -}}
{{- end -}}
{{- if and $values.access.clientCa.secret (not $values.access.tls.secret) -}}
{{- fail "clients show certificates over TLS alone: access.clientCa.secret needs access.tls.secret" -}}
{{- end -}}
{{- if and $values.secrets.existing $values.secrets.values -}}
{{- fail "secrets.existing and secrets.values are both given: one of them" -}}
{{- end -}}
{{- end -}}
