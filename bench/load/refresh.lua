-- refresh.lua TOKENS: POST /v1/refresh with the refresh tokens of the file in turn; the successor that
-- an answer carries goes to the end of the queue.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
dofile(here .. "summary.lua")

local queue, first, last = {}, 1, 0

function init(arguments)
  queue = lines_of(arguments[1])
  last = #queue
end

function request()
  local token = queue[first] or "the queue is empty"
  queue[first] = nil
  first = first + 1
  return post("/v1/refresh", '{"refresh_token":"' .. token .. '"}')
end

function response(status, headers, body)
  local token = body:match('"refresh_token":"([^"]+)"')
  if status == 200 and token then
    last = last + 1
    queue[last] = token
  end
end
