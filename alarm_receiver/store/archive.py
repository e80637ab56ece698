"""The registry as plain rows, out of one receiver and into another. Never commits.

It promises that what comes out goes in again and is then the same, that nothing which stands there
is overwritten, that a row which hangs on another one finds it in the same agency or in the same
archive, and that no key is in it: keypads and gateways need theirs put in anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, Integer, String, Table, insert, select

from alarm_receiver.store.charts import (
    authority,
    customer,
    floor_plan,
    place,
    site_authority,
    way_in,
)
from alarm_receiver.store.desk import keyholder, policy
from alarm_receiver.store.duty import team
from alarm_receiver.store.tables import device, site, zone
from alarm_receiver.store.units import spot, unit

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection

TABLES: dict[str, Table] = {
    "customers": customer,
    "authorities": authority,
    "sites": site,
    "zones": zone,
    "devices": device,
    "keyholders": keyholder,
    "site_authorities": site_authority,
    "floors": floor_plan,
    "places": place,
    "ways_in": way_in,
    "spots": spot,
    "units": unit,
    "teams": team,
    "policies": policy,
}
"""In the order in which one may refer to those before it."""
INTEGER_MAX = 2**63 - 1
PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What cannot go in: which table, which of its rows (from 1), and why."""

    table: str
    row: int
    why: str


def read(connection: Connection, agency: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of an agency by table, in the order of their keys; pictures apart."""
    return {name: _rows(connection, table, agency) for name, table in TABLES.items()}


def check(
    connection: Connection, agency: str, rows: dict[str, list[dict[str, Any]]]
) -> tuple[list[Wrong], dict[str, list[dict[str, Any]]]]:
    """What is wrong with `rows`, and those that are not there yet."""
    wrong: list[Wrong] = []
    new: dict[str, list[dict[str, Any]]] = {}
    there: dict[Table, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for name, table in TABLES.items():
        keys = [column.key for column in table.primary_key]
        known = {_key(row, keys): row for row in _rows(connection, table, agency)}
        there[table], new[name] = known, []
        hangs = _hangs_on(table, there)
        for place_, row in enumerate(rows.get(name, []), 1):
            why = _why_not(table, row) or _dangles(row, hangs)
            if why is None and (found := known.get(_key(row, keys))) is not None:
                why = None if found == row else "it is there already, and is otherwise"
            elif why is None:
                new[name].append(row)
                known[_key(row, keys)] = row
            if why is not None:
                wrong.append(Wrong(name, place_, why))
    return wrong, new


def write(
    connection: Connection,
    agency: str,
    new: dict[str, list[dict[str, Any]]],
    pictures: dict[tuple[str, int], bytes],
) -> int:
    """Put in rows that `check` found to be new; how many. The database refuses what is left."""
    count = 0
    for name, table in TABLES.items():
        for row in new[name]:
            values = dict(row)
            if "agency" in table.c:
                values["agency"] = agency
            if table is floor_plan:
                values[PICTURE] = pictures[row["site"], row["floor"]]
            connection.execute(insert(table).values(values))
            count += 1
    return count


def shown(table: Table) -> list[Column[Any]]:
    """The columns of a table that an archive holds."""
    return [one for one in table.columns if one.key not in ("agency", PICTURE)]


def _rows(connection: Connection, table: Table, agency: str) -> list[dict[str, Any]]:
    query = select(*shown(table)).order_by(*table.primary_key)
    if "agency" in table.c:
        query = query.where(table.c.agency == agency)
    else:
        parent = device if table is place else table
        if table is place:
            query = query.join(device, device.c.id == place.c.device)
        query = query.join(site, site.c.id == parent.c.site).where(site.c.agency == agency)
    return [dict(row) for row in connection.execute(query).mappings()]


def _key(row: dict[str, Any], keys: list[str]) -> tuple[Any, ...]:
    return tuple(row.get(key) for key in keys if key != "agency")


Hang = tuple[str, list[str], set[tuple[Any, ...]]]


def _hangs_on(
    table: Table, there: dict[Table, dict[tuple[Any, ...], dict[str, Any]]]
) -> list[Hang]:
    """For each key of `table` into another one of TABLES: that one, our columns, what it has."""
    found = []
    for key in table.foreign_key_constraints:
        if key.referred_table in there:
            ours = [one.parent.key for one in key.elements]
            theirs = [one.column.key for one in key.elements]
            have = {
                tuple(row[name] for name in theirs) for row in there[key.referred_table].values()
            }
            found.append((key.referred_table.name, ours, have))
    return found


def _dangles(row: dict[str, Any], hangs: list[Hang]) -> str | None:
    """What a row hangs on that is neither the agency's nor in the archive, or None.

    The database would find it with another agency.
    """
    for name, columns, have in hangs:
        wanted = tuple(row[column] for column in columns)
        if None not in wanted and wanted not in have:
            said = ", ".join(map(str, wanted))
            return f"its {name} {said[:80]} is not here, and not in the archive"
    return None


def _why_not(table: Table, row: object) -> str | None:
    """Why a row has not the form of its table, or None."""
    wanted = {column.key: column for column in shown(table)}
    if not isinstance(row, dict) or set(row) != set(wanted):
        return f"a row has the fields {', '.join(wanted)}"
    for name, column in wanted.items():
        value = row[name]
        if value is None:
            if not column.nullable:
                return f"{name} is missing"
        elif not _fits(column, value):
            return f"{name} cannot be {str(value)[:40]!r}"
    return None


def _fits(column: Column[Any], value: object) -> bool:
    kind = column.type
    if isinstance(kind, JSON):
        return isinstance(value, (dict, list))
    if isinstance(kind, Boolean):
        return isinstance(value, bool)
    if isinstance(kind, Integer):
        return type(value) is int and abs(value) <= INTEGER_MAX
    if not isinstance(kind, String) or not isinstance(value, str) or "\0" in value:
        return False
    return len(value) <= (kind.length or 0) and _encodes(value)


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
