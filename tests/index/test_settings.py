"""How a package reads its section of config.yaml."""

from pathlib import Path

import pytest

from index.errors import ConfigError
from index.settings import IndexSettings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("DATA_DIR", "MODEL", "STEMMING", "THREADS"):
        monkeypatch.delenv(f"ANSWERABLE_INDEX__{key}", raising=False)


def load(folder: Path, text: str) -> IndexSettings:
    path = folder / "config.yaml"
    path.write_text(text)
    return IndexSettings.load(path)


def test_file_without_the_section_gives_the_defaults(tmp_path: Path) -> None:
    loaded = load(tmp_path, "service: {port: 1}\n")

    assert loaded.data_dir == tmp_path / "data"
    assert loaded.stemming


def test_relative_path_counts_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert load(tmp_path, "index: {data_dir: kept/here}").data_dir == tmp_path / "kept" / "here"


def test_relative_path_from_the_environment_counts_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_INDEX__DATA_DIR", "kept")

    assert load(tmp_path, "").data_dir == tmp_path / "kept"


def test_absolute_path_stays(tmp_path: Path) -> None:
    assert load(tmp_path, "index: {data_dir: /srv/data}").data_dir == Path("/srv/data")


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_INDEX__MODEL", "from-environment")

    assert load(tmp_path, "index: {model: from-file}").model == "from-environment"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("index: {modle: x}", "index.modle: unknown key"),
        ("indx: {model: x}", "unknown section 'indx'"),
        ("1: {model: x}", "unknown section '1'"),
        ("index: {threads: many}", "index.threads"),
        ("index: {threads: 0}", "index.threads"),
        ("index: {backend: quick}", "index.backend"),
        ("index: [model]", "index: expected keys"),
        ("index: {1: x}", "index: expected keys"),
        ("- index", "expected sections"),
        ("index: {", "is not YAML"),
    ],
)
def test_wrong_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml") as caught:
        load(tmp_path, text)

    assert message in str(caught.value)


def test_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.yaml.*--config"):
        IndexSettings.load(tmp_path / "missing.yaml")


def test_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match="not YAML"):
        IndexSettings.load(tmp_path / "config.yaml")


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    loaded = load(tmp_path, "")

    with pytest.raises(ValueError, match="frozen"):
        loaded.model = "other"


def test_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("index:\n  data_dir: a\nindex:\n  data_dir: b\n")

    with pytest.raises(ConfigError, match=r"(?s)'index' is there twice.*line 3"):
        IndexSettings.load(config)
