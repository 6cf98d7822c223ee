import sqlite3
import threading
from pathlib import Path

import pytest

from index.connections import Connections


def test_connection_of_a_thread_that_ended_is_closed_when_another_comes(tmp_path: Path) -> None:
    connections, opened = Connections(tmp_path / "x.sqlite3", ()), []

    def work() -> None:
        opened.append(connections.of_this_thread())

    for _ in range(2):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")
    assert opened[1].execute("SELECT 1").fetchone() == (1,)
    connections.close()
