#!lua flags=allow-oom
-- Says in which form the keys of this Redis are spelled (redis.hash_tags): by its own key, or by the
-- policy where that is lost; plain where nobody has said anything. A Redis that holds nothing is
-- claimed for ours. Answers a form, or what begins with `converting` while keys are given the names of
-- another.
-- `convert` notes that they are given the names of ours, and `converted` that this is done; the policy
-- says so from the same moment on, and verifiers know nothing in between. `converted` changes nothing
-- where another has begun to give them other names than ours.

local form_key, policy_key = KEYS[1], KEYS[2]
local ours, plain, step = ARGV[1], ARGV[2], ARGV[3]  -- step: claim, convert, converted

local function policy()
  local stands = redis.pcall('GET', policy_key)
  return type(stands) == 'string' and stands or nil
end

-- Nothing also for a form that no version of this script has written.
local function form_of_policy()
  local form = string.match((policy() or '') .. ' ', ' keys=([^ ]*) ')
  return (form == 'tagged' or form == 'converting') and form or nil
end

-- A policy that is lost has no form: nothing is valid by it, and whoever puts it back says his own.
local function tell_verifiers(form)
  local words = policy()
  if not words then return end
  words = string.gsub(words, ' keys=[^ ]*', '')
  if form ~= plain then words = words .. ' keys=' .. form end
  redis.call('SET', policy_key, words)
end

if step == 'converted' then
  local stands = redis.call('GET', form_key) or plain
  if stands ~= 'converting:' .. ours and stands ~= ours then return {stands} end
  if ours == plain then redis.call('DEL', form_key) else redis.call('SET', form_key, ours) end
  tell_verifiers(ours)
  return {ours}
end

local told = form_of_policy()
local stands = redis.call('GET', form_key) or told
if told == 'converting' then stands = told end
if (stands or plain) == ours then return {ours} end
if step == 'convert' then
  stands = 'converting:' .. ours
  redis.call('SET', form_key, stands)
  tell_verifiers('converting')
elseif not stands and redis.call('DBSIZE') == 0 then
  stands = ours
  redis.call('SET', form_key, stands)
end
return {stands or plain}
