-- login.lua NAMES PASSWORD: POST /v1/login for each name of the file in turn, all with one password.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
dofile(here .. "summary.lua")

local requests, at = {}, 0

function init(arguments)
  for i, name in ipairs(lines_of(arguments[1])) do
    requests[i] = post("/v1/login", '{"username":"' .. name .. '","password":"' .. arguments[2] .. '"}')
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
