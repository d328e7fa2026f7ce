{{/* Names and labels; the argument is (dict "root" $ "name" "workorders"). */}}
{{- define "fullname" -}}
{{ printf "%s-%s" .root.Release.Name .name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "selector" -}}
app.kubernetes.io/part-of: hospital-logistics
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: {{ .name }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The claim that photos lie in. */}}
{{- define "photos" -}}
{{ .root.Values.photos.existingClaim | default (printf "%s-photos" (include "fullname" .)) }}
{{- end }}

{{- define "hardened" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Where the gateway finds the contexts. */}}
{{- define "subgraphs" -}}
{{- $found := list }}
{{- range $name, $own := .Values.services }}
{{- if $own.storage }}
{{- $found = append $found (printf "%s=http://%s:4000/graphql" $name (include "fullname" (dict "root" $ "name" $name))) }}
{{- end }}
{{- end }}
{{- join "," $found }}
{{- end }}

{{/* The pod of one program; the argument has its values as "own" besides. */}}
{{- define "pod" -}}
{{- $values := .root.Values }}
{{- $context := .own.storage }}
{{- $settings := mergeOverwrite (deepCopy $values.settings) (.own.settings | default dict) }}
metadata:
  labels:
    {{- include "labels" . | nindent 4 }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 60
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{ toJson . }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{ toJson . }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "selector" . | nindent 10 }}
  containers:
    - name: {{ .name }}
      image: {{ include "image" .root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: [dist/{{ .name }}.js]
      env:
        {{- range $key, $value := $settings }}
        {{- if $value }}
        - { name: {{ $key }}, value: {{ $value | quote }} }
        {{- end }}
        {{- end }}
        {{- if $values.authorities.configMap }}
        - { name: NODE_EXTRA_CA_CERTS, value: /authorities/{{ $values.authorities.key }} }
        {{- end }}
        {{- if $context }}
        - { name: INSTANCE, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
        {{- range list "MASTER_KEY" "EVENTSTORE_URL" }}
        - { name: {{ . }}, valueFrom: { secretKeyRef: { name: {{ $values.secretName }}, key: {{ . }} } } }
        {{- end }}
        {{- range eq .name "workorders" | ternary (list "KAFKA_SASL" "NOTIFY_WEBHOOK_SECRET" "NOTIFY_SMTP_URL") (list "KAFKA_SASL") }}
        - { name: {{ . }}, valueFrom: { secretKeyRef: { name: {{ $values.secretName }}, key: {{ . }}, optional: true } } }
        {{- end }}
        {{- else }}
        - { name: SUBGRAPHS, value: {{ include "subgraphs" .root | quote }} }
        {{- end }}
        {{- if eq .name "workorders" }}
        - { name: PHOTOS_DIR, value: /photos }
        {{- end }}
      ports:
        - { name: http, containerPort: 4000 }
      startupProbe: { httpGet: { path: /health/live, port: http }, periodSeconds: 2, failureThreshold: 150 }
      livenessProbe: { httpGet: { path: /health/live, port: http }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }
      readinessProbe: { httpGet: { path: /health/ready, port: http }, periodSeconds: 3, timeoutSeconds: 3 }
      # Nobody is sent here any more when it is told to end.
      lifecycle: { preStop: { exec: { command: [sleep, '5'] } } }
      resources: {{ toJson .own.resources }}
      securityContext:
        {{- include "hardened" . | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        {{- if eq .name "workorders" }}
        - { name: photos, mountPath: /photos }
        {{- end }}
        {{- if $values.authorities.configMap }}
        - { name: authorities, mountPath: /authorities, readOnly: true }
        {{- end }}
  volumes:
    - { name: tmp, emptyDir: {} }
    {{- if not $context }}
    - { name: data, emptyDir: {} }
    {{- end }}
    {{- if eq .name "workorders" }}
    - { name: photos, persistentVolumeClaim: { claimName: {{ include "photos" . }} } }
    {{- end }}
    {{- with $values.authorities.configMap }}
    - { name: authorities, configMap: { name: {{ . }} } }
    {{- end }}
{{- end }}
