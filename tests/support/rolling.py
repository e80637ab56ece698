"""Two roll-outs of firmware as they look after a while: one stopped by failures, one under way."""

import re
import secrets

from cryptography.hazmat.primitives.asymmetric import rsa

from holdfast.release import image
from receiving import wait_for

FILES = {"boards/esp32_s3.mpy": b"pins", "keypad/app.mpy": secrets.token_bytes(900)}


def roll_out(client, folder, account):
    """Firmware for the site `account`, whose first keypad fails; then other firmware for all.

    `folder` is the receiver's data folder.
    """
    maker = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    (folder / "maker.pub").write_text(image.modulus(maker).hex() + "\n")
    for version in ((1, 5, 0), (1, 6, 0)):
        content = image.pack(FILES, version, 6, maker)
        assert client.http.post("/v1/images", content=content).status_code == 200
    _begin(client, (1, 5, 0), account)
    rows = wait_for(lambda: _ordered(client))
    client.http.post(f"/v1/devices/{rows[0]['device']}/orders/image/call-off")
    wait_for(lambda: 'data-standing="stopped"' in client.http.get("/roll-outs").text)
    _begin(client, (1, 6, 0), "")
    wait_for(lambda: [one for one in _ordered(client) if one["state"] != "cancelled"])


def _ordered(client):
    return [one for one in client.http.get("/v1/orders").json() if one["what"] == "image"]


def _begin(client, version, account):
    """As many keypads as the screen says get it."""
    form = {"version": image.version_number(version), "account": account, "percent": 100}
    form |= {"at_once": 5, "failures": 0}
    shown = client.http.get("/roll-outs", params=form).text
    count = re.search(r"(\d+) keypads? gets? it\.", shown)[1]
    done = client.http.post("/roll-outs", data=form | {"count": count})
    assert done.status_code == 303, done.text
