"""The API behind nginx, which knows nothing of tokens: it tells whom nginx said that it speaks to."""
import json

from api import Api


class Upstream(Api):
    request_queue_size = 256

    def tell(self, request):
        who = [request.all(name) for name in ("X-Auth-Subject", "X-Auth-Session")]
        told = [values[0] if len(values) == 1 else values for values in who]
        return json.dumps(dict(zip(("subject", "session"), told))).encode()
