#!lua flags=allow-oom
-- Ends one access token.

local key, reason_key = KEYS[1], KEYS[2]
local exp, reason = tonumber(ARGV[1]), ARGV[2]

local now = time_ms()
local until_ms = exp * 1000 + MARGIN_MS
hold(key, '1', until_ms, now)
hold(reason_key, reason, until_ms, now)
return {now}
