#!lua
-- Opens a session, unless a watermark has changed since the caller looked at the account, the sid is
-- not of this moment by the clock of this Redis, or the subject has as many sessions as it may have.
-- Without flags: refused whole when memory is full.

local KEY = {
  record = KEYS[1], index = KEYS[2], refresh_token = KEYS[3], subject_watermark = KEYS[4],
  all_watermark = KEYS[5], blacklist = KEYS[6], horizon = KEYS[7], policy = KEYS[8], ahead = KEYS[9],
  -- A refresh token of another service that this session is opened for, and where it is remembered
  -- what it became; or nothing.
  adopts = KEYS[10], adopted = KEYS[11],
  session = ARGV[1], blacklists = ARGV[2], reasons = ARGV[3],  -- beginnings, of other sessions
  refresh_tokens = ARGV[4], blacklist_jti = ARGV[5], reason_jti = ARGV[6], whitelist = ARGV[7],
}
local sid, subject, policy = ARGV[8], ARGV[9], ARGV[10]
local gate_subject, gate_all = ARGV[11], ARGV[12]  -- '' for none, else '=' and the raw value
local nonce, key_id, refresh_id, jti_tail = ARGV[13], ARGV[14], ARGV[15], ARGV[16]
local scope, claims, device, user_agent, address = ARGV[17], ARGV[18], ARGV[19], ARGV[20], ARGV[21]
local idle, absolute, access = tonumber(ARGV[22]), tonumber(ARGV[23]), tonumber(ARGV[24])
-- How many sessions a subject may have, 0 for any number; and is one more denied, or does it end
-- the least recently refreshed?
local limit, deny = tonumber(ARGV[25]), ARGV[26] == '1'
local adopted = ARGV[27]

local OLDEST_SID_MS = 5000  -- for so long a login may wait between its gate and this script

local now = time_ms()
local raw_subject, raw_all = redis.call('GET', KEY.subject_watermark), redis.call('GET', KEY.all_watermark)
local function as_gate(raw) return raw and '=' .. raw or '' end
if as_gate(raw_subject) ~= gate_subject or as_gate(raw_all) ~= gate_all then
  return {now, 'gate_changed'}
end

-- A session right after a revocation begins beyond its watermark, and so ahead of the clock.
local begun = millis_of(sid)
local watermark = math.max(watermark_of(raw_subject) or 0, watermark_of(raw_all) or 0)
local in_time = begun > watermark and begun <= math.max(now, watermark + 1)
  and begun >= now - OLDEST_SID_MS
if not in_time or redis.call('EXISTS', KEY.record, KEY.blacklist) > 0 then
  return {now, 'clock_disagrees'}
end
if KEY.adopts and redis.call('GET', KEY.adopts) ~= subject then return {now, 'not_adoptable'} end

local whitelisting, policy_stands = is_whitelisting(KEY.policy, policy)
local is_room, evicted = make_room(KEY.index, limit, deny, watermark, #KEYS + 1, function(other)
  return {
    record = KEY.session .. other, index = KEY.index, blacklist = KEY.blacklists .. other,
    reason = KEY.reasons .. other, refresh_token = KEY.refresh_tokens,
    blacklist_jti = KEY.blacklist_jti, reason_jti = KEY.reason_jti, whitelist = KEY.whitelist,
  }
end, now)
if not is_room then
  fit_index(KEY.index)
  if #evicted == 0 then return {now, 'session_limit'} end
  return {now, 'evicted', evicted}
end

local absolute_end = now + absolute
local ends = math.min(now + idle, absolute_end)
local token = make_token(now, access, absolute_end, jti_tail, whitelisting)

local generation = KEY.adopts and 1 or 0  -- what is adopted counts as generation 0

local set = {
  'v', 1, 'g', generation, 'k', key_id, 'r', refresh_id, 'n', nonce, 'x', whole(absolute_end),
  'e', whole(ends), 'a' .. generation, text_of_token(token),
}
if KEY.adopts then
  set[#set + 1] = 'p0'
  set[#set + 1] = whole(now)
end
put_text(set, {}, {}, 'd', device)
put_text(set, {}, {}, 'u', user_agent)
put_text(set, {}, {}, 'i', address)
put_text(set, {}, {}, 's', scope)
put_text(set, {}, {}, 'c', claims)
keep_policy(KEY.policy, policy, policy_stands)
raise_horizon(KEY.horizon, absolute_end)
if begun > now then put_ahead(KEY.ahead, subject, begun, now) end
put_in_index(KEY.index, sid, ends, token.exp)
fit_index(KEY.index)
redis.call('HSET', KEY.record, unpack(set))
redis.call('PEXPIREAT', KEY.record, whole(ends))
redis.call('SET', KEY.refresh_token, subject, 'PXAT', whole(ends))
if token.whitelisted then whitelist(KEY.whitelist .. token.jti, token) end
if KEY.adopts then
  redis.call('DEL', KEY.adopts)
  redis.call('SET', KEY.adopted, adopted, 'PXAT', whole(ends))
end
return {now, 'opened', token.jti, token.iat, token.exp, ends, evicted}
