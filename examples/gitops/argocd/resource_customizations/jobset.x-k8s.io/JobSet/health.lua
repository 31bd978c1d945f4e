-- Health of a JobSet (jobset.x-k8s.io/v1alpha2).
--
-- Healthy: completed. Degraded: failed. Suspended: suspended, or waiting in a queue. Progressing: everything else.
-- Argo CD opens the base, table, package and a safe os library only: there is no string library.

local function plural(count, word)
  if count == 1 then
    return count .. " " .. word
  end
  return count .. " " .. word .. "s"
end

-- "w: 3 of 4 jobs ready". Counts are of jobs: a job is ready once all its pods are.
local function describe(job, wanted)
  local succeeded = job.succeeded or 0
  if succeeded > 0 and succeeded >= wanted then
    return job.name .. ": succeeded"
  end
  if (job.failed or 0) > 0 then
    return job.name .. ": " .. plural(job.failed, "job") .. " failed"
  end
  if (job.suspended or 0) > 0 then
    return job.name .. ": suspended"
  end
  if (job.active or 0) == 0 and (job.ready or 0) == 0 then
    return job.name .. ": no pods; if this lasts, the events of its Job give the reason"
  end
  if (job.ready or 0) < (job.active or 0) then
    return job.name .. ": " .. (job.ready or 0) .. " of " .. plural(wanted, "job")
      .. " ready; if this lasts, the events of its pods give the reason"
  end
  return job.name .. ": " .. (job.ready or 0) .. " of " .. plural(wanted, "job") .. " ready"
end

local function progress(status)
  local replicas = {}
  for _, job in ipairs(obj.spec.replicatedJobs or {}) do
    replicas[job.name] = job.replicas or 1
  end
  local parts = {}
  for _, job in ipairs(status.replicatedJobsStatus or {}) do
    table.insert(parts, describe(job, replicas[job.name] or 1))
  end
  if #parts == 0 then
    table.insert(parts, "waiting for the JobSet controller")
  end
  local restarts = status.restarts or 0
  if restarts > 0 then
    table.insert(parts, "restarted " .. plural(restarts, "time"))
  end
  return table.concat(parts, "; ")
end

local health = {}
local status = obj.status or {}

for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then
    if condition.type == "Failed" then
      health.status = "Degraded"
      health.message = condition.message or "the JobSet failed"
      return health
    end
    if condition.type == "Completed" then
      health.status = "Healthy"
      health.message = condition.message or "the JobSet completed"
      return health
    end
  end
end

for _, condition in ipairs(status.conditions or {}) do
  -- After a resume the condition stays, with the status "False".
  if condition.type == "Suspended" and condition.status == "True" then
    health.status = "Suspended"
    health.message = condition.message or "the JobSet is suspended"
    local labels = obj.metadata.labels or {}
    local queue = labels["kueue.x-k8s.io/queue-name"]
    if queue ~= nil then
      health.message = health.message .. "; its queue is " .. queue
    end
    return health
  end
end

health.status = "Progressing"
health.message = progress(status)
return health
