"""examples/caddy, really run: forward_auth."""
import contract
from contract import (CONNECTION, DOWN, FIRST, FORGED, INSIDE, OPEN, PATHS, SCOPE, TOLD, TUNNEL,
                      WEBSOCKET, Bodies, Door, Identity, Unknown)
from gateway import Gateway


class Caddy(Gateway):
    name = "caddy"
    files = ("Caddyfile",)
    unchecked = (('handle {\n\t\t\timport checked ""',
                  "handle {\n\t\t\treverse_proxy 127.0.0.1:3000"),)
    needed = (
        ("import checked \"\"", "reverse_proxy 127.0.0.1:3000", Door, FIRST),
        ("copy_headers X-Auth-Subject ", "copy_headers ", Identity, TOLD),
        (" X-Auth-Session ", " ", Identity, TOLD),
        (" X-Auth-Scope ", " ", Identity, TOLD),
        (" X-Auth-Expires\n", "\n", Identity, TOLD),
        ("request_header -X-Auth-*", "", Identity, OPEN),
        ("request_header -*_*", "", Identity, FORGED),
        ("request_header -*.*", "", Identity, FORGED),
        ("request_header -Connection", "", Identity, CONNECTION),
        ("request_header @tunnel -Upgrade", "", Identity, TUNNEL),
        ("request_header @websocket Upgrade websocket", "", Identity, TUNNEL),
        ("request_header @websocket Connection Upgrade", "", Bodies, WEBSOCKET),
        ("respond @twofold 400", "", Door, PATHS),
        ("import checked orders:read", 'import checked ""', Door, SCOPE),
        ("path /orders /orders/*", "path_regexp ^/orders(/|$)", Door, SCOPE),
        ("uri /v1/check?scope={args.0}", "uri /v1/check", Door,
         "test_what_is_asked_is_for_the_gateway_to_say"),
        ("(/v1/(?:login|", "(/v1/(?:admin/.*|login|", Door, INSIDE),
        ("respond 503", "", Unknown, DOWN),
        ("vars recant asked", "", Unknown, DOWN),
        ("header Retry-After 1", "", Unknown, DOWN),
    )

    def listen(self, port):
        return {"\n:80 {": f"\n:{port} {{"}

    def command(self):
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self.path("wrapper")]

    def write_more(self):
        """Without its port for administration, which every Caddy of a machine would share."""
        self.write("wrapper", "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n"
                              "import Caddyfile\n")


contract.load(globals(), Caddy)
