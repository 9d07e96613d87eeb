"""docs/python.md: each block is what runs here, in a virtual environment that is made as the page says."""
import os
import shutil
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.document import Document
from harness.process import die_with_parent
from harness.recant import ROOT
from python_package import OFFLINE, copy_source, environment, run


class Page(RecantTest):
    redis_options = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="recant-python-page-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = environment(**OFFLINE)
        del self.environment["PYTHONPATH"]  # it is installed into the virtual environment and nowhere else
        self.page = Document("python.md", here={
            "redis://127.0.0.1:6379": self.recant.server.url, "https://login.example.com/": self.recant_url() + "/",
            "https://login.example.com": "recant"})

    def recant_url(self):
        return f"http://127.0.0.1:{self.recant.port}"

    def run_next(self, title, said=""):
        """The next program, which reads `said`; what it prints."""
        path = self.page.write_next(self.folder, "python", title)
        done = subprocess.run([os.path.join(self.folder, "venv/bin/python"), path], input=said, text=True, cwd=self.folder,
                              env=self.environment, capture_output=True, timeout=60, preexec_fn=die_with_parent)
        self.assertEqual((done.returncode, "Traceback" in done.stderr), (0, False), done.stderr)
        return done.stdout

    def shows(self, path):
        with open(os.path.join(ROOT, path)) as file:
            self.assertEqual(self.page.next("python", path), file.read())

    def test_the_page_from_its_first_to_its_last_block(self):
        with open(os.path.join(ROOT, "scripts/packages/test")) as packages:
            installed = packages.read().split()
        for package in self.page.next("sh", "as root").split()[3:]:
            self.assertIn(package, installed)
        copy_source(self.folder)
        run("sh", "-ec", self.page.next("sh"), cwd=self.folder, env=self.environment | {"PATH": "/usr/bin:/bin"})

        tokens, dead = self.recant.sign_in(scope="orders:read"), self.recant.sign_in()
        self.recant.revoke(session=dead.session)
        said = self.run_next("check.py", f"{tokens.access}\n{dead.access}\nx\n").splitlines()
        self.assertEqual(said, [f"{tokens.user_id} orders:read", "revoked", "invalid"])
        self.assertEqual(self.run_next("options.py"), "")
        self.assertEqual(self.run_next("many.py", f"{tokens.access} x {dead.access}").splitlines(),
                         [f"valid {tokens.user_id}", "invalid ", f"revoked {dead.user_id}"])
        self.assertEqual(self.run_next("orders.py"), "")
        self.shows("examples/python-api/gunicorn.conf.py")
        self.shows("examples/python-api/app.py")
        self.run_next("test_orders.py")
        self.page.finished()


if __name__ == "__main__":
    unittest.main()
