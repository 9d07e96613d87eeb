"""A small API for asyncio: `uvicorn app:app`."""
import guard

verifier = None  # from the start of the process that serves to its end


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await live(receive, send)
    elif scope["type"] == "http":
        said = await judge(scope)
        headers = [(name.encode(), value.encode()) for name, value in said.headers]
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})


async def live(receive, send):
    global verifier
    await receive()
    try:
        made = guard.make_verifier()
    except Exception as wrong:  # uvicorn would take it for an app without a lifespan, and serve
        await send({"type": "lifespan.startup.failed", "message": f"{type(wrong).__name__}: {wrong}"})
        return
    with made as verifier:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def judge(scope):
    fields = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    try:
        token = guard.bearer_of(fields)
    except guard.Answer as refused:
        return refused
    return guard.answer(scope["path"], await verifier.check_async(token))
