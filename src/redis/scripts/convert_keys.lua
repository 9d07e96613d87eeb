#!lua flags=allow-oom
-- Gives keys their names in the other form, a batch a call. KEYS are old and new by turns; ARGV says
-- of each pair what kind of key it is and, of a record, what the key of its refresh token begins with
-- in either form. A run that was interrupted may have left both names of an index or a watermark.

local function move(old, new)
  if redis.call('EXISTS', old) == 1 then redis.call('RENAME', old, new) end
end

-- Whichever holds more down, for as long as either stands.
local function merge_watermark(old, new)
  local one, other = redis.call('GET', old), redis.call('GET', new)
  local ends_one, ends_other = redis.call('PEXPIRETIME', old), redis.call('PEXPIRETIME', new)
  local value = watermark_of(one) > watermark_of(other) and one or other
  if ends_one == -1 or ends_other == -1 then
    redis.call('SET', new, value)
  else
    redis.call('SET', new, value, 'PXAT', whole(math.max(ends_one, ends_other)))
  end
  redis.call('DEL', old)
end

local function merge_index(old, new)
  redis.call('ZUNIONSTORE', new, 2, old, new, 'AGGREGATE', 'MAX')
  redis.call('DEL', old)
  fit_index(new)
end

for pair = 1, #KEYS / 2 do
  local old, new = KEYS[2 * pair - 1], KEYS[2 * pair]
  local kind, old_refresh, new_refresh = ARGV[3 * pair - 2], ARGV[3 * pair - 1], ARGV[3 * pair]
  local both = redis.call('EXISTS', old, new) == 2
  if both and kind == 'watermark' then
    merge_watermark(old, new)
  elseif both and kind == 'index' then
    merge_index(old, new)
  else
    if kind == 'record' then
      local id = redis.call('HGET', old, 'r')
      if id then move(old_refresh .. id, new_refresh .. id) end
    end
    move(old, new)
  end
end
return {#KEYS / 2}
