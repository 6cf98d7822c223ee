"""Sources whose readers are not believed: until they are read again, only the public, or nobody."""

from collections.abc import Collection, Iterable

from index.access import PUBLIC, VisibleTo
from index.revocations import NONE, Revocations


class Withholding:
    """The last word on who may read a document: its readers, unless its source is withheld.

    Attributes:
        sources: those that were not read for too long; replaced as a whole, so that a read sees
            the old or the new ones.
    """

    def __init__(
        self, sources: Collection[str] = (), revocations: Revocations | None = None
    ) -> None:
        """Of these sources, and of those with a revocation, nobody gets more than what is public.

        Args:
            sources: see above.
            revocations: asked at every read; None: there are none.
        """
        self.sources = frozenset(sources)
        self._revocations = revocations

    @property
    def restricted(self) -> frozenset[str]:
        """Sources of which only what is public may be shown now; `hidden` are among them."""
        pending = self._revocations.pending if self._revocations else NONE
        return self.sources | pending.restricted

    @property
    def hidden(self) -> frozenset[str]:
        """Sources of which nothing may be shown now."""
        return self._revocations.pending.hidden if self._revocations else NONE.hidden

    def admits(self, visible_to: VisibleTo, source: str, readers: Iterable[str]) -> bool:
        """Whether a document of `source` with these readers may be shown."""
        believed = frozenset(readers)
        pending = self._revocations.pending if self._revocations else NONE
        if source in pending.hidden:
            return False
        if source in pending.restricted or source in self.sources:
            believed &= {PUBLIC}
        return visible_to.admits(believed)
