"""What the API is told about the caller, and that only Recant tells it (O48, J49)."""
from urllib.parse import unquote

from shared import IDENTITY, Contract

FORGED_NAMES = ("X-Auth-Subject", "x-auth-subject", "X-AUTH-SUBJECT", "X_Auth_Subject",
                "x_auth_subject", "X-Auth_Subject", "X_Auth-Subject", "X.Auth.Subject")


class Identity(Contract):
    def test_the_API_is_told_what_Recant_said(self):
        tokens = self.recant.sign_in(scope="read write")
        request = self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.assertEqual(self.said_of(request), (tokens.user_id, tokens.session, "read write",
                                                 str(tokens.claims["exp"])))

    def test_also_where_there_is_nothing_to_say(self):
        tokens = self.recant.sign_in()
        said = self.said_of(self.assert_passes(self.gateway.call("GET", "/free", tokens.access)))
        self.assertEqual(said[2], "")

    def test_J49_percent_encoded_outside_visible_ascii(self):
        for subject in ("zo\u00eb b%", "\u65e5\u672c", "x\u00a0y", 'a"b$host\\c{d}', "$http_host"):
            tokens = self.recant.open_session(subject)
            answer = self.gateway.call("GET", "/free", tokens.access)
            said = self.said_of(self.assert_passes(answer))
            self.assertTrue(all("!" <= c <= "~" for c in said[0]), said)
            self.assertEqual(unquote(said[0]), subject)

    def test_O48_what_the_client_claims_to_be_never_arrives(self):
        for path in ("/free", "/orders/7"):
            tokens = self.recant.sign_in(scope="orders:read")
            expected = (tokens.user_id, tokens.session, "orders:read", str(tokens.claims["exp"]))
            for forged in self.forgeries():
                request = self.assert_passes(self.gateway.call("GET", path, tokens.access, forged))
                self.assertEqual(self.said_of(request), expected, forged)

    def test_O48_nor_where_Recant_says_nothing(self):
        tokens = self.recant.sign_in()
        for name in ("X-Auth-Scope", "x-auth-scope", "X_Auth_Scope"):
            forged = [(name, "admin"), (name, "root")]
            request = self.assert_passes(self.gateway.call("GET", "/free", tokens.access, forged))
            self.assertEqual(self.said_of(request)[2], "")

    def test_O48_nor_where_somebody_lets_everyone_in(self):
        gateway = self.gateway_type(self.relay.port, self.api.port,
                                    [*self.gateway.changes, *self.gateway.unchecked])
        self.addCleanup(gateway.end)
        for forged in self.forgeries():
            request = self.assert_passes(gateway.call("GET", "/free", headers=forged))
            claimed = [value for name in IDENTITY for value in request.all(name) if value]
            self.assertEqual(claimed, [], forged)

    def test_O48_the_client_cannot_have_them_taken_away(self):
        """As fields that Connection names are, from hop to hop (RFC 9110 §7.6.1)."""
        tokens = self.recant.sign_in()
        for value in ("X-Auth-Subject", "close, x-auth-subject, X-Auth-Scope", "x-auth-session"):
            answer = self.gateway.call("GET", "/free", tokens.access, [("Connection", value)])
            if answer.status == 400:
                self.assert_stopped(answer, 400)
            else:
                request = self.assert_passes(answer)
                self.assertEqual(self.said_of(request)[0], tokens.user_id)
                self.assertNotIn("auth", "".join(request.all("Connection")).lower())

    def test_nobody_leaves_HTTP_but_by_a_WebSocket(self):
        """By h2c, an API that speaks it would serve requests that the gateway does not see."""
        tokens = self.recant.sign_in()
        for upgrades in (["h2c"], ["H2C"], ["h2c, websocket"], ["websocket, h2c"], ["TLS/1.0"],
                         ["websocket", "h2c"], ["h2c", "websocket"]):
            headers = [("Upgrade", upgrade) for upgrade in upgrades]
            headers += [("Connection", "Upgrade, HTTP2-Settings"),
                        ("HTTP2-Settings", "AAMAAABkAAQ")]
            answer = self.gateway.call("GET", "/free", tokens.access, headers)
            if answer.status == 400:
                self.assert_stopped(answer, 400)
                continue
            request = self.arrived()
            # Java's HttpClient offers h2c with every request, and means no WebSocket by it.
            self.assertIn(request.all("Upgrade"),
                          ([], ["websocket"]) if "websocket" in str(upgrades) else ([],), upgrades)
            self.assertNotIn("settings", "".join(request.all("Connection")).lower())

    def test_Connection_cannot_take_the_token_from_the_question(self):
        tokens = self.recant.sign_in()
        for value in ("Authorization", "close, authorization"):
            answer = self.gateway.call("GET", "/free", tokens.access, [("Connection", value)])
            self.assertIn(answer.status, (200, 400, 401), answer)

    @staticmethod
    def forgeries():
        for name in FORGED_NAMES:
            yield [(name, "root")]
            yield [(name, "root"), (name, "root")]
            yield [(name, "")]
        yield [(name, "root") for name in FORGED_NAMES]
        yield [(name, "x") for name in IDENTITY]
        yield [(name.replace("-", "_"), "y") for name in IDENTITY]
