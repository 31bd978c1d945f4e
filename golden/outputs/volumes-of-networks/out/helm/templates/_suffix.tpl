{{- define "mocompile.suffix.volumes-of-networks" -}}
{{- if eq (include "mocompile.text" .Values.jobset.nameSuffix) "content" }}
{{- $nameless := dict "Values" .Values "Release" .Release "Chart" .Chart "Template" .Template "SetName" "" "Suffix" "" }}
{{- $jobset := include "mocompile.jobset.volumes-of-networks" $nameless }}
{{- include "mocompile.contentSuffix" (dict "jobset" $jobset "scripts" (dict "entrypoint.sh" (.Files.Get "scripts/entrypoint.sh") "metadata.sh" (.Files.Get "scripts/metadata.sh") "environment.sh" (.Files.Get "scripts/environment.sh") "version.sh" (.Files.Get "scripts/version.sh") "processes.sh" (.Files.Get "scripts/processes.sh") "launcher.sh" (.Files.Get "scripts/launcher.sh") "session.sh" (.Files.Get "scripts/session.sh"))) }}
{{- end }}
{{- end }}
