#!lua flags=allow-oom
-- One batch of what follows a subject's watermark: closes sessions that it covers. Answers how many,
-- whether none is left, and the index entry behind which the next batch goes on ('' for the first).
--
-- The index is by end, so sessions begun after the watermark stand among the others and are passed
-- over; only their index entries are read.

local index, subject_watermark, all_watermark = KEYS[1], KEYS[2], KEYS[3]
local session, blacklist, session_reason = ARGV[1], ARGV[2], ARGV[3]        -- beginnings of keys
local refresh_token, blacklist_jti, reason_jti = ARGV[4], ARGV[5], ARGV[6]  -- likewise
local whitelist = ARGV[7]                                                   -- likewise
local reason = ARGV[8]
local after_end, after_sid = ARGV[9], ARGV[10]

local LOOKED_AT = 512                 -- index entries a call
local MAX_KEYS = 256                  -- keys that a call may touch
local SESSION_KEYS = 4 + 3 * MAX_LIVE  -- record, refresh token, entry, reason; three a token

local now = time_ms()
local watermark = math.max(watermark_of(redis.call('GET', subject_watermark)) or 0,
                           watermark_of(redis.call('GET', all_watermark)) or 0)

-- The rank to begin at. The entry before it may have gone or moved since.
local start = 0
if after_sid ~= '' then
  if tonumber(redis.call('ZSCORE', index, after_sid)) == tonumber(after_end) then
    start = redis.call('ZRANK', index, after_sid) + 1
  else
    start = redis.call('ZCOUNT', index, '-inf', '(' .. after_end)
  end
end

local entries = redis.call('ZRANGE', index, start, start + LOOKED_AT - 1, 'WITHSCORES')
local closed, touched = 0, 3
for i = 1, #entries, 2 do
  local sid = entries[i]
  local is_uuid, begun = pcall(millis_of, sid)
  if not is_uuid or covers(watermark, begun) then
    if touched + SESSION_KEYS > MAX_KEYS then
      fit_index(index)
      return {closed, 0, after_end, after_sid}
    end
    local at = {
      record = session .. sid, index = index, blacklist = blacklist .. sid,
      reason = session_reason .. sid, refresh_token = refresh_token,
      blacklist_jti = blacklist_jti, reason_jti = reason_jti, whitelist = whitelist,
    }
    local record = read_record(at.record)
    close(at, sid, record, reason, 0, now)
    if record then closed = closed + 1 end
    touched = touched + 4
    if record then
      for _, token in pairs(record.tokens) do
        touched = touched + (token.whitelisted and 3 or 2)
      end
    end
  else
    after_sid, after_end = sid, entries[i + 1]
  end
end
fit_index(index)
return {closed, #entries < 2 * LOOKED_AT and 1 or 0, after_end, after_sid}
