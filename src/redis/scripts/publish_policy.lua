#!lua flags=allow-oom
-- Writes the policy where none stands, or over whatever stands if the operator says so. Answers what
-- stands then and what stood before; '' for what is no text, and before for nothing too.
-- A blacklist over what was a whitelist, or may have been one, says until when that was.

local key = KEYS[1]
local policy, replace = ARGV[1], ARGV[2] == '1'

local function text()
  local stands = redis.pcall('GET', key)
  return type(stands) == 'string' and stands or ''
end

local function whitelisted_until(before)
  if before == '' or string.match(policy .. ' ', ' strategy=([^ ]*) ') ~= 'blacklist' then return '' end
  local was_known = string.sub(before, 1, 4) == 'v=1 '
  if was_known and string.match(before .. ' ', ' strategy=([^ ]*) ') == 'blacklist' then
    return string.match(before .. ' ', '( whitelisted_until=[^ ]*) ') or ''
  end
  return ' whitelisted_until=' .. redis.call('TIME')[1]
end

local before = text()
if replace then policy = policy .. whitelisted_until(before) end
if replace then redis.call('SET', key, policy) else redis.call('SET', key, policy, 'NX') end
return {text(), before}
