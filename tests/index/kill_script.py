"""An endless script of puts, updates and deletes, and a process that runs it until it is killed."""

from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from index.catalog import Item
from index.store import Index
from index.types import DocId
from tests.index.documents import item, open_index

NAMES = [f"page{n}" for n in range(12)]
WORDS = ("leave", "soup", "train", "river", "stone", "cloud", "paper", "light", "garden")
State = dict[str, str]


def step(number: int) -> tuple[list[Item], list[DocId]]:
    """What step `number` puts, or deletes; always the same."""
    random = Random(number)  # noqa: S311
    chosen = random.sample(NAMES, random.randint(1, 4))
    if number % 4 == 3:
        return [], [DocId(f"notes:{name}") for name in chosen]
    return [item(name, _text(random, number), revision=str(number)) for name in chosen], []


def state_after(count: int) -> State:
    """Text of every document once the first `count` steps are done."""
    state: State = {}
    for number in range(count):
        items, doc_ids = step(number)
        state |= {document.title: document.text for document, _ in items}
        for doc_id in doc_ids:
            state.pop(doc_id.partition(":")[2], None)
    return state


def do(index: Index, number: int) -> None:
    """Do one step."""
    items, doc_ids = step(number)
    if items:
        index.put(items)
    if doc_ids:
        index.delete(doc_ids)


def run(folder: Path, first: int, done: Connection) -> None:
    """Do steps from `first` on for ever; say each one's number when the index says it is done."""
    with open_index(folder) as index:
        done.send(first - 1)
        number = first
        while True:
            do(index, number)
            done.send(number)
            number += 1


def _text(random: Random, number: int) -> str:
    lines = [" ".join(random.choices(WORDS, k=8)) for _ in range(random.randint(1, 5))]
    return "\n\n".join(f"{line} step{number}" for line in lines)
