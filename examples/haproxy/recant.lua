-- http-request lua.recant SCOPE: asks Recant whether the request may pass. SCOPE "-" is none.
--
-- A yes sets the variable txn.recant to "yes" and says in X-Auth-… who calls; a no is answered here,
-- in Recant's words. After whatever else may happen the variable is not set: the configuration must
-- ask for it, since HAProxy goes on after an error in Lua.

local CHECK = "abns@recant-check" -- the listener of that name in recant.cfg
local ASKED = { "authorization", "cookie", "origin", "sec-fetch-site", "user-agent", "x-request-id" }
local TOLD = { "x-auth-subject", "x-auth-session", "x-auth-scope", "x-auth-expires" }
local ANSWERED = { "www-authenticate", "content-type", "x-request-id" }

-- Every value of a field: two credentials are none, and it is Recant that says so.
local function values_of(headers, name)
  local values = {}
  for i = 0, #(headers[name] or {}) do
    if headers[name] and headers[name][i] then
      values[#values + 1] = headers[name][i]
    end
  end
  return values
end

local function ask(txn, scope)
  local sent = txn.http:req_get_headers()
  local headers = { ["x-forwarded-for"] = { txn.sf:src() } }
  for _, name in ipairs(ASKED) do
    local values = values_of(sent, name)
    if #values > 0 then headers[name] = values end
  end
  return core.httpclient():get({
    url = "http://recant/v1/check?scope=" .. scope,
    dst = CHECK,
    headers = headers,
    timeout = 8000,
  })
end

local function refuse(txn, answer)
  local said = { ["cache-control"] = { "no-store" } }
  for _, name in ipairs(ANSWERED) do
    local values = values_of(answer.headers, name)
    if #values > 0 then said[name] = values end
  end
  txn:done(txn:reply({ status = answer.status, headers = said, body = answer.body }))
end

core.register_action("recant", { "http-req" }, function(txn, scope)
  local answer = ask(txn, scope == "-" and "" or scope)
  if answer.status == 401 or answer.status == 403 then
    refuse(txn, answer)
  elseif answer.status == 200 then
    for _, name in ipairs(TOLD) do
      txn.http:req_set_header(name, answer.headers[name][0])
    end
    txn:set_var("txn.recant", "yes")
  end
end, 1)
