#!lua flags=allow-oom
-- One write that ends every session of a subject, whatever their number.

local watermark_key, index, reason_key = KEYS[1], KEYS[2], KEYS[3]
local horizon_key, ahead = KEYS[4], KEYS[5]
local reason, longest_life, foreign_life = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local subject = ARGV[4]

local now = time_ms()
local last_end = latest_in_index(index) or horizon_of(horizon_key, now, longest_life)
local alive = redis.pcall('ZCOUNT', index, '(' .. whole(now), '+inf')
if type(alive) ~= 'number' then alive = 0 end
local until_ms = math.max(last_end, now + foreign_life) + MARGIN_MS
local latest_begin = tonumber(redis.pcall('ZSCORE', ahead, subject)) or 0
local watermark = raise_watermark(watermark_key, reason_key, reason, latest_begin, until_ms, now)
return {watermark, alive}
