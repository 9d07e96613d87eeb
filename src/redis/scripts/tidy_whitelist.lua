#!lua flags=allow-oom
-- What follows a subject's watermark where others whitelist, too (redis.foreign_writers): takes back
-- tokens whose places SCAN has found (KEYS from the fourth on) and that are in no record of ours.
-- Answers how many.
--
-- Whoever has signed in again since then stands on the whitelist as well. The records of the
-- sessions that the watermark does not cover say which tokens those are. A jti alone does not: it
-- was made by a clock, and another service's may be ahead of ours.

local index, subject_watermark, all_watermark = KEYS[1], KEYS[2], KEYS[3]
local session, whitelist = ARGV[1], ARGV[2]         -- beginnings of keys
local blacklist_jti, reason_jti = ARGV[3], ARGV[4]  -- likewise
local reason, unknown_life = ARGV[5], tonumber(ARGV[6])

local LOOKED_AT = 64  -- sessions a call; with 60 places of three keys each that is under 256 keys

local now = time_ms()
local watermark = math.max(watermark_of(redis.call('GET', subject_watermark)) or 0,
                           watermark_of(redis.call('GET', all_watermark)) or 0)

-- The jtis of living sessions, and whether there are more sessions than were looked at.
local function living()
  local jtis = {}
  local sids = redis.call('ZREVRANGE', index, 0, LOOKED_AT)
  for i = 1, math.min(#sids, LOOKED_AT) do
    local is_uuid, begun = pcall(millis_of, sids[i])
    local record = is_uuid and not covers(watermark, begun) and read_record(session .. sids[i])
    for _, token in pairs(record and record.tokens or {}) do jtis[token.jti] = true end
  end
  return jtis, #sids > LOOKED_AT
end

-- Has it the form of ours? Whatever session of ours has it is alive: tidy_sessions has been here.
local function may_be_ours(jti)
  return string.find(jti, '^%x%x%x%x%x%x%x%x%-%x%x%x%x%-7%x%x%x%-[89ab]%x%x%x%-%x+$') ~= nil
end

local function take_back(place, jti)
  local ends = redis.call('PEXPIRETIME', place)
  if ends == -2 then return 0 end
  local until_ms = (ends == -1 and now + unknown_life or ends) + MARGIN_MS
  hold(blacklist_jti .. jti, '1', until_ms, now)
  hold_reason(reason_jti .. jti, reason, until_ms, now)
  return redis.call('DEL', place)
end

if watermark == 0 then return {0} end
local jtis, are_more = living()
local taken = 0
for i = 4, #KEYS do
  local jti = string.sub(KEYS[i], #whitelist + 1)
  if not jtis[jti] and not (are_more and may_be_ours(jti)) then
    taken = taken + take_back(KEYS[i], jti)
  end
end
return {taken}
