#!lua flags=allow-oom
-- Writes the policy where none stands, or over whatever stands if the operator says so. Answers what
-- stands then; '' for what is no text.

local key = KEYS[1]
local policy, replace = ARGV[1], ARGV[2] == '1'

if replace then redis.call('SET', key, policy) else redis.call('SET', key, policy, 'NX') end
local stands = redis.pcall('GET', key)
return {type(stands) == 'string' and stands or ''}
