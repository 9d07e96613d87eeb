#!lua
-- The brake on whoever guesses passwords. `admit` refuses an attempt for as long as its guesser has
-- to wait, and counts any other as failed before the password is looked at, so that a thousand
-- attempts at once are a thousand. `right` and `unjudged` take that back.
-- docs/adr/0013-who-guesses-waits.md says who waits for whom.

local KEY = {pair = KEYS[1], name = KEYS[2], address = KEYS[3], proven = KEYS[4]}
local step = ARGV[1]
-- Failures that cost nothing: of a name from one address, where that is its owner's, and where many
-- others failed at the name; of a name; of an address.
local pair_free, proven_free, pair_free_of_many, name_free, address_free =
  tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local longest, memory, proof = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

local now = time_ms()
local is_proven = redis.call('EXISTS', KEY.proven) == 1

-- How many failed, and from when the next may come. What is not of ours counts for nothing.
local function failures_of(key)
  local count, next_at = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  return {count = tonumber(count) or 0, next_at = tonumber(next_at) or 0}
end

local function keep(key, failures)
  redis.call('SET', key, whole(failures.count) .. ' ' .. whole(failures.next_at), 'PX', whole(memory))
end

-- One second after the last free failure, doubled by each further one.
local function fail(key, failures, free)
  failures.count = failures.count + 1
  if failures.count >= free then
    failures.next_at = now + math.min(longest, 1000 * 2 ^ (failures.count - free))
  end
  keep(key, failures)
end

local function take_back(key)
  local failures = failures_of(key)
  if failures.count <= 1 then return redis.call('DEL', key) end
  failures.count = failures.count - 1
  keep(key, failures)
end

if step == 'admit' then
  local pair, address = failures_of(KEY.pair), failures_of(KEY.address)
  local next_at = is_proven and pair.next_at or math.max(pair.next_at, address.next_at)
  if next_at > now then return {next_at - now} end
  if is_proven then
    fail(KEY.pair, pair, proven_free)
  else
    local name = failures_of(KEY.name)
    fail(KEY.pair, pair, name.count >= name_free and pair_free_of_many or pair_free)
    fail(KEY.name, name, math.huge)
    fail(KEY.address, address, address_free)
  end
  return {0}
end

if not is_proven then
  take_back(KEY.name)
  take_back(KEY.address)
end
if step == 'right' then
  redis.call('DEL', KEY.pair)
  redis.call('SET', KEY.proven, '1', 'PX', whole(proof))
else
  take_back(KEY.pair)
end
return {0}
