"""Lists of jobs: values, patterns, tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from seamsync.client.jobs import Job, make_jobs, read_table
from seamsync.errors import SeamSyncError

ROWS = [{"face": "a.mp4", "crf": "18", "lossless": "True"}, {"face": "b.mp4", "name": "second"}]
TABLES = {
    "csv": "face, crf, lossless, name\na.mp4, 18, True,\nb.mp4,,, second\n",
    "jsonl": '{"face": "a.mp4", "crf": 18, "lossless": true}\n\n{"face": "b.mp4", "name": "second", "crf": null}\n',
    "json": '[{"face": "a.mp4", "crf": 18, "lossless": true}, {"face": "b.mp4", "name": "second"}]',
    "yaml": "- {face: a.mp4, crf: 18, lossless: true}\n- face: b.mp4\n  name: second\n",
}


@pytest.mark.parametrize("suffix", sorted(TABLES))
def test_tables_of_every_kind_say_the_same(suffix: str, tmp_path: Path) -> None:
    """Four formats, one list; empty cells are no values."""
    path = tmp_path / f"jobs.{suffix}"
    path.write_text(TABLES[suffix], encoding="utf-8-sig" if suffix == "csv" else "utf-8")
    assert read_table(path) == ROWS


def test_rows_and_shared_values(tmp_path: Path) -> None:
    """A row's value wins over ``--set``; files beside the table are found from anywhere; jobs have names."""
    table = tmp_path / "jobs.yaml"
    table.write_text(TABLES["yaml"], encoding="utf-8")
    (tmp_path / "a.mp4").touch()
    first, second = make_jobs(["crf=30", "audio=x=y.wav"], table)
    assert first == Job("001", {"crf": "18", "audio": "x=y.wav", "face": str(tmp_path / "a.mp4"), "lossless": "True"})
    assert [job.place for job in (first, second)] == ["row 1 of jobs.yaml", "row 2 of jobs.yaml"]
    assert second == Job("second", {"crf": "30", "audio": "x=y.wav", "face": "b.mp4"})


def test_a_pattern_makes_a_job_a_file(tmp_path: Path) -> None:
    """In order, named after the files; files that are named alike get numbers."""
    for name in ("b.mp4", "a.mp4", "a.mov"):
        (tmp_path / name).touch()
    jobs = make_jobs([f"face={tmp_path}/*.m*", "crf=1"])
    assert [job.name for job in jobs] == ["a", "a (1)", "b"]
    assert jobs[0].values == {"face": str(tmp_path / "a.mov"), "crf": "1"}
    assert jobs[0].place == ""
    assert make_jobs(["text=who are you?"]) == [Job("", {"text": "who are you?"})]


def test_names_of_jobs_stay_in_the_folder(tmp_path: Path) -> None:
    """A table's names become folders: nothing in them leads elsewhere."""
    table = tmp_path / "jobs.json"
    table.write_text('[{"name": "../.."}, {"name": "/a/b"}, {"name": ".."}, {"name": "Zoë 1"}]', encoding="utf-8")
    assert [job.name for job in make_jobs([], table)] == ["_", "_a_b", "job", "Zoë 1"]


def test_no_values_are_one_job() -> None:
    """The workflow as it is."""
    assert make_jobs([]) == [Job()]


def test_what_cannot_be_a_list_of_jobs(tmp_path: Path) -> None:
    """Each message says what is expected."""
    (tmp_path / "a.mp4").touch()
    pattern, table = f"{tmp_path}/*.mp4", tmp_path / "jobs.json"
    with pytest.raises(SeamSyncError, match=r"NAME=VALUE, such as face=clip\.mp4; got 'face'"):
        make_jobs(["face"])
    with pytest.raises(SeamSyncError, match="only one of face, audio can be a pattern"):
        make_jobs([f"face={pattern}", f"audio={pattern}"])
    with pytest.raises(SeamSyncError, match="cannot read the jobs"):
        make_jobs([], table)
    for text, words in (
        ("{}", "must be a list of jobs"),
        ("[{", "cannot be read as jobs"),
        ('[{"a": [1]}]', "must be a text or a number"),
    ):
        table.write_text(text, encoding="utf-8")
        with pytest.raises(SeamSyncError, match=words):
            make_jobs([], table)


def test_tables_that_come_to_much(tmp_path: Path) -> None:
    """Rows, columns, fields and depth have limits, and names of any length are only names."""
    table = tmp_path / "jobs.csv"
    for text, words in (
        ("a" + ",a" * 300 + "\n1\n", "more than 200 columns"),
        ("a\n" + "1\n" * 10_001, "more than 10000 jobs; split it"),
        ("a\n" + "x" * 200_000, "field larger than field limit"),
    ):
        table.write_text(text, encoding="utf-8")
        with pytest.raises(SeamSyncError, match=words):
            make_jobs([], table)
    table.write_text(f"face\n~nosuch/x\n{'x' * 5000}\n", encoding="utf-8")
    assert [len(job.values["face"]) for job in make_jobs([], table)] == [9, 5000]
    (tmp_path / "jobs.jsonl").write_text("[" * 5000, encoding="utf-8")
    with pytest.raises(SeamSyncError, match="nested too deeply"):
        make_jobs([], tmp_path / "jobs.jsonl")
