"""Takes the logs of a set out of a cluster, with what that says of each container, into a folder to parse.

api.py         the few requests, through the package `kubernetes`
stream.py      one container's log on disk, each line once however often the stream breaks
facts.py       what the API's objects say, as the entries of set.json
folder.py      the output folder
events.py      the messages between the threads
watcher.py     what changes about the set and its pods
log_reader.py  the streams of logs, and when a log is complete
set_file.py    the content of set.json
errors.py      refusals of the API server, in words
collector.py   decides what to watch and to read, and when everything is there
"""
