{{- define "mocompile.pods.volumes" }}
suffixes:
  - {{ include "mocompile.string" (print "-m-0-" (include "mocompile.text" (include "mocompile.sub" (list .Values.pods 1))) "-abcde") }}
  - {{ include "mocompile.string" (print "-m2-0-" (include "mocompile.text" (include "mocompile.sub" (list .Values.pods 1))) "-abcde") }}
fullHostNames: false
{{- end }}
