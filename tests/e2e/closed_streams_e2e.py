"""Started without standard streams, as some supervisors do: no socket takes their numbers."""
import os
import signal
import subprocess
import unittest

from harness.case import RecantTest
from harness.ports import free_port
from harness.process import wait_until
from harness.recant import BINARY, Recant, clean_environment, configuration


def closing(descriptors, *words):
    """The command in a shell that closes these first."""
    return ["sh", "-c", 'exec "$@" ' + " ".join(f"{n}>&-" for n in descriptors), "sh", *words]


class ClosedStreams(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test starts its own."""

    def test_serve_holds_dev_null_on_them(self):
        recant = Recant({}, start=False)
        self.addCleanup(recant.end)
        recant.port = free_port()
        with open(recant.config, "w") as config:
            config.write(configuration(recant.full_settings()))
        server = subprocess.Popen(closing((0, 1, 2), BINARY, "serve", "--config", recant.config),
                                  env=clean_environment())
        try:
            wait_until(lambda: server.poll() is not None or recant.is_ready(), "recant is ready", 30)
            self.assertIsNone(server.poll())
            for number in (0, 1, 2):
                self.assertEqual(os.readlink(f"/proc/{server.pid}/fd/{number}"), "/dev/null")
            self.assert_alive(recant.sign_in(), recant)
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(30), 0)
        finally:
            server.kill()
            server.wait()

    def test_the_demo_tells_its_story_without_standard_error(self):
        done = subprocess.run(closing((2,), BINARY, "demo", "--no-pause"), capture_output=True, text=True,
                              timeout=120, env=clean_environment())
        self.assertEqual(done.returncode, 0, done.stdout[-2000:])

    def test_what_cannot_be_written_is_still_an_error(self):
        done = subprocess.run(closing((1,), BINARY, "version"), stderr=subprocess.PIPE, text=True,
                              timeout=30, env=clean_environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)


if __name__ == "__main__":
    unittest.main()
