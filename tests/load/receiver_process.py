"""A receiver to be measured, as a process of its own: with its store, without, or behind FastAPI.

    python tests/load/receiver_process.py DATA PORT MODE [DATABASE]

MODE is "store" (as shipped), "none" (the same door, seals checked, nothing stored), "fastapi" (the
same intake behind a FastAPI route that reads the raw body) or "pydantic" (the same behind a route
as most are written: a model in, a model out). What differs is put in here, not into the product.
"""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from alarm_receiver import command
from alarm_receiver.domain.intake import Verdict
from alarm_receiver.log import Log
from alarm_receiver.web import app as web_app
from alarm_receiver.web import intake
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


def main():
    data, port, mode, *database = sys.argv[1:]
    if mode == "none":
        intake.Intake._commit = not_stored
    if mode in ("fastapi", "pydantic"):
        made = behind_fastapi if mode == "fastapi" else behind_models
        web_app.make = lambda context, _part="all": made(context)
    if mode == "none":
        Log.lines = lambda _self, _lines: None
    if database:
        import os

        os.environ["HOLDFAST_RECEIVER_DATABASE"] = database[0]
    command.serve(Path(data), "127.0.0.1", int(port))


main()
