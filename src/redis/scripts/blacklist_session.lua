#!lua flags=allow-oom
-- Ends a session whose subject is not known: its tokens are dead at once, its record goes when it is
-- next refreshed.

local key, reason_key, horizon_key = KEYS[1], KEYS[2], KEYS[3]
local reason, longest_life, foreign_life = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local now = time_ms()
local last_end = horizon_of(horizon_key, now, longest_life)
local until_ms = math.max(last_end, now + foreign_life) + MARGIN_MS
hold(key, '1', until_ms, now)
hold_reason(reason_key, reason, until_ms, now)
return {now}
