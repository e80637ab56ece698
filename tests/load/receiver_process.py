"""A receiver to be measured, as a process of its own: with its store, without, or behind FastAPI.

    python tests/load/receiver_process.py DATA PORT MODE [DATABASE]

MODE is "parts" (intake and engine in processes of their own, as docs/operate.md sets PostgreSQL
up; the engine is our child), "store" (all in one process), "none" (the same door, seals checked,
nothing stored), "asgi" (likewise, each request by the ASGI way), "fastapi" (the same intake behind
a FastAPI route that reads the raw body) or "pydantic" (behind a route as most are written: a model
in, a model out); the last two under uvicorn and Python as they come. What differs is put in here,
not into the product.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

from alarm_receiver import command
from alarm_receiver.domain.intake import Verdict
from alarm_receiver.log import Log
from alarm_receiver.web import app as web_app
from alarm_receiver.web import hurry, intake
from alarm_wire import batch


def not_stored(_self, arrivals, done):
    done([Verdict()] * len(arrivals), None)


async def answered(door, body):
    """The answer of the door to a batch, as frames."""
    told = asyncio.get_running_loop().create_future()
    door.begin(body, told.set_result)
    return batch.unpack((await told).body)


def behind_models(context):
    from fastapi import FastAPI
    from pydantic import BaseModel, Field

    door = intake.Intake(context)
    app = FastAPI()
    text = Annotated[str, Field(pattern="^([0-9a-f]{2})+$", max_length=256)]

    class Frames(BaseModel):
        frames: list[text] = Field(max_length=500)

    class Answers(BaseModel):
        answers: list[str]

    @app.post("/v1/signals")
    async def signals(said: Frames) -> Answers:
        answers = await answered(door, batch.pack([bytes.fromhex(one) for one in said.frames]))
        return Answers(answers=[one.hex() for one in answers])

    return app


def behind_fastapi(context):
    from fastapi import FastAPI, Request, Response

    door = intake.Intake(context)
    app = FastAPI()

    @app.post("/v1/signals")
    async def signals(request: Request) -> Response:
        frames = await answered(door, await request.body())
        return Response(batch.pack(frames), media_type="application/vnd.holdfast.batch")

    return app


def as_it_comes(receiver, listening, _ending):
    """Serve as `uvicorn app:app` does, with none of our protocol, collector or switch interval."""
    import uvicorn

    app = receiver.app()
    config = uvicorn.Config(app, lifespan="on", log_config=None, access_log=False)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        receiver.stop()


def with_engine(arguments):
    """An engine beside us, as a child, so that its CPU counts as ours."""
    data, _port, _mode, *database = arguments
    return subprocess.Popen([sys.executable, __file__, data, "0", "engine", *database])


def main():
    data, port, mode, *database = sys.argv[1:]
    if mode == "asgi":
        hurry.Hurried._usual = lambda _self: False
    if mode in ("none", "asgi"):
        intake.Intake._commit = not_stored
        Log.lines = lambda _self, _lines: None
    if mode in ("fastapi", "pydantic"):
        made = behind_fastapi if mode == "fastapi" else behind_models
        web_app.make = lambda context, _part="all": made(context)
        command._run = as_it_comes
    if database:
        os.environ["HOLDFAST_RECEIVER_DATABASE"] = database[0]
    if mode == "engine":
        command.engine(Path(data))
        return
    part = command.Part.INTAKE if mode == "parts" else command.Part.ALL
    engine = with_engine(sys.argv[1:]) if mode == "parts" else None
    try:
        command.serve(Path(data), "127.0.0.1", int(port), part)
    finally:
        if engine is not None:
            engine.terminate()
            engine.wait(20)


main()
