{{- define "mocompile.suffix.volumes" -}}
{{- if eq (include "mocompile.text" .Values.jobset.nameSuffix) "content" }}
{{- $nameless := dict "Values" .Values "Release" .Release "Chart" .Chart "Template" .Template "SetName" "" "Suffix" "" }}
{{- $jobset := include "mocompile.jobset.volumes" $nameless }}
{{- include "mocompile.contentSuffix" (dict "jobset" $jobset "scripts" (dict "entrypoint.sh" (.Files.Get "scripts/entrypoint.sh") "metadata.sh" (.Files.Get "scripts/metadata.sh") "environment.sh" (.Files.Get "scripts/environment.sh") "version.sh" (.Files.Get "scripts/version.sh") "processes.sh" (.Files.Get "scripts/processes.sh") "view.sh" (.Files.Get "scripts/view.sh") "copy-view.sh" (.Files.Get "scripts/copy-view.sh") "measure-io-fio.sh" (.Files.Get "scripts/measure-io-fio.sh") "measure-sys-hwloc.sh" (.Files.Get "scripts/measure-sys-hwloc.sh") "addon-perf-mpitrace.sh" (.Files.Get "scripts/addon-perf-mpitrace.sh"))) }}
{{- end }}
{{- end }}
