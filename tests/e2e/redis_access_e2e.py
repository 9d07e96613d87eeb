"""Contract §4, redis.url: a database, a user and a password; and R31: what that user must be allowed."""
import unittest

from harness.case import RecantTest

# Security bar R31, the issuer's half.
KEYS = "~blacklist:* ~whitelist:* ~session* ~refresh_token:* ~recant:* resetchannels".split()
COMMANDS = ("-@all +get +mget +set +del +unlink +exists +pttl +pexpiretime +expire +pexpireat +hset "
            "+hget +hmget +hgetall +hdel +zadd +zrem +zrange +zcard +time +eval +evalsha "
            "+script|load +ping +hello +client|setname +client|id +client|tracking "
            "+client|trackinginfo +info +wait").split()
# What "the scripts and questions really send" beside it.
ALSO = "+select +zcount +zrank +zscore +zrevrange +zrevrangebyscore +zremrangebyscore".split()


class Access(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def go_through_everything(self, recant):
        user = recant.create_user()
        tokens = recant.login(user)
        newer = recant.refresh(tokens)
        self.assert_alive(newer, recant)
        listed = recant.call("GET", "/v1/sessions", bearer=newer.access)
        self.assertEqual(len(listed.json["sessions"]), 1)
        self.assert_empty(recant.logout(newer.access), 204)
        self.assert_dead(newer, "logout", recant)
        for _ in range(3):
            tokens = recant.login(user)
        self.assertEqual(recant.revoke(token=tokens.access).status, 200)
        self.assertEqual(recant.revoke(session=tokens.session).status, 200)
        answer = recant.revoke(subject=user.id, wait=True)
        self.assertEqual((answer.status, answer.json["tidied"]), (200, True))
        self.assertEqual(recant.revoke(all=True).status, 200)
        self.assert_dead(tokens, "admin", recant)
        self.assertEqual(recant.call("GET", "/readyz").status, 200)

    def test_R31_a_user_of_few_rights_is_enough(self):
        redis = self.start_redis(tcp=True)
        redis("ACL", "SETUSER", "recant", "reset", "on", ">secret-of-redis", *KEYS, *COMMANDS,
              *ALSO)
        redis("ACL", "SETUSER", "keeper", "on", "nopass", "~*", "&*", "+@all")
        redis("AUTH", "keeper", "x")
        redis("ACL", "SETUSER", "default", "off")
        url = redis.url.replace("://", "://recant:secret-of-redis@")
        recant = self.start({"redis.url": url}, redis=redis)
        recant.secrets.keep("secret-of-redis")
        self.go_through_everything(recant)
        denied = [entry for entry in redis("ACL", "LOG") if "recant" in entry]
        self.assertEqual([e for e in denied if "config|get" not in e], [])

    def test_another_database(self):
        redis = self.start_redis()
        recant = self.start({"redis.url": redis.url + "?db=3"}, redis=redis)
        recant.sign_in()
        self.assertEqual(redis("DBSIZE"), 0)
        redis("SELECT", 3)
        self.go_through_everything(recant)
        self.assertGreater(redis("DBSIZE"), 3)

    def test_a_password_with_every_kind_of_character(self):
        redis = self.start_redis(tcp=True)
        redis("CONFIG", "SET", "requirepass", "p@ss:w/o?r#d %")
        url = redis.url.replace("://", "://:p%40ss%3Aw%2Fo%3Fr%23d%20%25@")
        recant = self.start({"redis.url": url}, redis=redis)
        recant.secrets.keep("p@ss:w/o?r#d %")
        recant.secrets.keep("p%40ss%3Aw%2Fo%3Fr%23d%20%25")
        tokens = recant.sign_in()
        self.assert_alive(tokens, recant)


if __name__ == "__main__":
    unittest.main()
