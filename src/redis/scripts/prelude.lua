-- What the scripts share; the build puts it into each of them, behind the first line.
-- The rules are those of core/refresh_family, which is their specification. Every script takes the
-- time once, reads and judges first, and writes only then, so one that fails has let nobody in.

local MARGIN_MS = 5 * 60 * 1000  -- leeway and clock disagreement of any verifier
local LEEWAY_MS = 60 * 1000      -- the largest that a reader of the whitelist may have
local MAX_LIVE = 32              -- core::kMaxLiveTokens
local LAST_UUID_MS = 2 ^ 48 - 1  -- no version 7 UUID is later

local function time_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- Not %.0f, which costs twice as much.
local function whole(number)
  return string.format('%d', number)
end

-- An instant as PXAT takes it. One that a foreign hand made absurd (the score `inf` in an index)
-- must not be what a revocation fails by.
local LAST_EXPIRY_MS = 253402300799000  -- the end of the year 9999
local function expiry(until_ms)
  return whole(math.max(0, math.min(until_ms, LAST_EXPIRY_MS)))
end

-- The milliseconds of a version 7 UUID.
local function millis_of(uuid)
  return tonumber(string.sub(uuid, 1, 8), 16) * 65536 + tonumber(string.sub(uuid, 10, 13), 16)
end

-- An access token as the record keeps it: its jti and its life in seconds. The jti was made from the
-- clock, so it says when the token was issued. `tail` are its last 22 characters: version, variant
-- and 74 random bits.
local function make_token(now, access, absolute_end, jti_tail, whitelisted)
  local iat = math.floor(now / 1000)
  return {
    jti = string.format('%08x-%04x-%s', math.floor(now / 65536), now % 65536, jti_tail),
    iat = iat,
    exp = math.min(iat + access, math.floor(absolute_end / 1000)),
    whitelisted = whitelisted,
  }
end

local function text_of_token(token)
  return token.jti .. ' ' .. whole(token.exp - token.iat) .. (token.whitelisted and ' w' or '')
end

local function parse_token(text)
  local jti, life, mark = string.match(text, '^(%S+) (%d+)(.*)$')
  assert(mark == '' or mark == ' w')
  local iat = math.floor(millis_of(jti) / 1000)
  return {jti = jti, iat = iat, exp = iat + tonumber(life), whitelisted = mark == ' w'}
end

-- The whitelist ----------------------------------------------------------------------------------

-- core::Policy::parse, of which only this matters here.
local function strategy_of(policy)
  local strategy = string.sub(policy, 1, 4) == 'v=1 '
    and string.match(policy .. ' ', ' strategy=([^ ]*) ')
  if strategy ~= 'blacklist' and strategy ~= 'whitelist' then
    error({err = 'RECANT the policy says what is not known here'})
  end
  return strategy
end

-- Are tokens whitelisted? They are if either says so, the policy of this Redis or `own`, by which
-- the server goes; so nobody's verifier misses what another server issued. And is there a policy?
local function is_whitelisting(policy_key, own)
  local policy = redis.call('GET', policy_key)
  local whitelisting = strategy_of(own) == 'whitelist' or (policy and strategy_of(policy) == 'whitelist')
  return whitelisting, policy ~= false
end

-- A Redis that lost its policy is told it again by whoever issues.
local function keep_policy(policy_key, own, stands)
  if not stands then redis.call('SET', policy_key, own) end
end

-- The record remembers of each token whether it was whitelisted: one that was and no longer stands
-- was taken back, one that never was is of another strategy's time.
local function whitelist(key, token)
  redis.call('SET', key, '1', 'PXAT', whole(token.exp * 1000 + LEEWAY_MS))
end

-- Watermarks -------------------------------------------------------------------------------------

-- Nothing, an instant in ms, or math.huge for "everything" (core::Watermark::parse).
local function watermark_of(raw)
  if not raw then return nil end
  if string.find(raw, '^%d+$') and tonumber(raw) >= 1e12 then return tonumber(raw) end
  return math.huge
end

local function covers(watermark, begun)
  return watermark ~= nil and begun <= watermark
end

-- Entries that hold something down ---------------------------------------------------------------

-- Stands at least until `until_ms`; what stands longer is left as it is.
local function hold(key, value, until_ms, now, keeps_value)
  if until_ms <= now then return end
  local stands = redis.call('PEXPIRETIME', key)
  if stands == -1 or stands >= until_ms then return end
  if keeps_value and stands >= 0 then
    redis.call('PEXPIREAT', key, expiry(until_ms))
  else
    redis.call('SET', key, value, 'PXAT', expiry(until_ms))
  end
end

-- Likewise why. What was said first stays, for that is what it ended by.
local function hold_reason(key, reason, until_ms, now)
  hold(key, reason, until_ms, now, true)
end

-- Raises the watermark above what stands, and to `latest_begin` at least (recant:ahead); answers it,
-- or -1 where everything is covered anyway. Neither the value nor the life of what stands is ever
-- made less.
local function raise_watermark(key, reason_key, reason, latest_begin, until_ms, now)
  local old = watermark_of(redis.call('GET', key)) or 0
  local stands = redis.call('PEXPIRETIME', key)
  local forever = stands == -1
  until_ms = math.max(until_ms, stands)
  local raised = math.max(now + 1000, old + 1, latest_begin)
  if raised > LAST_UUID_MS then
    if not forever then redis.call('PEXPIREAT', key, expiry(until_ms)) end
    raised = -1
  elseif forever then
    redis.call('SET', key, whole(raised))
  else
    redis.call('SET', key, whole(raised), 'PXAT', expiry(until_ms))
  end
  if forever then
    redis.call('SET', reason_key, reason)
  else
    redis.call('SET', reason_key, reason, 'PXAT', expiry(until_ms))
  end
  return raised
end

-- The latest absolute end that any session was given.
local function horizon_of(key, now, longest_life)
  local stands = redis.call('GET', key)
  return stands and string.find(stands, '^%d+$') and tonumber(stands) or now + longest_life
end

local function raise_horizon(key, absolute_end)
  local stands = tonumber(redis.call('GET', key))
  if stands and stands >= absolute_end then return end
  redis.call('SET', key, whole(absolute_end), 'PXAT', whole(absolute_end + MARGIN_MS))
end

-- The session record -----------------------------------------------------------------------------

-- Text longer than 64 bytes would cost the hash its compact form, so it is kept in pieces: `u`,
-- `u1`, `u2` and so on.
local PIECE_BYTES = 64

local function text_of(fields, name)
  local text, at = fields[name] or '', 1
  while fields[name .. at] do
    text = text .. fields[name .. at]
    at = at + 1
  end
  return text
end

-- Adds to `set` what HSET, and to `drop` what HDEL has to do for the text to become `text`.
local function put_text(set, drop, fields, name, text)
  if text == text_of(fields, name) then return end
  local field, at = name, 0
  while #text > 0 do
    set[#set + 1] = field
    set[#set + 1] = string.sub(text, 1, PIECE_BYTES)
    text = string.sub(text, PIECE_BYTES + 1)
    at = at + 1
    field = name .. at
  end
  while fields[field] do
    drop[#drop + 1] = field
    at = at + 1
    field = name .. at
  end
end

-- Nothing when there is none. docs/redis-keys.md lists the fields.
local function read_record(key)
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then return nil end
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  if fields.v ~= '1' then
    error({err = 'RECANT this session record is of a version that is not known here'})
  end
  local record = {
    fields = fields,
    generation = assert(tonumber(fields.g)),
    key_id = assert(fields.k),
    refresh_id = assert(fields.r),
    nonce = assert(fields.n),
    absolute_end = assert(tonumber(fields.x)),
    ends = assert(tonumber(fields.e)),
    latest_exp = 0,   -- ever signed: what is not in `tokens` had expired when a later one was signed
    tokens = {},      -- generation -> jti, iat, exp
    superseded = {},  -- generation -> ms
  }
  for name, value in pairs(fields) do
    local kind, generation = string.match(name, '^([ap])(%d+)$')
    if kind == 'a' then
      local token = parse_token(value)
      record.tokens[tonumber(generation)] = token
      record.latest_exp = math.max(record.latest_exp, token.exp)
    elseif kind == 'p' then
      record.superseded[tonumber(generation)] = assert(tonumber(value))
    end
  end
  assert(record.tokens[record.generation])
  return record
end

-- A session's time is over when it can no longer be refreshed; the index knows it until its last
-- token ends too, which is later only if an access token outlives the idle time.
local function put_in_index(index, sid, ends, latest_exp)
  redis.call('ZADD', index, whole(math.max(ends, latest_exp * 1000)), sid)
end

-- Nothing also where a foreign hand has made the index something else (pcall answers a table with
-- `err`): that must keep no revocation away.
local function latest_in_index(index)
  return tonumber(redis.pcall('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2])
end

-- The index lives as long as its latest member.
local function fit_index(index)
  local latest = latest_in_index(index)
  if latest then redis.call('PEXPIREAT', index, expiry(latest)) end
end

-- put_in_index and, for less, fit_index where the session was in the index before: the index then
-- lives long enough already for all others.
local function move_in_index(index, sid, ends, latest_exp)
  local latest = math.max(ends, latest_exp * 1000)
  if redis.call('ZADD', index, whole(latest), sid) == 1 then return fit_index(index) end
  redis.call('PEXPIREAT', index, expiry(latest), 'GT')
end

-- Remembers a session that begins ahead of the clock until the clock has come to its beginning, for
-- until then a watermark made of the clock might not reach it.
local function put_ahead(ahead, subject, begun, now)
  redis.call('ZREMRANGEBYSCORE', ahead, '-inf', whole(now))
  redis.call('ZADD', ahead, 'GT', whole(begun), subject)
  fit_index(ahead)
end

-- Ends a session. `at` names its keys (record, index, blacklist, reason) and what the keys of its
-- tokens begin with (refresh_token, blacklist_jti, reason_jti, whitelist); `record` may be nothing.
-- Neither does this fail where a foreign hand has spoiled the index.
local function close(at, sid, record, reason, until_ms, now)
  redis.call('DEL', at.record)
  if record then
    redis.call('DEL', at.refresh_token .. record.refresh_id)
    until_ms = math.max(until_ms, record.latest_exp * 1000)
    for _, token in pairs(record.tokens) do
      local token_until = token.exp * 1000 + MARGIN_MS
      hold(at.blacklist_jti .. token.jti, '1', token_until, now)
      hold_reason(at.reason_jti .. token.jti, reason, token_until, now)
      if token.whitelisted then redis.call('DEL', at.whitelist .. token.jti) end
    end
  end
  hold(at.blacklist, '1', until_ms + MARGIN_MS, now)
  hold_reason(at.reason, reason, until_ms + MARGIN_MS, now)
  redis.pcall('ZREM', at.index, sid)
end

