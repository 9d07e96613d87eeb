"""Who passes and who does not, and what he is told (O47, O49, O50)."""
from harness import http
from shared import Contract

# How somebody might say /orders/7, or /free, so that gateway and API disagree (CVE-2023-44794).
AMBIGUOUS = ("/free/../orders/7", "/free/..", "/./orders/7", "/free/%2e%2e/orders/7",
             "/%2E/orders/7", "/free/..;/orders/7", "/orders;x=1/7", "/orders%3bx/7", "//orders/7",
             "/free//orders/7",
             "/free%2forders/7", "/free%2F..%2Forders/7", "/free\\..\\orders", "/free%5corders",
             "/free/..?a=b", "/free/.?a=b", "http://127.0.0.1/free/../orders/7",
             "http://127.0.0.1/free%2f..%2forders")
CLEAR = ("/", "/free", "/free/a.b/..c/d..", "/free?next=/a/../b;c//d%2f%2e",
         "/a%20b/%C3%AB", "/.well-known/x")
ORDERS = ("/orders", "/orders/7", "/orders/", "/orders?x=1", "/ORDERS/7", "/Orders", "/%6frders/7",
          "/%4FRDERS/7", "/orders/7?next=/free", "http://127.0.0.1/orders/7")
OUTSIDE = ("/v1/check", "/auth/v1/check", "/auth/v1/admin/users", "/auth/metrics", "/auth/readyz",
           "/recant-check", "/recant-check/orders:read")


class Door(Contract):
    def test_200_and_after_the_revocation_401(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.recant.logout(tokens.access)
        answer = self.gateway.call("GET", "/free", tokens.access)
        self.assert_stopped(answer, 401)
        self.assertEqual(answer.header("WWW-Authenticate"),
                         self.recant.check(tokens.access).header("WWW-Authenticate"))
        self.assertIn("revoked: logout", answer.header("WWW-Authenticate"))

    def test_revoked_by_an_administrator(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.recant.revoke(subject=tokens.user_id)
        self.assert_stopped(self.gateway.call("GET", "/free", tokens.access), 401)

    def test_O47_whoever_has_no_good_token_is_challenged_as_by_Recant(self):
        tokens = self.recant.sign_in()
        twice = [("Authorization", f"Bearer {tokens.access}"), ("Authorization", "Bearer x")]
        for headers in ((), [("Authorization", "Basic YTpi")], [("Authorization", "Bearer x")],
                        [("Authorization", f"Bearer {tokens.access}x")], [("Authorization", "")],
                        twice, twice[::-1], [twice[0], twice[0]]):
            answer = self.gateway.call("GET", "/free", headers=headers)
            if answer.status == 400 and len(headers) == 2:  # a gateway may refuse this by itself
                self.assert_stopped(answer, 400)
                continue
            self.assert_stopped(answer, 401)
            challenge = self.recant.call("GET", "/v1/check", headers=headers)
            self.assertEqual(answer.all("WWW-Authenticate"),
                             challenge.all("WWW-Authenticate"), headers)
        self.assert_bare_challenge(self.gateway.call("GET", "/free"))

    def test_after_a_refusal_the_connection_is_as_good_as_before(self):
        tokens = self.recant.sign_in()
        client = http.client(self.gateway.port)
        self.addCleanup(client.close)
        for method in ("HEAD", "GET", "HEAD", "OPTIONS"):
            for headers, status in (({}, 401), ({"Authorization": f"Bearer {tokens.access}"}, 200)):
                client.request(method, "/free", headers=headers)
                answer = client.getresponse()
                answer.read()
                self.assertEqual(answer.status, status)

    def test_a_cookie_counts_and_not_for_another_page(self):
        tokens = self.recant.sign_in()
        cookie = ("Cookie", f"theirs=1; __Host-recant_at={tokens.access}")
        ours = [("Origin", "https://shop.example"), ("Sec-Fetch-Site", "same-origin")]
        other = [("Origin", "https://evil.shop.example"), ("Sec-Fetch-Site", "same-site")]
        for headers in ([cookie], [cookie, *ours]):
            request = self.assert_passes(self.gateway.call("POST", "/free", headers=headers))
            self.assertEqual(self.said_of(request)[0], tokens.user_id)
        self.assert_stopped(self.gateway.call("POST", "/free", headers=[cookie, *other]), 403)
        self.assert_stopped(self.gateway.call("POST", "/free", "x", headers=[cookie]), 401)
        self.assert_passes(self.gateway.call("POST", "/free", tokens.access, headers=[cookie, *other]))
        self.recant.logout(tokens.access)
        self.assert_stopped(self.gateway.call("GET", "/free", headers=[cookie]), 401)

    def test_a_token_in_the_query_is_none(self):
        tokens = self.recant.sign_in()
        self.assert_stopped(self.gateway.call("GET", f"/free?access_token={tokens.access}"), 401)

    def test_what_is_asked_is_for_the_gateway_to_say(self):
        tokens = self.recant.sign_in(scope="orders:write")
        for query in ("?scope=admin", "?audience=other", "?scope=a&scope=b", "?a=%zz"):
            request = self.assert_passes(self.gateway.call("GET", "/free" + query, tokens.access))
            self.assertEqual(request.target, "/free" + query)
            answer = self.gateway.call("GET", "/orders?scope=orders:write", tokens.access)
            self.assert_stopped(answer, 403)

    def test_a_scope_is_asked_for_where_one_is_needed(self):
        without = self.recant.sign_in(scope="orders:write orders:rea")
        having = self.recant.sign_in(scope="orders:write orders:read")
        for path in ORDERS:
            answer = self.gateway.call("GET", path, without.access)
            self.assert_stopped(answer, 403)
            challenge = answer.header("WWW-Authenticate") or ""
            self.assertIn('error="insufficient_scope"', challenge)
            self.assertIn('scope="orders:read"', challenge)
            self.assert_passes(self.gateway.call("GET", path, having.access))
            self.assert_stopped(self.gateway.call("GET", path), 401)
        self.assert_passes(self.gateway.call("GET", "/ordersx", without.access))

    def test_nobody_passes_by_an_answer_of_the_API(self):
        """Its own refusals and failures are its own, and reach the client as they are."""
        tokens = self.recant.sign_in()
        for status in (401, 403, 404, 500, 502, 503):
            self.api.says = (status, [("WWW-Authenticate", "Api"), ("X-Api", "yes")])
            answer = self.gateway.call("GET", "/free", tokens.access)
            self.assertEqual((answer.status, answer.body), (status, b"from the API"), answer)
            self.assertEqual((answer.all("WWW-Authenticate"), answer.header("X-Api")),
                             (["Api"], "yes"), answer)

    def test_O49_CVE_2023_44794_a_path_that_can_be_read_in_two_ways_is_refused(self):
        tokens = self.recant.sign_in(scope="orders:read")
        for path in AMBIGUOUS:
            self.assert_stopped(self.gateway.call("GET", path, tokens.access), 400)

    def test_O49_every_other_path_arrives_as_it_was_sent(self):
        tokens = self.recant.sign_in()
        for path in CLEAR:
            request = self.assert_passes(self.gateway.call("GET", path, tokens.access))
            self.assertEqual(request.target, path)

    def test_O50_nobody_outside_reaches_the_check_or_the_administration(self):
        tokens = self.recant.sign_in()
        self.relay.forget()
        for path in OUTSIDE:
            self.assertIn(self.gateway.call("GET", path).status, (401, 404))
            self.assertEqual(self.api.requests, [])
            answer = self.gateway.call("GET", path, tokens.access)
            self.assertIn((answer.status, answer.body == b"from the API"),
                          ((200, True), (404, False)), answer)
            self.assertIsNone(answer.header("X-Auth-Subject"))
            self.api.requests.clear()
        for word in (b"admin", b"metrics", b"readyz"):
            self.assertNotIn(b" /v1/" + word, self.relay.asked)
            self.assertNotIn(b" /" + word, self.relay.asked)

    def test_people_sign_in_through_it(self):
        user = self.recant.create_user()
        body = f'{{"username":"{user.name}","password":"{user.password}"}}'.encode()
        json = [("Content-Type", "application/json"), ("X-Forwarded-For", "203.0.113.7")]
        answer = self.gateway.call("POST", "/auth/v1/login", headers=json, body=body)
        self.assert_answer(answer, 200)
        token = answer.json["access_token"]
        self.assert_passes(self.gateway.call("GET", "/free", token))
        sessions = self.gateway.call("GET", "/auth/v1/sessions?limit=1", token)
        session, = sessions.json["sessions"]
        self.assertEqual(session["ip"], "127.0.0.1", "not as the client says")
        self.assertEqual(self.gateway.call("POST", "/auth/v1/logout", token).status, 204)
        self.assert_stopped(self.gateway.call("GET", "/free", token), 401)
        self.assertEqual(self.gateway.call("GET", "/auth/v1/me").status, 401)
