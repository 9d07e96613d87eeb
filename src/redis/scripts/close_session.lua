#!lua flags=allow-oom
-- Ends one session and each of its tokens. Answers whether it was alive. Without a record the sid
-- is blacklisted all the same, unless the caller only means a session that exists.

local KEY = {
  record = KEYS[1], index = KEYS[2], blacklist = KEYS[3], reason = KEYS[4],
  subject_watermark = KEYS[5], all_watermark = KEYS[6],
  refresh_token = ARGV[1], blacklist_jti = ARGV[2], reason_jti = ARGV[3],  -- beginnings
  whitelist = ARGV[4],                                                     -- likewise
}
local sid, reason = ARGV[5], ARGV[6]
local until_ms, existing_only = tonumber(ARGV[7]), ARGV[8] == '1'

local now = time_ms()
local begun = millis_of(sid)
local record = read_record(KEY.record)
local alive = record and now < record.ends
  and not covers(watermark_of(redis.call('GET', KEY.subject_watermark)), begun)
  and not covers(watermark_of(redis.call('GET', KEY.all_watermark)), begun)
  and redis.call('EXISTS', KEY.blacklist) == 0

if record or not existing_only then
  close(KEY, sid, record, reason, until_ms, now)
  fit_index(KEY.index)
end
return {alive and 1 or 0}
