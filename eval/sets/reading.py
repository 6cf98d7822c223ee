"""Which kind of question set lies at a path, and its topics."""

from pathlib import Path

from eval.errors import BrokenSet, Problem
from eval.sets.beir import CORPUS, QUERIES, read_beir
from eval.sets.product import QUESTIONS, read_product
from eval.topics import TopicSet


def read_set(path: Path) -> TopicSet:
    """The topics of a set: a BEIR folder, or `queries*.jsonl` of one; else the product's own.

    Raises:
        BrokenSet: there is no set of either kind, or it cannot be read.
    """
    if path.is_dir():
        if (path / CORPUS).is_file():
            return read_beir(path)
        if (path / QUESTIONS).is_file():
            return read_product(path)
        said = f"holds neither {QUESTIONS} nor {CORPUS} with {QUERIES}: name the folder of a set"
        raise BrokenSet([Problem(str(path), 0, said)])
    if not path.is_file():
        raise BrokenSet([Problem(str(path), 0, "there is no such file or folder")])
    is_queries = path.name.startswith("queries") and path.suffix == ".jsonl"
    if is_queries and (path.parent / CORPUS).is_file():
        return read_beir(path.parent, path.name)
    if path.suffix != ".jsonl" or path.name == CORPUS:
        said = f"is not a file of questions: name the folder of the set, or its {QUESTIONS}"
        raise BrokenSet([Problem(str(path), 0, said)])
    return read_product(path)
