"""docs/migrating.md, block by block: people who sign in before its first step are signed in after
its last, and whoever was logged out meanwhile is out everywhere."""
import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
import time
import unittest
import uuid

from harness.bound import BOUND
from harness.case import RecantTest
from harness.document import Document
from harness.ports import free_port
from harness.process import Process, wait_until
from harness.recant import BINARY, clean_environment
from harness.verbs import Verbs
from harness import http
from neighbour import Folder, Service

PASSWORD = "correct horse"


def scrypt(password):
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    text = [base64.b64encode(part).decode().rstrip("=") for part in (salt, digest)]
    return "$scrypt$ln=14,r=8,p=1$" + "$".join(text)


class Client:
    """Somebody's browser: it keeps the tokens that it was given last."""

    def __init__(self, test, name):
        self.test = test
        self.service = test.shop
        self.name = name
        self.access = self.refresh_token = None
        self.take(self.service.call("POST", "/login", {"username": name, "password": PASSWORD}))

    def take(self, answer):
        self.test.assertEqual(answer[0], 200, f"{self.name} was not let in")
        self.access = answer[1]["access_token"]
        self.refresh_token = answer[1]["refresh_token"]

    def refresh(self):
        self.take(self.service.call("POST", "/refresh", {"refresh_token": self.refresh_token}))
        return self

    def refuses_refresh(self):
        body = {"refresh_token": self.refresh_token}
        return self.service.call("POST", "/refresh", body)[0] == 401

    def orders(self):
        """Whose orders the API shows, or None."""
        status, answer = self.service.call("GET", "/orders", bearer=self.access)
        return answer["user"] if status == 200 else None

    def logout(self):
        status, _ = self.service.call("POST", "/logout", {"refresh_token": self.refresh_token},
                                      bearer=self.access)
        self.test.assertEqual(status, 200)
        time.sleep(BOUND)  # from then on it counts for Recant too, whoever wrote it

    @property
    def is_of_recant(self):
        return self.refresh_token.startswith("rt_")


class Migrating(RecantTest):
    """One test, since each step stands on the one before."""

    @classmethod
    def setUpClass(cls):
        pass  # Recant is started as the page says

    def test_the_page_from_its_first_to_its_last_block(self):
        self.prepare()
        self.before()
        self.recant_beside_it()
        self.ask_recant()
        self.bring_the_people()
        self.sign_in_at_recant()
        self.back_and_forth()
        self.the_end_of_the_old_keys()
        self.page.finished()

    def prepare(self):
        self.redis = self.start_redis(tcp=True)
        self.folder = Folder()
        self.addCleanup(self.folder.end)
        self.port = free_port()
        self.secret = secrets.token_urlsafe(48)
        self.ids = {name: str(uuid.uuid4()) for name in ("ann", "bob", "eve", "joe", "sue", "tom")}
        self.folder.write("users.json", json.dumps(
            {name: {"id": i, "hash": scrypt(PASSWORD)} for name, i in self.ids.items()}))
        self.page = Document("migrating.md", {"127.0.0.1:6379": f"127.0.0.1:{self.redis.port}",
                                              "127.0.0.1:8080": f"127.0.0.1:{self.port}"})

    def sh(self, title="", **environment):
        """The next block, as a shell runs it where the operator stands."""
        path = os.path.dirname(BINARY) + ":" + os.environ["PATH"]
        return self.folder.run("bash", "-euo", "pipefail", "-c", self.page.next("sh", title),
                               **clean_environment(PATH=path, JWT_SECRET=self.secret,
                                                   **environment))

    def serve(self, text):
        command = text.replace("recant", BINARY, 1).split()
        self.recant = Process(command, self.folder / "recant.log", clean_environment(),
                              cwd=self.folder.path)
        self.addCleanup(self.recant.end)
        wait_until(lambda: self.recant.ended() or self.is_ready(), "recant is ready")
        self.assertFalse(self.recant.ended(), self.recant.output())

    def is_ready(self):
        try:
            return http.call(self.port, "GET", "/readyz").status == 200
        except OSError:
            return False

    def check(self, access_token):
        return http.call(self.port, "GET", "/v1/check",
                         headers={"Authorization": f"Bearer {access_token}"})

    def release(self, name):
        """Another auth.js is put in place."""
        self.shop.restart(AUTH=f"./{name}")

    def assert_in(self, *clients):
        for client in clients:
            self.assertEqual(client.orders(), self.ids[client.name], client.name)

    def assert_out(self, *clients):
        for client in clients:
            self.assertIsNone(client.orders(), client.name)
            self.assertTrue(client.refuses_refresh(), client.name)

    # --- The steps.

    def before(self):
        for name in ("server.js", "auth.js"):
            self.page.write_next(self.folder.path, "js", name)
        self.shop = Service(self.folder, "node", "server.js", JWT_SECRET=self.secret)
        self.addCleanup(self.shop.end)
        self.ann, self.bob, self.eve, self.joe, self.sue, self.tom = (
            Client(self, name) for name in self.ids)
        self.assert_in(self.ann, self.bob, self.eve, self.joe, self.sue, self.tom)
        self.eve.logout()
        self.assert_out(self.eve)
        status, _ = self.shop.call("POST", "/login", {"username": "ann", "password": "wrong"})
        self.assertEqual(status, 401)

    def recant_beside_it(self):
        self.sh()
        self.assertEqual(os.stat(self.folder / "shop.secret").st_mode & 0o777, 0o600)
        self.page.write_next(self.folder.path, "toml", "recant.toml")
        self.serve(self.page.next("sh", "serve"))
        said = self.sh(OLD_ACCESS_TOKEN=self.ann.access)
        self.assertIn(f"X-Auth-Subject: {self.ids['ann']}\n", said)
        self.assertEqual(self.check(self.eve.access).status, 401)
        self.assert_in(self.ann, self.bob)

    def ask_recant(self):
        self.page.write_next(self.folder.path, "js", "recant.js")
        self.page.write_next(self.folder.path, "js", "auth-checked.js")
        self.release("auth-checked.js")
        self.assert_in(self.ann, self.bob, self.joe)
        self.assert_out(self.eve)
        # Logged out by the old service, refused by Recant; refreshed there, good here.
        self.joe.logout()
        self.assert_out(self.joe)
        self.assert_in(self.bob.refresh())
        self.release("auth.js")  # the way back
        self.assert_in(self.ann, self.bob)
        self.assert_out(self.joe)
        self.release("auth-checked.js")

    def bring_the_people(self):
        self.page.write_next(self.folder.path, "js", "export.js")
        self.sh()
        self.assertFalse(os.path.exists(self.folder / "rejected.jsonl"))
        self.assert_in(self.ann, self.bob)

    def sign_in_at_recant(self):
        self.page.write_next(self.folder.path, "js", "auth-recant.js")
        self.release("auth-recant.js")
        self.assert_in(self.ann, self.bob, self.sue, self.tom)
        self.assert_out(self.eve, self.joe)
        # Two tabs of one browser wake together.
        other_tab = Client.__new__(Client)
        other_tab.__dict__.update(self.ann.__dict__)
        self.assert_in(self.ann.refresh(), other_tab.refresh())
        self.assertEqual(self.ann.refresh_token, other_tab.refresh_token)
        self.assertTrue(self.ann.is_of_recant)
        # Logged out before his token was adopted, and his old access token with it.
        self.bob.logout()
        self.assert_out(self.bob)
        # Whoever signs in is the same person as before.
        self.eve = Client(self, "eve")
        self.assertTrue(self.eve.is_of_recant)
        self.assert_in(self.eve.refresh())
        self.ann.logout()
        self.assert_out(self.ann, other_tab)
        self.ann = Client(self, "ann")

    def back_and_forth(self):
        self.page.write_next(self.folder.path, "js", "auth-back.js")
        self.release("auth-back.js")
        self.assert_in(self.eve.refresh(), self.sue.refresh(), self.tom, self.ann)
        self.assertFalse(self.sue.is_of_recant)
        self.bob = Client(self, "bob")
        self.assertFalse(self.bob.is_of_recant)
        self.assert_in(self.bob)
        self.bob.logout()
        self.assert_out(self.bob)
        self.release("auth-recant.js")
        self.assert_in(self.sue.refresh(), self.eve, self.ann)
        self.assertTrue(self.sue.is_of_recant)

    def the_end_of_the_old_keys(self):
        left = self.page.next("sh", "left")
        count = lambda: int(self.folder.run("bash", "-euo", "pipefail", "-c", left))
        held = [key for key in self.redis("KEYS", "refresh_token:*")
                if not re.fullmatch(r"[\w-]{43}", key.partition(":")[2], re.ASCII)]
        self.assertEqual((count(), held), (1, [f"refresh_token:{self.tom.refresh_token}"]))
        self.assert_in(self.tom.refresh())
        self.assertEqual(count(), 0)
        self.page.write_next(self.folder.path, "toml", "recant.toml after", file="recant.toml")
        os.remove(self.folder / "shop.secret")
        self.recant.kill()
        self.serve("recant serve --config recant.toml")
        everybody = (self.ann, self.eve, self.sue, self.tom)
        self.assert_in(*everybody)
        self.assert_in(*(client.refresh() for client in everybody))
        self.assertTrue(all(client.is_of_recant for client in everybody))


if __name__ == "__main__":
    unittest.main()
