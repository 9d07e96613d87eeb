import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = 2
preload_app = True  # in memory once
limit_request_field_size = 16_384  # gunicorn's own 8,190 bytes are few for a token with many scopes


def post_fork(server, worker):
    """A verifier made before fork() has no thread here, and would answer `unavailable`."""
    import guard
    import wsgi

    wsgi.verifier = guard.make_verifier()
