#!lua flags=allow-oom
-- Ends a session whose subject is not known: its tokens are dead at once, its record goes when it is
-- next refreshed.

local key, reason_key, horizon_key = KEYS[1], KEYS[2], KEYS[3]
local reason, longest_life = ARGV[1], tonumber(ARGV[2])

local now = time_ms()
local until_ms = horizon_of(horizon_key, now, longest_life) + MARGIN_MS
hold(key, '1', until_ms, now)
hold(reason_key, reason, until_ms, now)
return {now}
