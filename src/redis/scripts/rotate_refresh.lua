#!lua
-- Uses a refresh token: core::decide_refresh and core::rotate, each `if` of which stands here.
-- Without flags: refused whole when memory is full.

local KEY = {
  record = KEYS[1], index = KEYS[2], presented = KEYS[3], next = KEYS[4],
  subject_watermark = KEYS[5], all_watermark = KEYS[6], blacklist = KEYS[7], reason = KEYS[8],
  subject_reason = KEYS[9], all_reason = KEYS[10], horizon = KEYS[11], policy = KEYS[12],
  refresh_token = ARGV[1], blacklist_jti = ARGV[2], reason_jti = ARGV[3],  -- beginnings
  whitelist = ARGV[4],                                                     -- likewise
}
local sid, subject, policy = ARGV[5], ARGV[6], ARGV[7]
local presented, nonce = tonumber(ARGV[8]), ARGV[9]
local next_key_id, next_id, jti_tail = ARGV[10], ARGV[11], ARGV[12]
local user_agent, address = ARGV[13], ARGV[14]
local idle, absolute = tonumber(ARGV[15]), tonumber(ARGV[16])
local access, grace = tonumber(ARGV[17]), tonumber(ARGV[18])

local now = time_ms()
local begun = millis_of(sid)
local whitelisting, policy_stands = is_whitelisting(KEY.policy, policy)

-- Whoever took it away signed its holder out, whatever the strategy is by now.
local function has_lost_its_place(token)
  return token.whitelisted
    and redis.call('EXISTS', KEY.whitelist .. token.jti) == 0
end

-- Could anything have been revoked at all? One question; most sessions end with it.
local function is_suspect(record)
  local signs = {KEY.subject_watermark, KEY.all_watermark, KEY.blacklist}
  for _, token in pairs(record.tokens) do
    signs[#signs + 1] = KEY.blacklist_jti .. token.jti
    if has_lost_its_place(token) then return true end
  end
  return redis.call('EXISTS', unpack(signs)) > 0
    or redis.call('EXISTS', KEY.refresh_token .. record.refresh_id) == 0
end

-- Why the session is dead, or nothing. A foreign service may have said so in each of these ways.
local function revoked_by(record)
  if not is_suspect(record) then return nil end
  if covers(watermark_of(redis.call('GET', KEY.subject_watermark)), begun) then
    return redis.call('GET', KEY.subject_reason) or 'foreign'
  end
  if covers(watermark_of(redis.call('GET', KEY.all_watermark)), begun) then
    return redis.call('GET', KEY.all_reason) or 'foreign'
  end
  if redis.call('EXISTS', KEY.blacklist) == 1 then
    return redis.call('GET', KEY.reason) or 'foreign'
  end
  for _, token in pairs(record.tokens) do
    if token.exp * 1000 > now and (redis.call('EXISTS', KEY.blacklist_jti .. token.jti) == 1
      or has_lost_its_place(token)) then
      return redis.call('GET', KEY.reason_jti .. token.jti) or 'foreign'
    end
  end
  if redis.call('EXISTS', KEY.refresh_token .. record.refresh_id) == 0 then return 'foreign' end
  return nil
end

-- Seconds until a place is free among the live tokens and the remembered generations, or nothing.
local function throttled_for(record)
  local live, first_end = 0, math.huge
  for _, token in pairs(record.tokens) do
    if token.exp * 1000 > now then
      live = live + 1
      first_end = math.min(first_end, token.exp * 1000)
    end
  end
  local remembered, first_forgotten = 0, math.huge
  for _, at in pairs(record.superseded) do
    if now - at < grace then
      remembered = remembered + 1
      first_forgotten = math.min(first_forgotten, at + grace)
    end
  end
  local free_at = now
  if live >= MAX_LIVE then free_at = math.max(free_at, first_end) end
  if remembered >= MAX_LIVE then free_at = math.max(free_at, first_forgotten) end
  if free_at == now then return nil end
  return math.ceil((free_at - now) / 1000)
end

local function live_generation(outcome, generation, key_id, token, ends, fields)
  return {
    now, outcome, generation, key_id, token.jti, token.iat, token.exp, ends,
    text_of(fields, 's'), text_of(fields, 'c'),
  }
end

-- Makes the generation after `presented` the live one.
local function rotate(record)
  local token = make_token(now, access, record.absolute_end, jti_tail, whitelisting)
  local ends = math.min(now + idle, record.absolute_end)
  local generation = presented + 1

  local set = {
    'g', whole(generation), 'k', next_key_id, 'r', next_id, 'e', whole(ends),
    'a' .. whole(generation), text_of_token(token),
  }
  local drop = {}
  for of, old in pairs(record.tokens) do
    if old.exp * 1000 <= now then drop[#drop + 1] = 'a' .. whole(of) end
  end
  for of, at in pairs(record.superseded) do
    if now - at >= grace then drop[#drop + 1] = 'p' .. whole(of) end
  end
  -- What a rewound Redis took for live until this moment counts as superseded at this moment.
  for of = presented - math.min(presented - record.generation, MAX_LIVE - 1), presented do
    set[#set + 1] = 'p' .. whole(of)
    set[#set + 1] = whole(now)
  end
  put_text(set, drop, record.fields, 'u', user_agent)
  put_text(set, drop, record.fields, 'i', address)

  keep_policy(KEY.policy, policy, policy_stands)
  raise_horizon(KEY.horizon, record.absolute_end)
  move_in_index(KEY.index, sid, ends, math.max(record.latest_exp, token.exp))
  if #drop > 0 then redis.call('HDEL', KEY.record, unpack(drop)) end
  redis.call('HSET', KEY.record, unpack(set))
  redis.call('PEXPIREAT', KEY.record, whole(ends))
  redis.call('DEL', KEY.presented, KEY.refresh_token .. record.refresh_id)
  redis.call('SET', KEY.next, subject, 'PXAT', whole(ends))
  if token.whitelisted then whitelist(KEY.whitelist .. token.jti, token) end
  return live_generation('rotated', generation, next_key_id, token, ends, record.fields)
end

local record = read_record(KEY.record)
if not record or now >= record.ends then
  return {now, begun + absolute <= now and 'expired' or 'revoked'}
end
if nonce ~= record.nonce then return {now, 'malformed'} end
local reason = revoked_by(record)
if reason then
  close(KEY, sid, record, reason, 0, now)
  fit_index(KEY.index)
  return {now, 'revoked'}
end

if presented < record.generation then
  local at = record.superseded[presented]
  local age = at and now - at
  if age and age < 0 then return {now, 'expired'} end
  if age and age < grace then
    return live_generation('repeated', record.generation, record.key_id,
      record.tokens[record.generation], record.ends, record.fields)
  end
  close(KEY, sid, record, 'reused', 0, now)
  fit_index(KEY.index)
  return {now, 'reused'}
end

-- The live one, or one above it: then Redis was rewound, and an authentic token knows better.
local wait = throttled_for(record)
if wait then return {now, 'throttled', wait} end
return rotate(record)
