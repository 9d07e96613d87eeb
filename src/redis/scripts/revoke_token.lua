#!lua flags=allow-oom
-- Ends one access token. Its whitelist key is given where its subject is known.

local key, reason_key, whitelist_key = KEYS[1], KEYS[2], KEYS[3]
local exp, reason = tonumber(ARGV[1]), ARGV[2]

local now = time_ms()
local until_ms = exp * 1000 + MARGIN_MS
hold(key, '1', until_ms, now)
hold_reason(reason_key, reason, until_ms, now)
if whitelist_key then redis.call('DEL', whitelist_key) end
return {now}
