{{- define "mocompile.suffix.targets" -}}
{{- if eq (include "mocompile.text" .Values.jobset.nameSuffix) "content" }}
{{- $nameless := dict "Values" .Values "Release" .Release "Chart" .Chart "Template" .Template "SetName" "" "Suffix" "" }}
{{- $jobset := include "mocompile.jobset.targets" $nameless }}
{{- include "mocompile.contentSuffix" (dict "jobset" $jobset "scripts" (dict "entrypoint.sh" (.Files.Get "scripts/entrypoint.sh") "metadata.sh" (.Files.Get "scripts/metadata.sh") "environment.sh" (.Files.Get "scripts/environment.sh") "version.sh" (.Files.Get "scripts/version.sh") "processes.sh" (.Files.Get "scripts/processes.sh") "launcher.sh" (.Files.Get "scripts/launcher.sh") "session.sh" (.Files.Get "scripts/session.sh") "measure-io-fio.sh" (.Files.Get "scripts/measure-io-fio.sh") "measure-perf-sysstat.sh" (.Files.Get "scripts/measure-perf-sysstat.sh") "addon-commands.sh" (.Files.Get "scripts/addon-commands.sh"))) }}
{{- end }}
{{- end }}
