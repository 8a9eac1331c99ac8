"""What a reader says of a file, for people and for code: a sentence with a code."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NoReturn

_MARK = "warning: "


class Code(StrEnum):
    """What notes are about; code asks for these and never reads a sentence."""

    UNITS = "units"
    TRUNCATED = "truncated"
    SOME_FRAMES = "some_frames"
    PARTICLES = "particles"
    GUESSED_ELEMENTS = "guessed_elements"
    GUESSED_BONDS = "guessed_bonds"
    GIVEN_MASSES = "given_masses"
    LEFT_OUT = "left_out"
    CONSTRAINTS = "constraints"
    REPEATED = "repeated"
    MADE_WHOLE = "made_whole"
    ROUNDED = "rounded"
    CHARGED = "charged"
    NO_BOX = "no_box"
    NO_FORCES = "no_forces"
    FORCE_FIELD = "force_field"
    FORCE_SIZE = "force_size"
    SITE_FORCES = "site_forces"
    NET_FORCE = "net_force"
    REMOVABLE_NET_FORCE = "removable_net_force"
    REMOVED_NET_FORCE = "removed_net_force"


class Note(str):
    """A sentence that is also text of its own: it prints, compares and is saved as that text.

    Args:
        text: the sentence.
        code: what it is about, a `Code`; a format of your own may bring codes of its own.
        warns: whether it needs a decision; the text then begins with "warning: ".
    """

    __slots__ = ("code", "warns")

    code: str
    warns: bool

    def __new__(cls, text: str, code: str, warns: bool = False) -> Note:
        """Make a note of a sentence and what it is about."""
        note = super().__new__(cls, text)
        object.__setattr__(note, "code", code)
        object.__setattr__(note, "warns", warns)
        return note

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a note cannot be changed: make a new one with another {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return Note, (str(self), self.code, self.warns)

    def as_warning(self) -> Note:
        """Return the note marked as a warning."""
        return self if self.warns else Note(f"{_MARK}{self}", self.code, warns=True)

    @property
    def message(self) -> str:
        """The sentence without the mark of a warning."""
        return self.removeprefix(_MARK) if self.warns else str(self)
