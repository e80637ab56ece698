"""A receiver to be measured, as a process of its own: with its store, without, or behind FastAPI.

    python tests/load/receiver_process.py DATA PORT MODE [DATABASE]

MODE is "store" (as shipped), "none" (the same door, seals checked, nothing stored) or "fastapi"
(the same intake behind a plain FastAPI route). What differs is put in here, not into the product.
"""

import sys
from pathlib import Path

from alarm_receiver import command
from alarm_receiver.domain.intake import Verdict
from alarm_receiver.log import Log
from alarm_receiver.web import app as web_app
from alarm_receiver.web import intake


async def not_stored(_self, arrivals):
    return [Verdict()] * len(arrivals)


def behind_fastapi(context):
    from fastapi import FastAPI, Request, Response

    door = intake.Intake(context)
    context.intake = door
    app = FastAPI()

    @app.post("/v1/signals")
    async def signals(request: Request) -> Response:
        frames = await door._take(intake._frames(await request.body()))
        return Response(intake.batch.pack(frames), media_type="application/vnd.holdfast.batch")

    return app


def main():
    data, port, mode, *database = sys.argv[1:]
    if mode == "none":
        intake.Intake._commit = not_stored
    if mode == "fastapi":
        web_app.make = behind_fastapi
    if mode == "none":
        Log.lines = lambda _self, _lines: None
    if database:
        import os

        os.environ["HOLDFAST_RECEIVER_DATABASE"] = database[0]
    command.serve(Path(data), "127.0.0.1", int(port))


main()
