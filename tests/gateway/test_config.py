"""A gateway that starts has a configuration that can work; one that cannot lists every fault."""

import pytest

from gateway.config import load
from gateway.errors import ConfigError

GOOD = """\
[gateway]
device = "aa00000000000001"
key_file = "key"
folder = "var"

[broker]
port = 1884

[[receiver]]
name = "a"
url = "https://alarm.example:8443/"

[[receiver]]
name = "b"
url = "http://127.0.0.1:8080"
"""


@pytest.fixture
def write(tmp_path):
    def written(text, key="11" * 32, mode=0o600):
        (tmp_path / "key").write_text(key + "\n")
        (tmp_path / "key").chmod(mode)
        path = tmp_path / "gateway.toml"
        path.write_text(text)
        return path

    return written


def faults(path):
    with pytest.raises(ConfigError) as error:
        load(path)
    return [fault.removeprefix(str(path)) for fault in error.value.faults]


def test_a_good_one_is_read_and_the_rest_has_defaults(write, tmp_path):
    config = load(write(GOOD))
    assert config.device == bytes.fromhex("aa00000000000001")
    assert config.key == bytes.fromhex("11" * 32)
    assert config.folder == tmp_path / "var"
    assert config.broker.port == 1884
    assert [(one.name, one.profile.name, one.ways[0].url) for one in config.receivers] == [
        ("a", "SP5", "https://alarm.example:8443"),
        ("b", "SP5", "http://127.0.0.1:8080"),
    ]
    assert config.signals_max >= 10_000
    assert "11" * 32 not in repr(config)
    assert repr(config.key) not in repr(config)


def test_every_fault_is_listed_at_once_with_its_line(write):
    text = GOOD.replace('"aa00000000000001"', '"AA"').replace("1884", '"x"').replace('"b"', '"a"')
    text += 'colour = "red"\n[keypads]\nlate_s = 5\nlost_s = 4\ndevices = ["zz"]\n[nonsense]\n'
    found = faults(write(text))
    assert [fault.split(":")[1] for fault in found] == [
        "16",
        "21",
        "2",
        "7",
        "19",
        "19",
        "20",
        "14",
    ]
    for what in (
        "colour",
        "nonsense",
        "device",
        "port",
        "lost_s",
        "broker would look",
        "'zz'",
        "twice",
    ):
        assert any(what in fault for fault in found), what


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[gateway]", "[gateway"), "see https://toml.io"),
        (('folder = "var"\n', ""), "gateway.folder: missing; write a folder"),
        (('"key"', '"nokey"'), "make one: holdfast provision gateway"),
        (("port = 1884", "port = true"), "1 to 65535"),
        (("http://127.0.0.1:8080", "ftp://x"), "https://host"),
        (("[broker]", '[broker]\nversion = "4"'), '"5" or "3.1.1"'),
        (("[broker]", '[broker]\npassword_file = "none"'), "no such file"),
        (('name = "a"\n', 'name = "a"\nca_file = "key"\n'), "holds no certificate; name a PEM"),
        (('name = "a"\n', 'name = "a"\nca_file = "none"\n'), "name a file that is there"),
        (("alarm.example", "alarm..example"), "write https://host"),
        (("alarm.example:8443", "alarm.example:99999"), "write https://host"),
        (("alarm.example:8443", "[::1"), "write https://host"),
        (("[broker]", "[spool]\nsignals_max = 3\n[broker]"), "10 to 200000"),
        (('name = "b"', 'name = "B B"'), "a-z"),
    ],
)
def test_each_fault_says_what_would_be_right(write, change, says):
    assert any(says in fault for fault in faults(write(GOOD.replace(*change))))


TWO_PATHS = """
[[receiver.path]]
url = "https://b.example"
interface = "eth0"

[[receiver.path]]
url = "https://b.example"
interface = "wwan0"
"""


def test_a_dual_path_receiver_names_both_paths_first_one_first(write):
    text = GOOD.replace('url = "http://127.0.0.1:8080"\n', 'profile = "DP4"\n' + TWO_PATHS)
    receiver = load(write(text)).receivers[1]
    assert (receiver.profile.first_s, receiver.profile.second_s) == (90, 18_000)
    assert [way.interface for way in receiver.ways] == ["eth0", "wwan0"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('profile = "DP4"\n', "has 2 paths; write both"),
        ('profile = "XX"\n', "SP3, SP4"),
        ('interface = "a-name-that-is-too-long"\n', "such as eth0"),
        (TWO_PATHS, "stands beside [[receiver.path]]"),
        ("path = 3\n", "write tables [[receiver.path]]"),
    ],
)
def test_faults_of_paths(write, text, says):
    assert any(says in fault for fault in faults(write(GOOD + text)))


def test_no_receiver_at_all(write):
    assert any("[[receiver]]" in fault for fault in faults(write(GOOD.split("[[", maxsplit=1)[0])))


def test_a_key_that_others_may_read_is_a_fault(write):
    assert any("chmod 600" in fault for fault in faults(write(GOOD, mode=0o644)))


def test_a_key_file_without_a_key(write):
    assert any("64 hexadecimal" in fault for fault in faults(write(GOOD, key="11" * 31)))
    assert any("64 hexadecimal" in fault for fault in faults(write(GOOD, key="no key at all")))


def test_a_missing_file_and_one_that_is_no_text(tmp_path):
    assert "--config" in faults(tmp_path / "none.toml")[0]
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    assert "UTF-8" in faults(tmp_path / "x.toml")[0]
