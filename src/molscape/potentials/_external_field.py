"""What fields share that act on each particle by its own place."""

from __future__ import annotations

from typing import ClassVar

from molscape.core.potential import Potential
from molscape.core.terms import Opaque, Term


class ExternalField(Potential):
    """U = sum over particles of a function of their own positions; `why` says which to engines."""

    why: ClassVar[str] = "a field that acts on single particles"

    @property
    def symmetries(self) -> frozenset[str]:
        """None: what acts on a particle depends on its place alone."""
        return frozenset()

    @property
    def reach(self) -> float:
        """Particles do not see one another."""
        return 0.0

    def lower(self) -> tuple[Term, ...]:
        """Return an opaque term: no engine knows the form."""
        return (Opaque(self.kind, 0.0, self.why),)
