"""Examples in the HTTP documentation, from an invented handbook."""

from typing import Any, Final

QUESTION: Final[dict[str, Any]] = {"question": "Until when do I have to hand in a receipt?"}

SYNC: Final[dict[str, Any]] = {
    "sources": ["handbook"],
    "dry_run": False,
    "allow_mass_delete": False,
}

_PLACE: Final[dict[str, Any]] = {
    "doc_id": "handbook:money/expenses.md",
    "source": "handbook",
    "title": "Expenses",
    "headings": ["Expenses", "The short version"],
    "url": "https://handbook.example/money/expenses/#the-short-version",
    "source_url": "https://git.example/handbook/blob/4f2a9c1/money/expenses.md?plain=1#L12-L12",
    "lines": {"first": 12, "last": 12},
    "span": {"start": 310, "end": 369},
    "updated_at": "2026-04-14T09:30:00Z",
    "status": "current",
}

_TEXT: Final = "Upload the receipt within 30 days of the purchase."

ANSWER: Final[dict[str, Any]] = {
    "question": QUESTION["question"],
    "standalone": QUESTION["question"],
    "conversation": None,
    "answer_id": "u3Jv8mXo0YdR2c5kq7wTfA",
    "answer": f"{_TEXT} [1]",
    "sentences": [{"text": _TEXT, "kind": "sentence", "citations": [1]}],
    "citations": [
        {**_PLACE, "marker": 1, "quote": "Upload the receipt within **30 days** of the purchase."}
    ],
    "confidence": 0.87,
    "abstained": False,
    "nearest": [],
    "refusal": None,
    "notes": [],
    "disagreements": [],
    "written_by": "extractive",
    "timings_ms": {"lexical_ms": 0.6, "embed_ms": 6.1, "dense_ms": 0.4, "total_ms": 11.9},
}

HITS: Final[dict[str, Any]] = {
    "query": "hand in a receipt",
    "hits": [{**_PLACE, "score": 0.93, "signals": {"dense": 0.61, "lexical": 9.4}, "text": _TEXT}],
    "timings_ms": {"lexical_ms": 0.6, "embed_ms": 6.1, "dense_ms": 0.4, "total_ms": 8.2},
}
