"""examples/node-api, as it is there, keeps the contract of a protected API."""
import http.client
import os
import shutil
import signal

import node_package
from contract import Api, Contract
from harness.case import RecantTest
from harness.process import wait_until
from harness.recant import ROOT


class NodeApi(Contract, RecantTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = node_package.project(cls)
        shutil.copy(os.path.join(ROOT, "examples/node-api/server.js"), cls.folder)
        super().setUpClass()

    @classmethod
    def start_api(cls, recant, **environment):
        return Api(["node", "server.js"], recant, recant.server.url, cwd=cls.folder, **environment)

    def test_SIGTERM_ends_it_though_a_connection_is_kept(self):
        api = self.start_api(self.recant)
        self.addCleanup(api.end)
        tokens = self.recant.sign_in()
        self.lets_in(tokens, api)
        kept = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
        self.addCleanup(kept.close)
        kept.request("GET", "/whoami", headers={"Authorization": f"Bearer {tokens.access}"})
        self.assertEqual(kept.getresponse().read() != b"", True)
        api.process.signal(signal.SIGTERM)
        wait_until(api.process.ended, "it has ended")
        self.assertEqual(api.process.wait(), 0)
