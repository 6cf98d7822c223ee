import os

import pytest

# Where the corpora are is no setting of the product.
KEPT = {"ANSWERABLE_CORPORA"}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:  # noqa: TID251 - this is what scrubs it
        if name.startswith("ANSWERABLE_") and name not in KEPT:
            monkeypatch.delenv(name)
