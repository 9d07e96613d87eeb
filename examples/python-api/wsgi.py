"""A small API for threads and processes: `gunicorn wsgi:app`, by gunicorn.conf.py."""
from http import HTTPStatus

import guard

verifier = None  # made by each worker


def app(environ, start_response):
    said = judge(environ)
    start_response(f"{said.status} {HTTPStatus(said.status).phrase}", said.headers)
    return [said.body]


def judge(environ):
    # Of several fields WSGI makes one with commas, which no token has.
    fields = [environ["HTTP_AUTHORIZATION"]] if "HTTP_AUTHORIZATION" in environ else []
    try:
        token = guard.bearer_of(fields)
    except guard.Answer as refused:
        return refused
    return guard.answer(environ["PATH_INFO"], verifier.check(token, deadline=0.5))
