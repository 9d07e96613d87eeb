#!lua flags=no-writes
-- Asks Redis what this user may not do, without doing it (redis.acl_check_cmd). The arguments are
-- commands, each as the number of its words and then the words; answers which of them, from 1.
-- Each is whole, as it would be sent: Redis 7.0 crashes over one that lacks its key.

local denied, at, index = {}, 1, 1
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  if not redis.acl_check_cmd(unpack(ARGV, at + 1, last)) then denied[#denied + 1] = index end
  at, index = last + 1, index + 1
end
return denied
