-- check.lua TOKENS [PAUSE]: GET /v1/check with each access token of the file in turn, each connection
-- without pause, or with one of PAUSE milliseconds on average between an answer and the next request.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
dofile(here .. "summary.lua")

local requests, at = {}, 0

function init(arguments)
  for i, token in ipairs(lines_of(arguments[1])) do
    requests[i] = "GET /v1/check HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n\r\n"
  end
  local pause = tonumber(arguments[2])
  if pause then
    -- wrk asks for it wherever it is there.
    function delay() return math.random(0, 2 * pause) end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
