#!lua flags=allow-oom
-- Writes the policy where none stands, or over whatever stands if the operator says so. Answers what
-- stands then and what stood before; '' for what is no text, and before for nothing too.
-- What is written over something else says what of it still counts: of a blacklist over what was a
-- whitelist, or may have been one, until when that was; of a max_staleness over another, or over what
-- may have allowed any, until when leases by that may run.

local key, form_key = KEYS[1], KEYS[2]
local policy, replace = ARGV[1], ARGV[2] == '1'

local LARGEST_STALENESS = 10000  -- core::kLargestStaleness
local LONGEST_INSTANT = 14       -- digits, as core::Policy reads it

local now = time_ms()

local function text()
  local stands = redis.pcall('GET', key)
  return type(stands) == 'string' and stands or ''
end

-- What a policy of this version says by a word, or nothing.
local function word(of, name)
  return string.sub(of, 1, 4) == 'v=1 ' and string.match(of .. ' ', ' ' .. name .. '=([^ ]*) ') or nil
end

local function staleness(said)
  local ms = said and string.find(said, '^%d+$') and tonumber(said)
  return ms and ms >= 1 and ms <= LARGEST_STALENESS and ms or nil
end

local function whitelisted_until(before)
  if before == '' or word(policy, 'strategy') ~= 'blacklist' then return nil end
  if word(before, 'strategy') == 'blacklist' then return word(before, 'whitelisted_until') end
  return whole(math.floor(now / 1000))
end

-- Rates of clocks are taken as equal within 1 %, and of this millisecond a part is over.
local function end_of_leases(bound)
  return now + math.ceil(bound * 101 / 100) + 1
end

-- Covers whatever may still run: leases by what stood, and those by what it remembered itself.
local function staleness_before(before)
  if before == '' and redis.call('EXISTS', key) == 0 then return nil end
  local bound, ends = 0, 0
  local stood = staleness(word(before, 'max_staleness')) or LARGEST_STALENESS
  if stood ~= staleness(word(policy, 'max_staleness')) then
    bound, ends = stood, end_of_leases(stood)
  end
  local earlier, until_ms = string.match(word(before, 'staleness_before') or '', '^(%d+)@(%d+)$')
  if staleness(earlier) and #until_ms <= LONGEST_INSTANT and tonumber(until_ms) >= now then
    bound, ends = math.max(bound, tonumber(earlier)), math.max(ends, tonumber(until_ms))
  end
  return bound > 0 and whole(bound) .. '@' .. whole(ends) or nil
end

-- In the order of core::Policy::text.
local function written_over(before)
  local words = 'v=1 strategy=' .. word(policy, 'strategy')
  local function add(name, value)
    if value then words = words .. ' ' .. name .. '=' .. value end
  end
  add('whitelisted_until', whitelisted_until(before))
  add('max_staleness', word(policy, 'max_staleness'))
  add('staleness_before', staleness_before(before))
  add('allow_cached_for', word(policy, 'allow_cached_for'))
  add('keys', word(policy, 'keys'))
  return words
end

-- What an earlier version wrote says nothing of max_staleness. Where all else is agreed on, nobody
-- need be asked: to say it makes nobody laxer than any version of the policy allows.
local function lacks_only_staleness(before)
  return word(before, 'strategy') == word(policy, 'strategy')
    and (word(before, 'allow_cached_for') or '0') == (word(policy, 'allow_cached_for') or '0')
    and not word(before, 'max_staleness') and word(policy, 'max_staleness') ~= nil
end

-- Nor does it name the form of tagged keys, which are not for those to ask who know plain ones alone.
-- Whoever publishes has claimed that form, but a conversion that he was not stopped for may have taken
-- it away since; one that is named is another's to change (claim_key_form.lua).
local function lacks_form(before)
  local form = word(policy, 'keys')
  return form ~= nil and word(before, 'strategy') ~= nil and not word(before, 'keys')
    and redis.call('GET', form_key) == form
end

local function completed(before)
  local words = before
  if lacks_only_staleness(before) then
    words = words .. ' max_staleness=' .. word(policy, 'max_staleness')
  end
  if lacks_form(before) then words = words .. ' keys=' .. word(policy, 'keys') end
  return words
end

local before = text()
if replace then
  redis.call('SET', key, written_over(before))
elseif before == '' then
  redis.call('SET', key, policy, 'NX')
elseif completed(before) ~= before then
  redis.call('SET', key, completed(before))
end
return {text(), before}
