{{- define "mocompile.pods.rajaperf" }}
suffixes:
  - {{ include "mocompile.string" (print "-m-0-" (include "mocompile.text" (include "mocompile.sub" (list .Values.pods 1))) "-abcde") }}
fullHostNames: false
{{- end }}
