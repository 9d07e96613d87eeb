#!lua flags=allow-oom
-- Writes the policy where none stands, or over whatever stands if the operator says so. Answers what
-- stands then and what stood before; '' for what is no text, and before for nothing too.

local key = KEYS[1]
local policy, replace = ARGV[1], ARGV[2] == '1'

local function text()
  local stands = redis.pcall('GET', key)
  return type(stands) == 'string' and stands or ''
end

local before = text()
if replace then redis.call('SET', key, policy) else redis.call('SET', key, policy, 'NX') end
return {text(), before}
