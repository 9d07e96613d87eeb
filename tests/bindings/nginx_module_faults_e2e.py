"""bindings/nginx while clients leave, workers come and go, and Redis hangs."""
import glob
import os
import signal
import socket
import threading
import unittest

from harness import http, record
from harness.process import is_running, wait_until
from nginx_module import Nginx, NginxTest, call_on

BESIDE = """
    log_format told '$uri $status $recant_verdict';
    server {
        listen @OTHER@ reuseport;
        access_log @HOME@/access.log told;
        keepalive_requests 100000;
        recant_check on;
        location / { empty_gif; }
        location /big { recant_check off; access_log off; alias @HOME@/big; }
        location /busy { recant_check off; access_log off; stub_status; }
    }
"""
PATIENT = "recant_option redis_timeout 3s;"  # a check waits for a Redis that hangs


class Faults(NginxTest):
    """Each test has an nginx of its own."""

    def serve(self, http=BESIDE, **more):
        nginx = Nginx(self.recant, self.upstream, http=http, **more).serve(self.recant.sign_in().access)
        self.addCleanup(nginx.end)
        return nginx

    def hang(self):
        """Redis, until go_on() or until the test ends."""
        self.recant.server.process.pause()
        self.addCleanup(self.go_on)

    def go_on(self):
        self.recant.server.process.go_on()

    @staticmethod
    def one(stream):
        """Reads an answer."""
        status = int(stream.readline().split()[1])
        fields = dict(line.split(b": ", 1) for line in iter(lambda: stream.readline().rstrip(), b""))
        stream.read(int(fields[b"Content-Length"]))
        return status

    def people(self, count):
        return [self.recant.open_session(f"somebody-{n}") for n in range(count)]

    def ask(self, nginx, bearer, port=None, path="/"):
        """On a socket of its own, without waiting for the answer."""
        record.current.secrets.note_text(bearer.encode())
        client = socket.create_connection(("127.0.0.1", port or nginx.port), 30)
        self.addCleanup(client.close)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\n"
                       f"Authorization: Bearer {bearer}\r\n\r\n".encode())
        return client

    def waiting(self, nginx, people):
        """A socket for each, when nginx is busy with all of their requests."""
        clients = [self.ask(nginx, tokens.access, nginx.other) for tokens in people]
        wait_until(lambda: self.busy(nginx) == len(clients), "all are waiting")
        return clients

    def busy(self, nginx):
        """Requests that nginx is about to answer, but for this one."""
        said = nginx.call("GET", "/busy", port=nginx.other).body
        return int(said.partition(b"Writing: ")[2].split()[0]) - 1

    def answer_of(self, client):
        """Empty when nginx closed the connection without a word."""
        try:
            return b"".join(iter(lambda: client.recv(65536), b""))
        except ConnectionResetError:
            return b""

    def status_of(self, client):
        return int((self.answer_of(client) or b"HTTP/1.1 0").split()[1])

    def logged(self, nginx, word):
        with open(nginx.path("access.log")) as log:
            return sum(word in line.split() for line in log)

    def assert_unharmed(self, nginx, workers):
        """The same workers go on, and judge."""
        tokens = self.recant.sign_in()
        wait_until(lambda: all(nginx.get("/", tokens.access).status == 200 for _ in range(20)), "nginx judges again")
        self.assertEqual(set(nginx.workers()), set(workers))


class Waiting(Faults):
    """While answers are on their way."""

    def test_a_client_that_leaves_takes_nothing_along(self):
        nginx = self.serve(BESIDE + PATIENT)
        workers, people = nginx.workers(), self.people(60)
        self.hang()
        for client in self.waiting(nginx, people):
            client.close()
        wait_until(lambda: self.logged(nginx, "499") == 60, "nginx has noticed that all have left")
        for _ in range(60):  # others come to be where those were
            self.assertEqual(nginx.call("GET", "/", "x", port=nginx.other).status, 401)
        self.go_on()
        self.assert_unharmed(nginx, workers)

    def test_many_at_once_of_whom_nothing_is_known(self):
        nginx = self.serve()
        people = self.people(150)
        clients = [self.ask(nginx, tokens.access, path="/whoami") for tokens in people]
        for tokens, client in zip(people, clients):
            answer = self.answer_of(client)
            self.assertIn(b" 200 ", answer)
            self.assertIn(tokens.session.encode(), answer)

    def test_a_client_that_speaks_on_while_it_waits_is_asked_about_once(self):
        """nginx comes back to the check when something happens to the connection, and it does where an answer before
        was too large for the socket: from then on each byte that arrives also tells that there is room to write."""
        nginx = self.serve(BESIDE + PATIENT)
        nginx.write("big", "x" * 8_000_000)
        os.chmod(nginx.path("big"), 0o644)
        workers, people = nginx.workers(), self.people(20)
        clients = [self.client_after_a_large_answer(nginx) for _ in people]
        self.hang()
        for (client, _), tokens in zip(clients, people):
            client.sendall(f"GET / HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {tokens.access}\r\n\r\n".encode())
        wait_until(lambda: self.busy(nginx) == len(clients), "all are waiting")
        for letter in b"GET / HTTP/1.1\r\nHost: api\r\n\r\n":
            for client, _ in clients:
                client.sendall(bytes([letter]))
        self.assertEqual(self.busy(nginx), len(clients))
        self.go_on()
        self.assertEqual([self.one(stream) for _, stream in clients for _ in range(2)], [200, 401] * len(clients))
        self.assert_unharmed(nginx, workers)

    def client_after_a_large_answer(self, nginx):
        client = socket.create_connection(("127.0.0.1", nginx.other), 30)
        self.addCleanup(client.close)
        client.sendall(b"GET /big HTTP/1.1\r\nHost: api\r\n\r\n")
        stream = client.makefile("rb")
        self.addCleanup(stream.close)
        wait_until(lambda: self.busy(nginx) == 1, "the answer does not fit into the socket")
        self.assertEqual(self.one(stream), 200)
        wait_until(lambda: self.busy(nginx) == 0, "it is there")
        return client, stream

    def test_while_Redis_hangs_503_and_then_200_again(self):
        nginx = self.serve()
        tokens = self.recant.sign_in()
        workers = nginx.workers()
        self.hang()
        wait_until(lambda: nginx.get("/", tokens.access).status == 503, "nothing is remembered any more")
        answer = nginx.get("/", tokens.access)
        self.assertEqual((answer.status, answer.header("Retry-After"), answer.header("WWW-Authenticate")),
                         (503, "1", None), answer)
        self.assertIn("recant: Redis did not answer", nginx.output())
        self.go_on()
        self.assert_unharmed(nginx, workers)
        self.assertEqual(nginx.get("/", tokens.access).status, 200)

    def test_a_connection_is_kept_over_a_503(self):
        nginx = self.serve()
        tokens = self.recant.sign_in()
        connection = http.client(nginx.port)
        self.addCleanup(connection.close)
        self.assertEqual(call_on(connection, "GET", "/", tokens.access).status, 200)
        kept = connection.sock
        self.hang()
        wait_until(lambda: call_on(connection, "GET", "/", tokens.access).status == 503, "nothing is remembered")
        self.go_on()
        wait_until(lambda: call_on(connection, "GET", "/", tokens.access).status == 200, "Redis is there again")
        self.assertIs(connection.sock, kept)


class Ending(Faults):
    """Workers that end and begin."""

    def reload(self, nginx):
        """Until none of the workers is left that were there."""
        before = set(nginx.workers())
        nginx.signal("HUP")
        wait_until(lambda: len(nginx.workers()) == len(before) and not before & set(nginx.workers()), "others work")

    def test_a_reload_under_load_loses_no_request(self):
        nginx = self.serve()
        tokens, answers, over = self.recant.sign_in(), [], threading.Event()

        def ask():
            while not over.is_set():
                try:
                    answers.append(nginx.call("GET", "/", tokens.access, port=nginx.other).status)
                except OSError as error:
                    answers.append(error)
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                self.reload(nginx)
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.assertGreater(len(answers), 50)
        self.assertEqual([answer for answer in answers if answer != 200], [])

    def test_a_worker_that_is_to_go_answers_who_waits(self):
        nginx = self.serve(BESIDE + PATIENT)
        people = self.people(20)
        self.hang()
        clients = self.waiting(nginx, people)
        nginx.signal("QUIT")
        self.assertEqual({self.status_of(client) for client in clients} - {200, 503}, set())
        self.assertEqual(nginx.process.wait(), 0)

    def test_nginx_can_be_stopped_while_somebody_waits(self):
        nginx = self.serve(BESIDE + PATIENT)
        people = self.people(20)
        self.hang()
        clients = self.waiting(nginx, people)
        workers = nginx.workers()
        nginx.signal("TERM")
        self.assertEqual(nginx.process.wait(), 0)
        self.assertEqual([pid for pid in workers if is_running(pid)], [])
        self.assertEqual({self.status_of(client) for client in clients} - {0, 503}, set())

    def test_a_worker_that_was_killed_comes_back_and_judges(self):
        nginx = self.serve()
        tokens = self.recant.sign_in()
        for pid in nginx.workers():
            os.kill(pid, signal.SIGKILL)
            nginx.killed += 1
        wait_until(lambda: nginx.answers("/", tokens.access, 200), "others work")
        self.recant.revoke(session=tokens.session, wait=True)
        self.assertEqual({nginx.get("/", tokens.access).status for _ in range(20)}, {401})

    def test_only_who_serves_has_a_verifier(self):
        nginx = self.serve("proxy_cache_path @HOME@/cache keys_zone=cache:1m;")
        of_worker = {pid: self.title(pid).startswith("nginx: worker") for pid in (nginx.process.pid, *nginx.workers())}
        self.assertGreater(len(of_worker), 3)  # who looks after the cache is a child of the master too
        self.assertEqual({pid: "recant" in self.threads(pid) for pid in of_worker}, of_worker)

    def title(self, pid):
        with open(f"/proc/{pid}/cmdline") as title:
            return title.read()

    def threads(self, pid):
        """Their names."""
        names = []
        for path in glob.glob(f"/proc/{pid}/task/*/comm"):
            with open(path) as name:
                names.append(name.read().strip())
        return names

    def test_a_worker_without_a_verifier_says_so_and_answers_503(self):
        keys = http.call(self.recant.port, "GET", "/.well-known/jwks.json").body.decode()
        nginx = Nginx(self.recant, self.upstream, changes={"recant_jwks_url ": "recant_jwks_file keys.json; #"})
        self.addCleanup(nginx.end)
        nginx.write("keys.json", keys)
        os.chmod(nginx.path("keys.json"), 0o644)
        tokens = self.recant.sign_in()
        nginx.serve(tokens.access)
        os.rename(nginx.path("keys.json"), nginx.path("away"))
        for pid in nginx.workers():
            os.kill(pid, signal.SIGKILL)
            nginx.killed += 1
        wait_until(lambda: nginx.answers("/", tokens.access, 503), "others work")
        self.assertEqual({nginx.get("/", tokens.access).status for _ in range(20)}, {503})
        self.assertRegex(nginx.output(), r"\[emerg\].* recant: .*keys\.json.* is answered 503 by this worker")
        os.rename(nginx.path("away"), nginx.path("keys.json"))
        self.reload(nginx)
        self.assertEqual({nginx.get("/", tokens.access).status for _ in range(20)}, {200})


class Long(Faults):
    MANY = 20_000
    MIB = 1024

    def test_memory_does_not_grow(self):
        """What a request leaves behind, times 20,000, would be some MiB."""
        nginx = self.serve()
        good, narrow = self.recant.sign_in().access, "x"
        self.send(nginx, (good, narrow), 4_000)
        before = {pid: self.resident(pid) for pid in nginx.workers()}
        self.send(nginx, (good, narrow), self.MANY)
        grown = {pid: self.resident(pid) - kib for pid, kib in before.items()}
        self.assertLess(max(grown.values()), 2 * self.MIB, grown)

    def test_each_of_many_questions_is_answered(self):
        """None is lost between the library's thread and nginx: nothing is remembered, so each is asked of Redis."""
        nginx = self.serve(BESIDE + "recant_option cache_entries 0;")
        bearer = self.recant.sign_in().access
        batch = 50 * f"GET / HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {bearer}\r\n\r\n".encode()
        clients = [socket.create_connection(("127.0.0.1", nginx.other), 30) for _ in range(100)]
        for client in clients:
            self.addCleanup(client.close)
        for _ in range(3):
            for client in clients:
                client.sendall(batch)
            for client in clients:
                with client.makefile("rb") as stream:
                    self.assertEqual([self.one(stream) for _ in range(50)], [200] * 50)

    def send(self, nginx, bearers, count):
        """In turns, a hundred in one go, on 20 connections, so that each worker has its part."""
        batch = 50 * b"".join(f"GET / HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {bearer}\r\n\r\n".encode()
                              for bearer in bearers)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", nginx.other), 30) as client:
                stream = client.makefile("rb")
                for _ in range(count // 2000):
                    client.sendall(batch)
                    self.assertEqual([self.one(stream) for _ in range(100)], [200, 401] * 50)

    @staticmethod
    def resident(pid):
        """In KiB."""
        with open(f"/proc/{pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


if __name__ == "__main__":
    unittest.main()
