"""What the tests of all gateways share: a Recant, its Redis, an API and a gateway, a class each."""
from api import Api
from harness.case import RecantTest
from relay import Relay

IDENTITY = ("X-Auth-Subject", "X-Auth-Session", "X-Auth-Scope", "X-Auth-Expires")


class Contract(RecantTest):
    """Tests of one class share a Recant, its Redis, an API and a gateway."""

    gateway_type = None
    redis_options = ()
    settings = {"server.trusted_proxies": ["127.0.0.1"], "server.cookies": True}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.ends(Api())
        cls.relay = cls.ends(Relay(cls.recant.port))
        cls.gateway = cls.ends(cls.gateway_type(cls.relay.port, cls.api.port))

    def setUp(self):
        self.api.requests.clear()
        self.api.says = (200, [])

    def arrived(self):
        """The one request that the API saw."""
        self.assertEqual(len(self.api.requests), 1, self.api.requests)
        return self.api.requests.pop()

    def assert_passes(self, answer):
        self.assertEqual((answer.status, answer.body), (200, b"from the API"), answer)
        return self.arrived()

    def assert_stopped(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(self.api.requests, [], answer)

    def said_of(self, request):
        """What the API is told; each field must stand exactly once, under whatever name."""
        said = [request.all(name) for name in IDENTITY]
        self.assertEqual([len(values) for values in said], [1] * 4, request.headers)
        return tuple(values[0] for values in said)
