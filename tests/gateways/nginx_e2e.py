"""examples/nginx, really run: auth_request."""
import contract
from contract import (BODY, DOWN, FIRST, FORGED, INSIDE, KEPT, PATHS, SCOPE, TUNNEL, WEBSOCKET,
                      Bodies, Door, Identity, Unknown)
from gateway import Gateway

class Nginx(Gateway):
    name = "nginx"
    files = ("recant.conf",)
    unchecked = (("location / {", "location / {\n        auth_request off;"),)
    needed = (
        ("auth_request     /recant-check;", "", Door, FIRST),
        ('proxy_set_header X-Auth-Subject  " $recant_subject";', "", Identity, FORGED),
        ('proxy_set_header X-Auth-Session  " $recant_session";', "", Identity, FORGED),
        ('proxy_set_header X-Auth-Scope    " $recant_scope";', "", Identity, FORGED),
        ('proxy_set_header X-Auth-Expires  " $recant_expires";', "", Identity, FORGED),
        ('" $recant_scope"', "$recant_scope", Identity, "test_also_where_there_is_nothing_to_say"),
        ("underscores_in_headers off;", "underscores_in_headers on;", Identity, FORGED),
        ("ignore_invalid_headers on;", "ignore_invalid_headers off;", Identity, FORGED),
        ("proxy_set_header Upgrade         $recant_upgrade;",
         "proxy_set_header Upgrade $http_upgrade;", Identity, TUNNEL),
        ("proxy_set_header Upgrade         $recant_upgrade;", "", Bodies, WEBSOCKET),
        ("return 400;", "", Door, PATHS),
        ("auth_request /recant-check/orders:read;", "", Door, SCOPE),
        ("location ~* ^/orders", "location ~ ^/orders", Door, SCOPE),
        ("add_header       WWW-Authenticate  $recant_challenge_of_403 always;", "", Door, SCOPE),
        ("internal;", "", Door, INSIDE),
        ("recant_call>/v1/(login|", "recant_call>/v1/(admin/.*|login|", Door, INSIDE),
        ("proxy_set_header X-Forwarded-For $remote_addr;\n        proxy_set_header Connection      "
         '"";\n        proxy_pass       http://recant$recant_call',
         "proxy_pass http://recant$recant_call", Door, "test_people_sign_in_through_it"),
        ('proxy_set_header        Content-Length  "";', "", Bodies, BODY),
        ("keepalive 32;", "", Bodies, KEPT),
        ("error_page 500 = @recant_unavailable;", "", Unknown, DOWN),
    )

    def listen(self, port):
        return {"listen 80;": f"listen 127.0.0.1:{port};"}

    def command(self):
        return ["nginx", "-e", "stderr", "-p", self.home, "-c", self.path("nginx.conf")]

    def write_more(self):
        """In place of Debian's nginx.conf, which also includes what stands in conf.d."""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {self.path(kind)};\n" for kind in kinds)
        self.write("nginx.conf", f"""
            daemon off; master_process off; pid {self.path('pid')};
            events {{}}
            http {{
                access_log off;
                {places}
                include {self.path('recant.conf')};
            }}""")


contract.load(globals(), Nginx)
