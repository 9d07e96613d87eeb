"""examples/haproxy, really run: a Lua file that asks by core.httpclient."""
import os

import contract
from contract import (CHALLENGED, CONNECTION, COOKIE, DOWN, FIRST, FORGED, INSIDE, OPEN, PATHS,
                      SCOPE, TOLD, TUNNEL, WEBSOCKET, Bodies, Door, Identity, Unknown)
from gateway import Gateway


class Haproxy(Gateway):
    name = "haproxy"
    files = ("recant.cfg", "recant.lua")
    hands_trailers_on = True
    unchecked = (("-           if !people !orders", "-           if !people !orders !{ path /free }"),
                 ("unless people or", "unless people or { path /free } or"))
    needed = (
        ("http-request lua.recant -           if !people !orders", "", Door, FIRST),
        ("http-request return status 503 hdr Retry-After 1 unless people or { var(txn.recant) -m str yes }",
         "", Unknown, DOWN),
        ("answer.status == 401 or answer.status == 403", "false", Door, FIRST),
        ('"cookie", ', "", Door, COOKIE),
        ('"origin", ', "", Door, COOKIE),
        ('"sec-fetch-site", ', "", Door, COOKIE),
        ('"www-authenticate", ', "", Door, FIRST),
        ("txn.http:req_set_header(name", "txn.http:req_set_header(name .. name", Identity, TOLD),
        ('"x-auth-subject", ', "", Identity, TOLD),
        ('"x-auth-session", ', "", Identity, TOLD),
        ('"x-auth-scope", ', "", Identity, TOLD),
        (', "x-auth-expires"', "", Identity, TOLD),
        ("http-request del-header '^x-auth-' -m reg", "", Identity, OPEN),
        ("http-request del-header '[_.]' -m reg", "", Identity, FORGED),
        ("http-request del-header Connection", "", Identity, CONNECTION),
        ("http-request del-header Upgrade", "", Identity, TUNNEL),
        ("http-request set-header Upgrade websocket", "http-request set-header X-A b", Bodies,
         WEBSOCKET),
        ("http-request deny deny_status 400 if", "http-request deny deny_status 400 if FALSE", Door,
         PATHS),
        ("lua.recant orders:read", "lua.recant -", Door, SCOPE),
        ("path,url_dec -m reg -i", "path -m reg -i", Door, SCOPE),
        ("path,url_dec -m reg -i", "path,url_dec -m reg", Door, SCOPE),
        ("/v1/(login|", "/v1/(admin/.*|login|", Door, INSIDE),
        ("for i = 0, #(headers[name] or {}) do", "for i = 0, 0 do", Door, CHALLENGED),
        ("hdr Retry-After 1", "", Unknown, DOWN),
    )

    def listen(self, port):
        return {"bind :80\n": f"bind 127.0.0.1:{port}\n",
                "/etc/haproxy/recant.lua": self.path("recant.lua"),
                "abns@recant-check": f"abns@{os.path.basename(self.home)}"}

    def command(self):
        return ["haproxy", "-db", "-f", self.path("recant.cfg")]


class Broken(contract.Contract):
    """HAProxy goes on after an error in Lua."""
    gateway_type = Haproxy

    def test_HAProxy_finds_nothing_to_warn_of(self):
        self.assertNotIn("WARNING", self.gateway.output())

    def test_an_error_in_lua_opens_no_door(self):
        tokens = self.recant.sign_in(scope="orders:read")
        for before, after in (("local answer = ask", "error('x') local answer = ask"),
                              ("function ask(txn, scope)", "function ask(txn, scope) txn:nothing()"),
                              ("headers[name][0])", "headers.none[0])")):
            gateway = Haproxy(self.relay.port, self.api.port, [(before, after)])
            self.addCleanup(gateway.end)
            for path in ("/free", "/orders/7"):
                self.assert_stopped(gateway.call("GET", path, tokens.access), 503)
                self.assertIn(gateway.call("GET", path).status, (401, 503))
            self.assertEqual(self.api.requests, [])


contract.load(globals(), Haproxy)
