"""Recant and somebody else on one Redis."""
from .case import RecantTest
from .redis_cli import RedisCli
from .verbs import PASSWORD


class ForeignTest(RecantTest):
    """`self.cli` is another service; each test runs under either strategy (contract §1)."""

    strategy = "blacklist"
    redis_options = ()
    more = {}

    @classmethod
    def setUpClass(cls):
        cls.settings = {"session.strategy": cls.strategy, **cls.more}
        super().setUpClass()
        cls.cli = RedisCli(cls.recant.server)

    @property
    def whitelisting(self):
        return self.strategy == "whitelist"

    def sign_in_and_refresh(self, recant=None):
        """A session with two tokens that live, the older first."""
        recant = recant or self.recant
        first = recant.sign_in()
        return first, recant.refresh(first)

    # --- what a reader of the recipe sees -------------------------------------------------------

    def assert_reads_alive(self, *tokens):
        for one in tokens:
            self.assertFalse(self.cli.is_blacklisted(one.jti))
            self.assertEqual(self.cli.is_whitelisted(one.user_id, one.jti), self.whitelisting)

    def reads_dead(self, *tokens):
        """For a reader of either list."""
        return all(self.cli.is_blacklisted(one.jti)
                   and not self.cli.is_whitelisted(one.user_id, one.jti) for one in tokens)

    def assert_reads_dead(self, *tokens):
        for one in tokens:
            self.assertTrue(self.cli.is_blacklisted(one.jti), "GET blacklist:jti")
            self.assertFalse(self.cli.is_whitelisted(one.user_id, one.jti), "GET whitelist:user")

    def assert_closed(self, *tokens):
        """The tokens of one session, each that lives: nothing of it is left, and all of it is refused."""
        newest = tokens[-1]
        self.assertEqual(self.cli("EXISTS", f"session:user:{newest.user_id}:{newest.session}",
                                  f"refresh_token:{newest.refresh_id}"), 0)
        self.assertIsNone(self.cli("ZSCORE", f"sessions:user:{newest.user_id}", newest.session))
        self.assertEqual(self.cli("GET", f"blacklist:session:{newest.session}"), "1")
        self.assert_reads_dead(*tokens)
        for one in tokens:
            self.assert_invalid_token(self.recant.check(one.access))
            self.assert_problem(self.recant.try_refresh(one.refresh), "invalid_grant", "revoked")


def ways_to_end_a_subject(recant):
    """{what it is called: the act}, on tokens of somebody whose password is PASSWORD."""
    password = {"old_password": PASSWORD, "new_password": f"another {PASSWORD}"}

    def administer(method, rest="", body=None):
        return lambda t: recant.admin(method, f"/v1/admin/users/{t.user_id}{rest}", body)

    return {
        "an administrator": lambda t: recant.revoke(subject=t.user_id),
        "log out everywhere": lambda t: recant.call("POST", "/v1/logout-all", bearer=t.access),
        "password": lambda t: recant.call("POST", "/v1/password", password, bearer=t.access),
        "password set by an administrator": administer("POST", "/password", {"password": password["new_password"]}),
        "disable": administer("POST", "/disable"),
        "delete": administer("DELETE")}
