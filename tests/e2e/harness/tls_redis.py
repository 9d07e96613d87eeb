"""A real redis-server with the doors shut: TLS only, client certificates wanted, the user `default` off."""
import os
import ssl

from .acl import Line, default_off
from .redis_server import RedisServer
from .resp import Resp

SECRET = "secret-of-redis"


class TlsRedisServer(RedisServer):
    """`certificate` may be another at the next start(). The test itself comes in as keeper."""

    def __init__(self, authority, certificate, own, **more):
        self.certificate = certificate
        self._authority = authority
        self._own = own
        super().__init__(tcp=True, **more)

    @property
    def url(self):
        return f"rediss://recant:{SECRET}@localhost:{self.port}"

    def listen(self):
        users = os.path.join(self.directory, "users.acl")
        with open(users, "w") as acl:
            acl.write(f"user {default_off()}\n"
                      f"user recant on >{SECRET} {' '.join(Line('recant').rules)}\n"
                      "user keeper on >keeper ~* &* +@all\n")
        return ["--port", "0", "--tls-port", str(self.port), "--bind", "127.0.0.1", "--aclfile", users,
                "--tls-cert-file", self.certificate.cert, "--tls-key-file", self.certificate.key,
                "--tls-ca-cert-file", self._authority.cert, "--tls-auth-clients", "yes", "--appendfsync", "always"]

    def connect(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # it may have the wrong one: that is what tests are about
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(*self._own)
        connection = Resp(("127.0.0.1", self.port), secure=context.wrap_socket)
        connection("AUTH", "keeper", "keeper")
        return connection
