"""Archives of a registry as somebody could write them by hand."""

import io
import json
import zipfile

from alarm_receiver.store import archive

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)


def packed(**rows):
    """The bytes of an archive with these rows by table, and a picture for each floor."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("manifest.json", json.dumps({"holdfast": "registry", "format": 1}))
        for name in archive.TABLES:
            file.writestr(f"{name}.json", json.dumps(rows.get(name, [])))
        for row in rows.get("floors", []):
            file.writestr(f"floors/{row['site']}/{row['floor']}.svg", SVG)
    return out.getvalue()


def whole(table, **values):
    """A row of a table with these values, and something in every other column."""
    row = {}
    for column in archive.shown(archive.TABLES[table]):
        if column.key in values:
            row[column.key] = values[column.key]
        elif column.nullable:
            row[column.key] = None
        else:
            row[column.key] = "x" if column.type.python_type is str else 1
    return row
