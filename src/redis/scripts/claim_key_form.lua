#!lua flags=allow-oom
-- Says in which form the keys of this Redis are spelled (redis.hash_tags): plain where nobody has
-- said anything. A Redis that holds nothing is claimed for ours. Answers what stands: a form, or
-- `converting:<form>` while keys are given the names of another, which is where we stand when we may
-- convert.

local form_key = KEYS[1]
local ours, plain, may_convert = ARGV[1], ARGV[2], ARGV[3] == '1'

local stands = redis.call('GET', form_key)
if (stands or plain) == ours then return {ours} end
if may_convert then
  stands = 'converting:' .. ours
  redis.call('SET', form_key, stands)
elseif not stands and redis.call('DBSIZE') == 0 then
  stands = ours
  redis.call('SET', form_key, stands)
end
return {stands or plain}
