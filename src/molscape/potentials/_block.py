"""What the recipe blocks of potentials are, and what they are built for."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from molscape.core.block import Block, default_text, type_text
from molscape.core.kinds import Kinds
from molscape.core.trajectory import Trajectory

if TYPE_CHECKING:
    from molscape.core.potential import Potential

KINDS = Kinds("molscape.potentials")

Pairs = Annotated[
    list[tuple[str, str]] | None,
    Field(
        description="pairs of bead types",
        json_schema_extra=type_text("list of [type, type]") | default_text("all pairs"),
    ),
]
"""The key `pairs` of a block of pair potentials."""


@dataclass(frozen=True, eq=False)
class Making:
    """What the potential of a block is made for.

    Args:
        beads: reference beads; their fluctuations give what a recipe leaves open.
        temperature: of the reference, in K.
        base: folder that files are given from.
        seed: of the first weights of a network.
    """

    beads: Trajectory
    temperature: float
    base: Path
    seed: int = 0

    @property
    def types(self) -> tuple[str, ...]:
        """Names of the bead types, sorted."""
        return tuple(sorted({str(name) for name in self.beads.topology.types}))


class PotentialBlock(Block):
    """A block of a recipe that describes a part of a potential and builds it."""

    kind: str

    @abstractmethod
    def build(self, making: Making) -> list[Potential]:
        """Return the potentials described, parameters not yet fitted.

        Raises:
            ValueError: if a type does not exist among the beads, or values do not fit.
        """

    def arguments(self) -> dict[str, Any]:
        """Return the keys as arguments of the class of the potential."""
        plain = self.model_dump(exclude={"kind"})
        if plain.get("types") is not None:
            plain["types"] = tuple(plain["types"])
        return plain

    def check_together(self, *names: str) -> None:
        """Raise ValueError if some of these keys are given without the others."""
        given = [name for name in names if getattr(self, name) is not None]
        if given and len(given) < len(names):
            raise ValueError(
                f"{', '.join(given)} without {', '.join(sorted(set(names) - set(given)))}: give "
                "all of them, or none to take them from the reference"
            )
