-- How many sessions a subject may have: open_session makes room by this before it opens one more.
--
-- A session counts unless it is dead: its time is over, a watermark covers it, blacklist:session
-- stands, or its record is gone. The index alone tells the first two; for the others records are
-- read, LOOKED_AT a call, those that end first. So up to that many sessions the count is exact; of
-- more, a dead one that ends late counts until it is among them.

local MAX_KEYS = 256  -- that a call may touch
local LOOKED_AT = 64
local STRETCH = 512   -- index entries that are read at once
-- Who was revoked together with very many stands in the index until tidying has come by, but whoever
-- signs in after that ends later: for the living there is no need to look further than this.
local LAST_STRETCH = 16 * STRETCH

-- Up to `enough` sids that no watermark covers, in the order of the command.
local function uncovered(command, index, watermark, enough, last)
  local found, at = {}, 0
  repeat
    local stretch = redis.call(command, index, at, at + STRETCH - 1)
    for _, sid in ipairs(stretch) do
      local is_uuid, begun = pcall(millis_of, sid)
      if #found < enough and is_uuid and begun > watermark then found[#found + 1] = sid end
    end
    at = at + STRETCH
  until #found == enough or #stretch < STRETCH or at >= last
  return found
end

-- The living, the least recently refreshed first, and the dead. A record that cannot be read is
-- neither: it counts, and nobody ends it.
local function look_at(sids, keys_of)
  local living, dead = {}, {}
  for _, sid in ipairs(sids) do
    local at = keys_of(sid)
    local readable, record = pcall(read_record, at.record)
    local blacklisted = redis.call('EXISTS', at.blacklist) == 1
    if readable and (not record or blacklisted) then
      dead[#dead + 1] = {sid = sid, at = at, record = record}
    elseif readable then
      local seen = millis_of(record.tokens[record.generation].jti)
      living[#living + 1] = {sid = sid, at = at, record = record, seen = seen}
    end
  end
  table.sort(living, function(a, b)
    if a.seen ~= b.seen then return a.seen < b.seen end
    return millis_of(a.sid) < millis_of(b.sid)
  end)
  return living, dead
end

-- Is there room for one more among `limit` sessions, and the sids that had to go for it. Without room
-- and with sids gone there were more than one call ends, and the call is to be repeated. `touched`
-- says how many keys the script touches beside; `keys_of` names those of a sid.
local function make_room(index, limit, deny, watermark, touched, keys_of, now)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', whole(now))
  if limit == 0 or redis.call('ZCOUNT', index, '-inf', '+inf') < limit then return true, {} end

  local enough = limit + LOOKED_AT
  local last_to_end = uncovered('ZREVRANGE', index, watermark, enough, LAST_STRETCH)
  if #last_to_end < limit then return true, {} end
  local first_to_end
  if #last_to_end == enough then
    first_to_end = uncovered('ZRANGE', index, watermark, LOOKED_AT, math.huge)
  else
    first_to_end = {unpack(last_to_end, math.max(1, #last_to_end - LOOKED_AT + 1))}
  end
  local living, dead = look_at(first_to_end, keys_of)
  local too_many = #last_to_end - #dead - (limit - 1)

  touched = touched + 2 * #first_to_end
  local function end_session(one, reason)
    local more = 2  -- its refresh token and its reason, and three keys a token
    for _ in pairs(one.record.tokens) do more = more + 3 end
    if touched + more > MAX_KEYS then return false end
    touched = touched + more
    reason = reason or redis.call('GET', one.at.reason) or 'foreign'
    close(one.at, one.sid, one.record, reason, 0, now)
    return true
  end

  local evicted = {}
  if not deny then
    for _, one in ipairs(living) do
      if #evicted >= too_many or not end_session(one, 'evicted') then break end
      evicted[#evicted + 1] = one.sid
    end
  end
  for _, one in ipairs(dead) do
    if not one.record then
      redis.call('ZREM', index, one.sid)
    else
      end_session(one)
    end
  end
  return #evicted >= too_many, evicted
end

