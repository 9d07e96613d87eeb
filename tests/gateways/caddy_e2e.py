"""examples/caddy, really run: forward_auth."""
import contract
from contract import BODY, FORGED, INSIDE, PATHS, SCOPE, TOLD, Bodies, Door, Identity, Unknown
from gateway import Gateway


class Caddy(Gateway):
    name = "caddy"
    files = ("Caddyfile",)
    # Not `request_header -X-Auth-*`: Debian's Caddy replaces all four by itself; newer ones
    # before 2.11.2 do not where an answer lacks one (GHSA-7r4p-vjf4-gxv4).
    needed = (
        ("import checked \"\"", "reverse_proxy 127.0.0.1:3000", Door,
         "test_200_and_after_the_revocation_401"),
        ("copy_headers X-Auth-Subject ", "copy_headers ", Identity, TOLD),
        (" X-Auth-Session ", " ", Identity, TOLD),
        (" X-Auth-Scope ", " ", Identity, TOLD),
        (" X-Auth-Expires\n", "\n", Identity, TOLD),
        ("request_header -*_*", "", Identity, FORGED),
        ("request_header -*.*", "", Identity, FORGED),
        ("request_header -Connection", "", Identity,
         "test_O48_the_client_cannot_have_them_taken_away"),
        ("respond @twofold 400", "", Door, PATHS),
        ("import checked orders:read", 'import checked ""', Door, SCOPE),
        ("path /orders /orders/*", "path_regexp ^/orders(/|$)", Door, SCOPE),
        ("uri /v1/check?scope={args.0}", "uri /v1/check", Door,
         "test_what_is_asked_is_for_the_gateway_to_say"),
        ("(/v1/(?:login|", "(/v1/(?:admin/.*|login|", Door, INSIDE),
        ("respond 503", "", Unknown, "test_503_while_Recant_is_down"),
        ("vars recant asked", "", Unknown, "test_503_while_Recant_is_down"),
        ("header Retry-After 1", "", Unknown, "test_503_while_Recant_is_down"),
    )

    def listen(self, port):
        return "\n:80 {", f"\nhttp://127.0.0.1:{port} {{"

    def command(self):
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self.path("wrapper")]

    def write_more(self):
        """Without its port for administration, which every Caddy of a machine would share."""
        self.write("wrapper", "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n"
                              "import Caddyfile\n")


contract.load(globals(), Caddy)
