"""Contract §4: the private Redis, stopping, and one server a data directory and a port."""
import os
import signal
import socket
import threading
import unittest

from harness.case import RecantTest
from harness.ports import free_port
from harness.process import children_of, is_running, wait_until
from harness.recant import Recant


class LifecycleTest(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test here starts and stops its own."""

    def assert_all_ended(self, recant):
        wait_until(lambda: not is_running(recant.private_redis), "the private Redis has ended")
        wait_until(lambda: not processes_in(recant.data), "no process is left in its directory")


def processes_in(directory):
    """Whatever works there: by its working directory, its command line or an open file."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = [f"/proc/{pid}/cwd"]
            links += [f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd")]
            if any(os.readlink(link).startswith(directory) for link in links):
                found.append(int(pid))
        except OSError:
            pass
    return found


class BeingKilled(LifecycleTest):
    def test_a_new_start_serves_the_same_users_and_sessions(self):
        recant = self.start()
        user = recant.create_user()
        dead, lost, alive = (recant.login(user) for _ in range(3))
        recant.logout(dead.access)
        recant.revoke(token=lost.access, reason="lost")
        keys = recant.call("GET", "/.well-known/jwks.json").json
        for _ in range(2):
            recant.kill()
            self.assert_all_ended(recant)
            recant.start()
            self.assertEqual(recant.call("GET", "/.well-known/jwks.json").json, keys)
            self.assert_alive(alive, recant)
            self.assert_dead(dead, "logout", recant)
            self.assert_invalid_token(recant.check(lost.access), "revoked: lost")
            alive = recant.refresh(alive)
            self.assert_alive(recant.login(user), recant)

    def test_what_was_acknowledged_a_moment_ago_is_kept(self):
        recant = self.start()
        user = recant.create_user()
        for _ in range(4):
            first, second = recant.login(user), recant.login(user)
            newer = recant.refresh(first)
            self.assertEqual(recant.logout(second.access).status, 204)
            recant.kill()
            recant.start()
            self.assert_alive(newer, recant)
            self.assert_dead(second, "logout", recant)
            self.assertEqual(recant.refresh(first).refresh, newer.refresh)  # O11

    def test_its_redis_ends_with_it_even_when_it_hangs(self):
        recant = self.start()
        os.kill(recant.private_redis, signal.SIGSTOP)
        recant.kill()
        self.assert_all_ended(recant)
        recant.start()

    def test_the_private_redis_is_private_and_careful(self):
        recant = self.start()
        folder = os.path.join(recant.data, "redis")
        self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700)
        self.assertTrue(os.path.exists(os.path.join(folder, "redis.sock")))
        config = lambda name: recant.redis("CONFIG", "GET", name)[1]
        self.assertEqual(config("port"), "0")
        self.assertEqual(config("appendonly"), "yes")
        self.assertEqual(config("appendfsync"), "always")
        self.assertEqual(config("maxmemory-policy"), "noeviction")
        self.assertIn("normal 33554432 8388608 10", config("client-output-buffer-limit"))

    def test_its_redis_dying_alone_is_503_until_it_is_back_by_itself(self):
        recant = self.start()
        alive, dead = recant.sign_in(), recant.sign_in()
        recant.logout(dead.access)
        os.kill(recant.private_redis, signal.SIGKILL)
        wait_until(lambda: not is_running(recant.private_redis), "the private Redis has ended")
        for _ in range(20):
            self.assertIn(recant.check(alive.access).status, (200, 503))
            self.assertIn(recant.check(dead.access).status, (401, 503))
        recant.wait_ready()
        self.assert_alive(alive, recant)
        self.assert_dead(dead, "logout", recant)
        recant.private_redis, = children_of(recant.process.pid)
        recant.kill()
        self.assert_all_ended(recant)


class BeingTold(LifecycleTest):
    def test_to_end_leaves_nothing_behind(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            recant = self.start()
            tokens = recant.sign_in()
            recant.process.signal(number)
            self.assertEqual(recant.process.wait(30), 0)
            self.assert_all_ended(recant)
            recant.start()
            self.assert_alive(tokens, recant)

    def test_to_end_as_soon_as_it_answers(self):
        """Also where it has not said yet that it does: what it writes to is full."""
        for number in (signal.SIGTERM, signal.SIGINT):
            recant = Recant(start=False)
            self.addCleanup(recant.end)
            os.mkfifo(recant.log)
            reader = os.open(recant.log, os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, reader)
            fill(recant.log)
            recant.launch(free_port())
            wait_until(lambda: answers(recant.port), "it answers")
            recant.process.signal(number)
            said = []
            wait_until(lambda: drained(reader, said) and recant.process.ended(), "it has ended")
            drained(reader, said)
            self.assertEqual(recant.process.wait(), 0, said)

    def test_to_end_finishes_what_is_in_flight(self):
        recant = self.start({"password.memory_kib": 131072, "password.iterations": 4})
        user = recant.create_user()
        answers = []
        login = threading.Thread(
            target=lambda: answers.append(recant.try_login(user.name, user.password)))
        login.start()
        wait_until(lambda: in_flight(recant), "the login has arrived")
        self.assertEqual(recant.terminate(), 0)
        login.join()
        self.assert_tokens(answers[0])

    def test_to_end_waits_for_no_idle_client(self):
        recant = self.start()
        with socket.create_connection(("127.0.0.1", recant.port), 30) as idle:
            self.assertEqual(recant.terminate(), 0)
            self.assertEqual(idle.recv(1), b"")

    def test_to_end_while_redis_hangs(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        tokens = recant.sign_in()
        redis.process.pause()
        self.assertEqual(recant.check(tokens.access).status, 503)
        self.assertEqual(recant.terminate(), 0)
        redis.process.go_on()


def fill(fifo):
    writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.close(writer)


def drained(reader, said):
    try:
        while text := os.read(reader, 65536):
            said.append(text.decode().strip("x"))
    except BlockingIOError:
        pass
    return True


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            return connection.recv(1) == b"H"
    except OSError:
        return False


def in_flight(recant):
    """A hash is running: nothing else here needs that much memory."""
    with open(f"/proc/{recant.process.pid}/status") as status:
        resident = next(line for line in status if line.startswith("VmRSS"))
    return int(resident.split()[1]) > 110_000


class ASecondServer(LifecycleTest):
    def refused(self, settings, port, pid):
        second = Recant(settings, start=False)
        self.addCleanup(second.end)
        second.launch(port)
        self.assertNotEqual(second.process.wait(30), 0)
        self.assertIn(str(pid), second.output())
        self.assertEqual(children_of(second.process.pid), [])
        return second

    def test_on_the_same_data_directory_is_refused_naming_the_pid(self):
        first = self.start()
        tokens = first.sign_in()
        second = self.refused({"server.data": first.data}, free_port(), first.process.pid)
        self.assertIn(first.data, second.output())
        self.assert_alive(tokens, first)
        first.refresh(tokens)

    def test_on_the_same_port_is_refused_naming_the_pid(self):
        first = self.start()
        tokens = first.sign_in()
        second = self.refused({}, first.port, first.process.pid)
        self.assertIn(str(first.port), second.output())
        for _ in range(20):
            self.assert_alive(tokens, first)

    def test_two_servers_on_one_redis_and_one_set_of_keys_are_two(self):
        """Different data directories are different deployments: neither believes the other."""
        redis = self.start_redis()
        one, other = self.start(redis=redis), self.start(redis=redis)
        tokens = one.sign_in()
        self.assert_alive(tokens, one)
        self.assertEqual(other.check(tokens.access).status, 401)


if __name__ == "__main__":
    unittest.main()
