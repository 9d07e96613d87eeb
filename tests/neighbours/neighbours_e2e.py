"""A Node service that follows the recipe and Recant, on one Redis: neither misleads the other."""
import glob
import os
import shutil
import unittest

from harness.case import RecantTest
from harness.issuer import HmacIssuer, claims_of
from harness.process import wait_until
from harness.recant import Recant
from harness.redis_server import RedisServer
from neighbour import Folder, Service

HERE = os.path.dirname(os.path.abspath(__file__))


class Pair:
    """What the service signed."""

    def __init__(self, answer):
        assert answer[0] == 200, answer
        self.access, self.refresh = answer[1]["access"], answer[1]["refresh"]
        self.jti, self.sub = (claims_of(self.access)[name] for name in ("jti", "sub"))


class Neighbours(RecantTest):
    strategy = "blacklist"
    more = {}

    @classmethod
    def setUpClass(cls):
        cls.redis = cls.ends(RedisServer(tcp=True))
        cls.issuer = cls.ends(HmacIssuer("node", shared_ids=True))
        cls.recant = cls.ends(Recant(
            {"token.algorithm": "HS256", "session.strategy": cls.strategy, "refresh.adopt": True,
             **cls.more, "issuer": [cls.issuer.table]}, cls.redis))
        file, = glob.glob(os.path.join(cls.recant.data, "keys", "signing-*-HS256-*"))
        with open(file) as secret:
            ours = secret.read().strip()
        folder = cls.ends(Folder())
        shutil.copy(os.path.join(HERE, "recipe.js"), folder.path)
        cls.node = cls.ends(Service(
            folder, "node", "recipe.js", STRATEGY=cls.strategy, SECRET=cls.issuer.secret.decode(),
            REDIS_URL=f"redis://127.0.0.1:{cls.redis.port}", ISSUER=cls.issuer.iss,
            OTHER_SECRET=ours, OTHER_ISSUER="recant"))

    # --- What each of them says.

    def node_login(self, sub="shared"):
        return Pair(self.node.call("POST", "/login", {"sub": sub}))

    def node_logout(self, access, **body):
        self.assertEqual(self.node.call("POST", "/logout", body, bearer=access)[0], 200)

    def node_takes(self, access):
        return self.node.call("GET", "/me", bearer=access)[0] == 200

    def recant_takes(self, access):
        answer = self.recant.check(access)
        self.assertIn(answer.status, (200, 401))
        return answer.status == 200

    def assert_alive_at_both(self, *accesses):
        for access in accesses:
            self.assertTrue(self.node_takes(access), "Node refuses it")
            self.assertTrue(self.recant_takes(access), "Recant refuses it")

    def assert_dead_at_both(self, *accesses):
        for access in accesses:
            self.assertFalse(self.node_takes(access), "Node takes it")
            self.assertFalse(self.recant_takes(access), "Recant takes it")


class Blacklist(Neighbours):
    def test_each_takes_what_the_other_signed(self):
        tokens = self.recant.sign_in()
        self.assert_alive_at_both(tokens.access, self.recant.refresh(tokens).access)
        self.assert_alive_at_both(self.node_login().access)

    def test_what_node_logs_out_of_recants_is_out_at_recant(self):
        tokens = self.recant.sign_in()
        self.node_logout(tokens.access, refresh=tokens.refresh)
        self.assert_dead_at_both(tokens.access)
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")

    def test_also_by_an_older_token_of_the_session(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        self.assert_alive_at_both(tokens.access, newer.access)
        self.node_logout(tokens.access)
        self.assert_problem(self.recant.try_refresh(newer.refresh), "invalid_grant", "revoked")
        self.assert_dead_at_both(tokens.access, newer.access)  # the session was closed

    def test_what_node_logs_out_of_its_own_is_out_at_recant(self):
        pair, other = self.node_login(), self.node_login()
        self.node_logout(pair.access, refresh=pair.refresh)
        self.assert_dead_at_both(pair.access)
        self.assert_problem(self.recant.try_refresh(pair.refresh), "invalid_grant", "malformed")
        self.assert_alive_at_both(other.access)

    def test_what_recant_takes_back_of_its_own_is_out_at_node(self):
        acts = (lambda t: self.recant.logout(t.access),
                lambda t: self.recant.call("POST", "/v1/logout", {"refresh_token": t.refresh}),
                lambda t: self.recant.call("DELETE", f"/v1/sessions/{t.session}", bearer=t.access),
                lambda t: self.recant.revoke(session=t.session, subject=t.user_id),
                lambda t: self.recant.revoke(subject=t.user_id, wait=True))
        for act in acts:
            tokens, other = self.recant.sign_in(), self.recant.sign_in()
            newer = self.recant.refresh(tokens)
            self.assert_alive_at_both(tokens.access, newer.access)
            self.assertIn(act(newer).status, (200, 204))
            self.assert_dead_at_both(tokens.access, newer.access)
            self.assert_alive_at_both(other.access)

    def test_one_token(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        self.assertEqual(self.recant.revoke(token=tokens.access).status, 200)
        self.assert_dead_at_both(tokens.access)
        self.assert_alive_at_both(newer.access)

    def test_all_sessions_of_one_who_logs_out_everywhere(self):
        user = self.recant.create_user()
        logins = [self.recant.login(user) for _ in range(4)]
        answer = self.recant.call("POST", "/v1/logout-all", bearer=logins[0].access)
        self.assertEqual(answer.status, 200)
        for tokens in logins:
            self.assertFalse(self.recant_takes(tokens.access))
            wait_until(lambda: not self.node_takes(tokens.access), "Node refuses it too")
        self.assert_alive_at_both(self.recant.login(user).access)

    def test_what_recant_takes_back_of_nodes_is_out_at_node(self):
        for act in (lambda p: self.recant.revoke(token=p.access),
                    lambda p: self.recant.revoke(jti=p.jti, exp=claims_of(p.access)["exp"],
                                                 subject=p.sub, issuer="node"),
                    lambda p: self.recant.logout(p.access)):
            pair, other = self.node_login(), self.node_login()
            self.assertIn(act(pair).status, (200, 204))
            self.assert_dead_at_both(pair.access)
            self.assert_alive_at_both(other.access)

    def test_everything_of_a_subject(self):
        """What Node signed for it is known to Node alone; Recant refuses it all the same."""
        pair, other = self.node_login("everything"), self.node_login("other")
        tokens = self.recant.open_session("everything")
        self.assertEqual(self.recant.revoke(subject="everything", wait=True).status, 200)
        self.assert_dead_at_both(tokens.access)
        self.assertFalse(self.recant_takes(pair.access))
        self.assert_alive_at_both(other.access)
        self.assert_problem(self.recant.try_refresh(pair.refresh), "invalid_grant", "revoked")

    def test_a_refresh_token_of_nodes_is_good_once_at_one_of_them(self):
        pair = self.node_login("moves")
        tokens = self.assert_tokens(self.recant.try_refresh(pair.refresh))
        self.assertEqual(tokens.user_id, "moves")
        self.assertEqual(self.node.call("POST", "/refresh", {"refresh": pair.refresh})[0], 401)
        self.assert_alive_at_both(tokens.access)
        pair = self.node_login("stays")
        newer = Pair(self.node.call("POST", "/refresh", {"refresh": pair.refresh}))
        self.assert_problem(self.recant.try_refresh(pair.refresh), "invalid_grant", "malformed")
        self.assert_alive_at_both(newer.access)

    def test_a_refresh_token_of_recants_is_none_of_nodes(self):
        tokens = self.recant.sign_in()
        self.assertEqual(self.node.call("POST", "/refresh", {"refresh": tokens.refresh})[0], 401)
        self.assert_alive_at_both(self.recant.refresh(tokens).access)


class Whitelist(Blacklist):
    """The same, where Node asks the whitelist and nothing else."""
    strategy = "whitelist"

    def test_what_node_takes_from_the_whitelist_is_out_at_recant(self):
        pair, tokens = self.node_login(), self.recant.sign_in()
        self.assert_alive_at_both(pair.access, tokens.access)
        for sub, jti in ((pair.sub, pair.jti), (tokens.user_id, tokens.jti)):
            self.assertEqual(self.redis("DEL", f"whitelist:user:{sub}:jti:{jti}"), 1)
        self.assert_dead_at_both(pair.access, tokens.access)
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")

    def test_what_nobody_whitelisted_is_out_at_both(self):
        """Node signs with the same secret, but beside the list."""
        stray = self.issuer.token(sub="stray")
        self.assert_dead_at_both(stray)
        self.redis("SET", f"whitelist:user:stray:jti:{claims_of(stray)['jti']}", "1", "EX", 900)
        self.assert_alive_at_both(stray)


class WhitelistOfBoth(Neighbours):
    """redis.foreign_writers: what Node whitelisted is looked for, too."""
    strategy = "whitelist"
    more = {"redis.foreign_writers": True}

    def test_everything_of_a_subject_is_out_at_node(self):
        pairs, other = [self.node_login("everything") for _ in range(3)], self.node_login("other")
        tokens = self.recant.open_session("everything")
        self.assert_alive_at_both(tokens.access, *(pair.access for pair in pairs))
        self.assertEqual(self.recant.revoke(subject="everything", wait=True).status, 200)
        self.assert_dead_at_both(tokens.access, *(pair.access for pair in pairs))
        self.assert_alive_at_both(other.access)

    def test_who_logs_out_everywhere_is_out_at_node_and_may_come_back(self):
        user = self.recant.create_user()
        tokens, pair = self.recant.login(user), self.node_login(user.id)
        self.assertEqual(self.recant.call("POST", "/v1/logout-all", bearer=tokens.access).status, 200)
        wait_until(lambda: not self.node_takes(pair.access), "Node refuses its own")
        self.assert_dead_at_both(tokens.access, pair.access)
        again = self.recant.login(user)
        self.assert_alive_at_both(again.access, self.recant.refresh(again).access)


if __name__ == "__main__":
    unittest.main()
