import io
import tarfile
from pathlib import Path

import pytest

from lambdas.evaluate.archive import InvalidTrainingOutput, unpacked

URI = "s3://bucket/tool-wear/training/jobs/j/output/output.tar.gz"


def archive(tmp_path: Path, *members: tuple[str, bytes | str]) -> Path:
    """A tar.gz of files; a member whose content is a text is a link to it."""
    path = tmp_path / "output.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return path


def there(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_files_of_the_contract_are_unpacked_and_no_others(tmp_path: Path) -> None:
    given = archive(
        tmp_path,
        ("./predictions/random.csv", b"label,predicted,score\n"),
        ("baseline/features.parquet", b"p"),
        ("sample/request.csv", b"1\n"),
        ("metadata.json", b"{}"),
        ("attributions.json", b"{}"),
        ("predictions/notes.txt", b"x"),
        ("sample/deep/request.csv", b"x"),
    )
    output = unpacked(given, URI, tmp_path / "out")

    assert there(tmp_path / "out") == {
        "predictions/random.csv",
        "baseline/features.parquet",
        "sample/request.csv",
        "metadata.json",
    }
    assert list(output.predictions) == ["random"]


@pytest.mark.parametrize(
    "name",
    [
        "../escaped.csv",
        "predictions/../../escaped.csv",
        "/predictions/absolute.csv",
        "predictions/..",
    ],
)
def test_a_member_that_would_leave_the_folder_is_not_unpacked(tmp_path: Path, name: str) -> None:
    given = archive(tmp_path, (name, b"x"))
    before = there(tmp_path)

    unpacked(given, URI, tmp_path / "out")

    assert there(tmp_path) == before


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    given = archive(tmp_path, ("metadata.json", str(tmp_path / "secret")))

    unpacked(given, URI, tmp_path / "out")

    assert there(tmp_path / "out") == set()


def test_an_archive_that_is_cut_off_is_told(tmp_path: Path) -> None:
    given = archive(tmp_path, ("metadata.json", bytes(range(256)) * 400))
    given.write_bytes(given.read_bytes()[:-40])
    with pytest.raises(InvalidTrainingOutput, match="expected a whole tar"):
        unpacked(given, URI, tmp_path / "out")


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "output.tar.gz"
    path.write_bytes(b"hello")
    with pytest.raises(InvalidTrainingOutput, match=URI):
        unpacked(path, URI, tmp_path / "out")


def test_a_missing_file_is_told_with_those_there_are(tmp_path: Path) -> None:
    output = unpacked(archive(tmp_path, ("metadata.json", b"{}")), URI, tmp_path / "out")
    with pytest.raises(InvalidTrainingOutput, match=r"got metadata\.json; expected sample/"):
        output.file("sample/request.csv")
    with pytest.raises(InvalidTrainingOutput, match="expected predictions/<split>"):
        _ = output.predictions
