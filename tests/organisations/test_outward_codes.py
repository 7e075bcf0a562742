import csv

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def state(settings, tmp_path):
    settings.STATE = tmp_path / "state"
    settings.STATE.mkdir()
    return settings.STATE


@pytest.mark.parametrize("heading", ["pcd,pcd2,pcds,dointr,oslaua", "PCD7,PCD8,PCDS,X,LAD25CD", "pcd,x,y,z,laua"])
def test_the_table_is_made_of_a_postcode_file(state, tmp_path, heading, capsys):
    given = tmp_path / "ONSPD.csv"
    given.write_text(
        f"\ufeff{heading}\n"
        "PR1 2HE,PR1  2HE,PR1 2HE,198001,E07000123\n"
        "PR1 9ZZ,PR1  9ZZ,PR1 9ZZ,198001,E07000126\n"
        "CH4 9AA,CH4  9AA,CH4 9AA,198001,W06000005\n"
        "EC1A1BB,EC1A 1BB,EC1A 1BB,198001,E09000001\n"
        ",,,,\n",
        encoding="utf-8",
    )
    call_command("outward_codes", str(given))
    with (state / "outward_codes.csv").open(encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [
            ["country", "outward", "authorities"],
            ["GB", "CH4", "flintshire"],
            ["GB", "EC1A", "ELSEWHERE"],
            ["GB", "PR1", "preston south-ribble"],
        ]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"", b"\xff\xfe\x00"])
def test_another_file_changes_nothing(state, tmp_path, content):
    given = tmp_path / "other.csv"
    given.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("outward_codes", str(given))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("outward_codes", str(tmp_path / "missing.csv"))
    assert not (state / "outward_codes.csv").exists()
