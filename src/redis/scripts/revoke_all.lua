#!lua flags=allow-oom
-- One write that ends every session of everybody.

local watermark_key, reason_key, horizon_key, ahead = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local reason, longest_life, foreign_life = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local now = time_ms()
local last_end = horizon_of(horizon_key, now, longest_life)
local until_ms = math.max(last_end, now + foreign_life) + MARGIN_MS
local latest_begin = latest_in_index(ahead) or 0
return {raise_watermark(watermark_key, reason_key, reason, latest_begin, until_ms, now)}
