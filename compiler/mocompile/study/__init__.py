"""A study: one document of kind MetricStudy, which describes many sets.

read.py        the document, with its base and its overlays
points.py      the combinations of its parameters' values
compile.py     compiles each point to its sets
marks.py       the labels, the annotation and the METADATA that say which point a set is
index.py       study.json
applicationset.py    the ApplicationSet from which Argo CD makes an Application for each set
select.py      the sets that `--only` names
outputs.py     the YAML stream, and the folder of each format
"""
