-- Suspend and resume a JobSet that has not ended. A JobSet with a queue is left to Kueue, which would undo either.
local actions = {}

for _, condition in ipairs((obj.status or {}).conditions or {}) do
  if condition.status == "True" and (condition.type == "Completed" or condition.type == "Failed") then
    return actions
  end
end

if ((obj.metadata or {}).labels or {})["kueue.x-k8s.io/queue-name"] ~= nil then
  return actions
end

if obj.spec.suspend then
  actions["resume"] = {["iconClass"] = "fa fa-fw fa-play", ["displayName"] = "Resume"}
else
  actions["suspend"] = {["iconClass"] = "fa fa-fw fa-pause", ["displayName"] = "Suspend"}
end

return actions
