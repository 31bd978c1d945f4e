{{- define "mocompile.pods.volumes-of-networks" }}
suffixes:
  - {{ include "mocompile.string" (print "-m-0-" (include "mocompile.text" (include "mocompile.sub" (list .Values.pods 1))) "-abcde") }}
  - "-l-0-0-abcde"
  {{- if gt (int64 .Values.pods) 1 }}
  - {{ include "mocompile.string" (print "-w-0-" (include "mocompile.text" (include "mocompile.sub" (list (include "mocompile.sub" (list .Values.pods 1)) 1))) "-abcde") }}
  {{- end }}
fullHostNames: false
{{- end }}
