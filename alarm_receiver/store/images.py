"""Images of the makers whose keys lie here, and which board a keypad has. Never commits.

It promises that no image is kept whose maker's signature does not hold, that a version is one image
for ever, and that nothing is ever given for a board that the image has no pins for.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.domain.image import (
    IMAGE_BYTES_MAX,
    SIGNATURE_BYTES,
    BadImage,
    Image,
    read,
    version_text,
)
from alarm_receiver.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

EXPONENT = 65_537
BOARD = "esp32_s3"
"""The board of a keypad of which nobody has said another."""
IMAGES_MAX = 50
MAKERS = "maker.pub"
"""The file beside the database with the makers' public keys, one a line."""

image = Table(
    "image",
    metadata,
    Column("agency", ForeignKey("agency.id"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("boards", String(400), nullable=False),
    Column("mpy", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    CheckConstraint(f"size BETWEEN 1 AND {IMAGE_BYTES_MAX}", name="size_bounded"),
    CheckConstraint("length(content) = size", name="whole"),
    CheckConstraint("length(digest) = 64", name="digest_is_whole"),
    CheckConstraint("version BETWEEN 1 AND 2147483647", name="version_fits_the_wire"),
)

device_board = Table(
    "device_board",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("board", String(32), nullable=False),
    CheckConstraint("length(board) > 0", name="named"),
)


def makers(folder: Path) -> list[bytes]:
    """The public keys of the makers whose images are taken. Raises BadImage."""
    path = folder / MAKERS
    try:
        lines = path.read_text("ascii").split()
        keys = [bytes.fromhex(line) for line in lines]
    except FileNotFoundError:
        keys = []
    except (OSError, ValueError) as error:
        raise BadImage(f"{path} cannot be read as makers' public keys: {error}") from None
    if not keys or any(len(key) != SIGNATURE_BYTES for key in keys):
        raise BadImage(
            f"there is no maker's public key in {path}; put the .pub file of holdfast release key "
            "there"
        )
    return keys


def check_signed(content: bytes, keys: Sequence[bytes]) -> None:
    """Refuse an image that no maker of `keys` has signed. Raises BadImage."""
    body, signature = content[:-SIGNATURE_BYTES], content[-SIGNATURE_BYTES:]
    for key in keys:
        public = RSAPublicNumbers(EXPONENT, int.from_bytes(key, "big")).public_key()
        try:
            public.verify(signature, body, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        return
    raise BadImage(
        "the maker's signature does not hold: it is not signed, was changed, or another maker's; "
        "sign it with holdfast release sign"
    )


def checked(content: bytes, keys: Sequence[bytes]) -> Image:
    """What `content` is an image of, once form and signature have held. Raises BadImage."""
    said = read(content)
    check_signed(content, keys)
    return said


def keep(  # noqa: PLR0917 - what an image is kept with
    connection: Connection, agency: str, content: bytes, said: Image, by: str, now_ms: int
) -> bool:
    """Keep a `checked` image; False when it is there already. Raises BadImage."""
    digest = hashlib.sha256(content).hexdigest()
    known = {row["version"]: row for row in listed(connection, agency)}
    if said.version in known:
        if known[said.version]["digest"] != digest:
            raise BadImage(
                f"version {version_text(said.version)} is another image already; versions only "
                "grow: build it as the next one"
            )
        return False
    if len(known) >= IMAGES_MAX:
        raise BadImage(f"{IMAGES_MAX} images are kept here, and no more")
    connection.execute(
        insert(image).values(
            agency=agency,
            version=said.version,
            boards=" ".join(said.boards),
            mpy=said.mpy,
            size=len(content),
            digest=digest,
            content=content,
            made_by=by[:80],
            made_ms=now_ms,
        )
    )
    return True


def listed(connection: Connection, agency: str) -> list[dict[str, Any]]:
    """The images of an agency without their content, newest version first."""
    columns = [one for one in image.columns if one.name != "content"]
    query = select(*columns).where(image.c.agency == agency).order_by(image.c.version.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def board_of(connection: Connection, device_id: str) -> str:
    """Which board a keypad has."""
    query = select(device_board.c.board).where(device_board.c.device == device_id)
    return connection.execute(query).scalar() or BOARD


def set_board(connection: Connection, device_id: str, board: str) -> None:
    """Say which board a keypad has."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(device_board)
        .values(device=device_id, board=board)
        .on_conflict_do_update(index_elements=["device"], set_={"board": board})
    )


def content_for(connection: Connection, agency: str, device_id: str, version: int) -> bytes:
    """The image of this version for a device. Raises BadImage: there is none, or for no such board.

    Asked whenever pieces are made, not only when they are ordered.
    """
    query = select(image.c.content, image.c.boards).where(
        image.c.agency == agency, image.c.version == version
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise BadImage(
            f"there is no image of version {version_text(version)} here; put it in with holdfast "
            "send image"
        )
    board = board_of(connection, device_id)
    if board not in row.boards.split():
        raise BadImage(
            f"image {version_text(version)} is for {row.boards}, keypad {device_id} has {board}"
        )
    return bytes(row.content)
