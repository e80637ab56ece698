"""Keys go into the receiver and never come out, in whatever form and by whatever way."""

import base64
import io
import zipfile

from receiving import Keypad


def test_keys_never_come_out(client):
    keypad = Keypad()
    client.register(keypad, client.site())
    client.send(keypad.press())
    name = keypad.device.hex()
    site = client.http.get(f"/v1/devices/{name}").json()["site"]
    (ticket,) = client.tickets(site=site)
    paths = [f"/v1/devices/{name}", "/v1/devices", f"/v1/sites/{site}/presses"]
    paths += [f"/v1/tickets/{ticket['id']}", "/v1/export/devices.csv", "/v1/deeds"]
    archive = zipfile.ZipFile(io.BytesIO(client.http.get("/v1/export/registry.zip").content))
    said = {path: client.http.get(path).content for path in paths}
    said |= {path: archive.read(path) for path in archive.namelist()}
    told = {path for path, content in said.items() if name.encode() in content.lower()}
    assert {*paths, "devices.json"} - {f"/v1/sites/{site}/presses"} <= told, "it was looked at"
    key = keypad.key
    for path, content in said.items():
        for form in (key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key)):
            assert form not in content, path
