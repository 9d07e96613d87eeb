"""Contract §1: what other services write wrongly opens nothing."""
import unittest

from harness.foreign import ForeignTest


class WritingWrongly(ForeignTest):
    """A key of the wrong type cannot be read, so nothing is known: 503, and never 200."""
    spoil = (("SADD", "x"), ("HSET", "a", "b"), ("LPUSH", "x"), ("ZADD", "1", "x"))

    def test_a_key_of_another_type_never_lets_a_token_pass(self):
        keys = [lambda t: f"blacklist:jti:{t.jti}", lambda t: f"blacklist:session:{t.session}",
                lambda t: f"blacklist:user:{t.user_id}"]
        if self.whitelisting:
            keys.append(lambda t: t.place)
        for key_of in keys:
            for command, *rest in self.spoil:
                tokens, bystander = self.recant.sign_in(), self.recant.sign_in()
                self.cli("DEL", key_of(tokens))
                self.cli(command, key_of(tokens), *rest)
                for answer in (self.recant.check(tokens.access),
                               self.recant.call("GET", "/v1/me", bearer=tokens.access)):
                    self.assert_problem(answer, "unavailable")
                if key_of(tokens) != tokens.place:  # there the scripts ask only whether it stands
                    self.assertIn(self.recant.try_refresh(tokens.refresh).status, (401, 503))
                self.assert_alive(bystander)

    def test_it_can_still_be_logged_out_or_is_told_503(self):
        tokens = self.recant.sign_in()
        self.cli("SADD", f"blacklist:user:{tokens.user_id}", "x")
        self.assertIn(self.recant.logout(tokens.access).status, (204, 503))
        self.cli("DEL", f"blacklist:user:{tokens.user_id}")
        self.recant.logout(tokens.access)
        self.assert_dead(tokens, "logout")

    def test_blacklist_all_of_another_type_lets_nobody_pass(self):
        tokens = self.recant.sign_in()
        self.cli("SADD", "blacklist:all", "x")
        try:
            self.assertIn(self.recant.check(tokens.access).status, (401, 503))
            self.assertNotEqual(self.recant.try_refresh(tokens.refresh).status, 200)
        finally:
            self.cli("DEL", "blacklist:all")
        self.assert_alive(tokens)

    def test_a_spoiled_record_refreshes_nothing_and_breaks_nobody_else(self):
        user = self.recant.create_user()
        bystander = self.recant.sign_in()
        for spoil in (("SET", "x"), ("HSET", "v", "2"), ("HDEL", "g"), ("HDEL", "n"),
                      ("HSET", "a0", "junk"), ("HSET", "e", "junk"), ("HSET", "g", "-1")):
            tokens = self.recant.login(user)
            self.cli(spoil[0], f"session:user:{user.id}:{tokens.session}", *spoil[1:])
            self.assertIn(self.recant.try_refresh(tokens.refresh).status, (401, 503), spoil)
            self.recant.refresh(self.recant.login(user))
        self.assert_alive(bystander)

    def test_a_spoiled_record_does_not_stop_revoke_subject(self):
        user = self.recant.create_user()
        logins = [self.recant.login(user) for _ in range(3)]
        self.cli("HSET", f"session:user:{user.id}:{logins[1].session}", "a0", "junk")
        self.assertEqual(self.recant.revoke(subject=user.id).status, 200)
        for tokens in logins:
            self.assert_invalid_token(self.recant.check(tokens.access))

    def test_an_index_of_another_type_does_not_stop_revoke_subject(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        index = f"sessions:user:{user.id}"
        self.cli("DEL", index)
        self.cli("SET", index, "x")
        answer = self.recant.revoke(subject=user.id)
        self.assertEqual((answer.status, answer.json["tidied"]), (200, False))
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: admin")


class WritingWronglyUnderTheWhitelist(WritingWrongly):
    strategy = "whitelist"


if __name__ == "__main__":
    unittest.main()
