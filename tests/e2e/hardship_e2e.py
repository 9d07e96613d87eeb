"""What a bad day brings beside Redis: a locked database, no descriptors left, a log that nobody reads."""
import os
import resource
import socket
import sqlite3
import subprocess
import tempfile
import unittest

from harness import cli
from harness.case import RecantTest
from harness.process import Process, wait_until
from harness.ports import free_port
from harness.recant import BINARY, clean_environment


class Hardship(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test has its own."""

    def test_a_database_that_is_locked_is_503_and_back_by_itself(self):
        recant = self.start()
        user = recant.create_user()
        tokens = recant.login(user)
        other = sqlite3.connect(f"{recant.data}/recant.db", isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN EXCLUSIVE")
        body = {"username": "late", "password": "x" * 10}
        answer = recant.admin("POST", "/v1/admin/users", body)
        self.assert_problem(answer, "unavailable")
        self.assert_alive(tokens, recant)  # no check waits for SQL
        recant.refresh(tokens)
        other.execute("ROLLBACK")
        self.assertEqual(recant.admin("GET", "/v1/admin/users/late").status, 404)
        recant.create_user("late")
        recant.login(user)

    def not_ready(self, recant):
        """/readyz and `recant health` agree that the database cannot be written."""
        wait_until(lambda: "database cannot be written" in str(recant.call("GET", "/readyz").json),
                   "/readyz tells of the database", 30)
        done = cli.run("health", recant=recant)
        self.assertEqual(done.code, 3, done)
        self.assertIn("database cannot be written", done.out)

    def test_with_a_database_that_is_locked_it_is_not_ready(self):
        recant = self.start()
        other = sqlite3.connect(f"{recant.data}/recant.db", isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.not_ready(recant)
        other.execute("ROLLBACK")
        recant.wait_ready()

    def test_with_a_disk_that_takes_nothing_more_it_is_not_ready(self):
        recant = self.start()
        tokens = recant.sign_in()
        limits = resource.prlimit(recant.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(recant.process.pid, resource.RLIMIT_FSIZE, (1, limits[1]))
        self.not_ready(recant)
        self.assert_alive(tokens, recant)
        resource.prlimit(recant.process.pid, resource.RLIMIT_FSIZE, limits)
        recant.wait_ready()

    def test_more_connections_than_descriptors_are_survived(self):
        recant = self.start()
        tokens = recant.sign_in()
        resource.prlimit(recant.process.pid, resource.RLIMIT_NOFILE, (64, 64))
        held = [socket.create_connection(("127.0.0.1", recant.port), 10) for _ in range(100)]
        for connection in held:
            connection.close()
        wait_until(lambda: recant.check(tokens.access).status == 200, "it accepts again")
        recant.refresh(tokens)

    def test_10000_idle_connections_keep_nobody_waiting(self):
        idle, spare = 10_000, 500
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        if before[1] != resource.RLIM_INFINITY and before[1] < idle + spare:
            self.skipTest(f"NOT SHOWN: a process may have {before[1]} files open here (ulimit -Hn), "
                          f"and {idle + spare} are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (idle + spare, before[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        recant = self.start()
        tokens = recant.sign_in()
        held = []
        self.addCleanup(lambda: [connection.close() for connection in held])
        for _ in range(idle):
            held.append(socket.create_connection(("127.0.0.1", recant.port), 10))
        for connection in held:  # each has asked, so that it may rest for a minute
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        for connection in held:
            self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200 "))
        self.assertGreaterEqual(len(os.listdir(f"/proc/{recant.process.pid}/fd")), idle)
        for _ in range(20):
            self.assert_alive(tokens, recant)
        tokens = recant.refresh(tokens)
        recant.sign_in()
        for connection in held[::100]:  # and those that rested go on
            connection.sendall(f"GET /v1/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tokens.access}"
                               "\r\n\r\n".encode())
            self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200 "))

    def test_a_log_that_nobody_reads_ends_nothing(self):
        recant = self.start(start=False)
        os.mkfifo(recant.log)
        reader = os.open(recant.log, os.O_RDONLY | os.O_NONBLOCK)
        recant.output = lambda: ""
        recant.start()
        os.close(reader)
        tokens = recant.sign_in()
        for _ in range(20):
            recant.try_login("nobody", "not the password")
            self.assert_alive(tokens, recant)
        self.assertEqual(recant.terminate(), 0)

    def test_a_log_that_is_read_no_further_holds_nobody_up(self):
        recant = self.start(start=False)
        os.mkfifo(recant.log)
        reader = os.open(recant.log, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        recant.output = lambda: ""
        recant.start()
        tokens = recant.sign_in()
        for _ in range(600):  # a pipe holds 64 KiB
            recant.call("GET", "/v1/admin/users", bearer="x", headers={"User-Agent": "y" * 200})
        self.assert_alive(tokens, recant)

    def test_a_hung_up_client_costs_nothing(self):
        recant = self.start()
        user = recant.create_user()
        wire = (f'POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
                f'Content-Length: {len(user.name) + len(user.password) + 31}\r\n\r\n'
                f'{{"username":"{user.name}","password":"{user.password}"}}').encode()
        for _ in range(30):
            with socket.create_connection(("127.0.0.1", recant.port), 10) as connection:
                connection.sendall(wire)
        recant.login(user)


class Starting(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test has its own."""

    def serve(self, *flags, home=None, **environment):
        home = home or tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(subprocess.run, ["rm", "-rf", home])
        process = Process([BINARY, "serve", *flags], os.path.join(home, "log"), cwd=home,
                          environment=clean_environment(**environment))
        self.addCleanup(process.end)
        wait_until(lambda: "listens on" in process.output() or process.ended(), "it listens")
        self.assertIn("listens on", process.output())
        return home, process

    def port_of(self, process):
        return int(process.output().split("listens on http://127.0.0.1:")[1].split()[0])

    def test_with_nothing_configured_all_is_made_here(self):
        home, process = self.serve(RECANT_SERVER_LISTEN="127.0.0.1:0")
        port = self.port_of(process)
        with socket.create_connection(("127.0.0.1", port), 10):
            pass
        self.assertEqual(sorted(os.listdir(home)), ["log", "recant-data"])
        self.assertIn("curl", process.output())

    def test_recant_toml_in_the_directory_is_read_and_flags_win(self):
        home = tempfile.mkdtemp(prefix="recant-e2e-")
        with open(os.path.join(home, "recant.toml"), "w") as file:
            file.write('[server]\ndata = "here"\nlisten = "127.0.0.1:1"\n')
        port = free_port()
        _, process = self.serve("--server.listen", f"127.0.0.1:{port}", home=home,
                                RECANT_SERVER_LISTEN="127.0.0.1:2")
        self.assertEqual(self.port_of(process), port)
        self.assertTrue(os.path.isdir(os.path.join(home, "here")))

    def test_on_ipv6(self):
        _, process = self.serve("--server.listen", "[::1]:0")
        port = int(process.output().split("listens on http://[::1]:")[1].split()[0])
        with socket.create_connection(("::1", port), 10) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200"))


if __name__ == "__main__":
    unittest.main()
