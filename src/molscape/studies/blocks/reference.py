"""Blocks of a recipe that say where the all-atom data comes from, and open it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from molscape.core.block import Block, Name, type_text, unit
from molscape.core.durations import duration_in_words
from molscape.core.identity import PATH_FIELD
from molscape.core.state import State
from molscape.studies.blocks.atoms import Atoms, Opened, Place
from molscape.studies.blocks.making import Make

if TYPE_CHECKING:
    from molscape.core.frames import Frames

FrameSelection = Annotated[
    str,
    Field(
        pattern=r"^-?\d*:-?\d*(:\d+)?$",
        description="selection of frames",
        json_schema_extra=type_text("start:stop:step"),
    ),
]
"""The key `frames` of a reference."""


class ReferenceBlock(Block):
    """What every kind of reference is; `key` tells it from the others, `words` names it."""

    key: ClassVar[str]
    words: ClassVar[str] = "shipped data"

    @abstractmethod
    def open(self, place: Place) -> Atoms:
        """Open the files of the reference, or make them first in the run folder.

        Args:
            place: the folders, the seed and the progress of the study.

        Raises:
            FileNotFoundError: if a file or folder does not exist.
            ValueError: if no frame is selected, or a box or the temperature is missing.
        """

    def check(self, place: Place, of: str = "") -> Generator[str, None, Opened]:
        """Open the reference and say what it is; `of` says which, in the lines."""
        found = self.open(place)
        atoms = found.trajectory
        yield (
            f"reference{of}: {self.words}, {len(atoms.topology)} atoms, "
            f"{len(atoms)} frames, {', '.join(sorted(atoms.fields))}"
        )
        return Opened(atoms, atoms, found.state, True, atoms.fields, len(atoms))

    def shared(self, move: Callable[[str], str], made: str) -> ReferenceBlock:
        """Return the reference as it is found from another folder.

        Args:
            move: gives a path as it is seen from there.
            made: path from there of the folder that a reference was made in.
        """
        return self.moved(move)


class FilesReference(ReferenceBlock):
    """A trajectory of the user's own: files, and the temperature it was made at (K)."""

    key: ClassVar[str] = "topology"
    words: ClassVar[str] = "files"

    topology: str = Field(
        description="[any topology](your-trajectory.md#formats), from the recipe's folder",
        json_schema_extra=PATH_FIELD,
    )
    trajectory: str | None = Field(
        default=None,
        description="any trajectory; not needed where the topology holds the frames",
        json_schema_extra=PATH_FIELD,
    )
    temperature: float = Field(
        gt=0, description="temperature that the trajectory was made at", json_schema_extra=unit("K")
    )
    units: Literal["nm", "real", "metal", "atomic"] | None = Field(
        default=None,
        description="of files that do not say them, such as LAMMPS dumps and NumPy arrays",
    )
    timestep: float | None = Field(
        default=None,
        gt=0,
        description="MD time step, for LAMMPS dumps and DCD files that carry no time",
        json_schema_extra=unit("ps"),
    )
    masses: dict[str, float] | None = Field(
        default=None,
        description="masses by atom name, where no element is known, as `{CH3: 15.035}`",
        json_schema_extra=unit("u"),
    )
    frames: FrameSelection = Field(
        default=":", description='selection of frames, as in Python: `"100:"`, `"::10"`; quote it'
    )
    remove_net_force: bool = Field(
        default=False, description="take the mean force of a frame from each of its atoms"
    )
    guess_bonds: bool = Field(
        default=False,
        description=(
            "let the mapping rest on bonds found from distances in the first frame, where the "
            "files state none"
        ),
    )

    def open(self, place: Place) -> Atoms:
        """Open the files in the units and with the masses that the recipe gives."""
        from molscape import io

        files = [place.base / file for file in self.files()]
        trajectory = io.open(
            *files,
            units=self.units,
            timestep=self.timestep,
            masses=self.masses,
            remove_net_force=self.remove_net_force,
            guess_bonds=self.guess_bonds,
        )
        return Atoms(trajectory, State(self.temperature), tuple(files), {}).selected(self.frames)


class ShippedReference(ReferenceBlock):
    """Data that comes with the package."""

    key: ClassVar[str] = "shipped"

    shipped: Name = Field(description="`spce-300`: 300 SPC/E water molecules at 300 K")
    frames: FrameSelection = ":"

    def open(self, place: Place) -> Atoms:
        """Open the data of this name."""
        from molscape import reference

        return _open_data(reference.shipped(self.shipped), self.frames)


class DataSetReference(ReferenceBlock):
    """A named data set by others, from `MOLSCAPE_DATA`, the user's cache or its address."""

    key: ClassVar[str] = "data_set"

    data_set: Name = Field(
        description=(
            "`alanine-dipeptide-cgnet`: 10,000 frames of five backbone beads; "
            "`water-ab-initio`: 400 frames of 64 molecules"
        )
    )
    frames: FrameSelection = ":"

    def open(self, place: Place) -> Atoms:
        """Open the data set of this name; it is fetched first where it is not here."""
        from molscape.reference.data_sets import data_set

        named = data_set(self.data_set)
        trajectory, state, files = named.open(place.progress)
        about = {key: named.about[key] for key in ("source", "licence", "url")}
        return Atoms(trajectory, state, tuple(files), about).selected(self.frames)


class FolderReference(ReferenceBlock):
    """A folder that `molscape rerun` or another study wrote; the temperature where it has none."""

    key: ClassVar[str] = "folder"
    words: ClassVar[str] = "a folder"

    folder: str = Field(
        description="with `conf.gro`, `traj.trr` and `reference.json`", json_schema_extra=PATH_FIELD
    )
    temperature: float | None = Field(
        default=None,
        gt=0,
        description="where the folder does not say it",
        json_schema_extra=unit("K"),
    )
    frames: FrameSelection = ":"

    def open(self, place: Place) -> Atoms:
        """Open the folder, at the temperature that it says itself unless one is given."""
        return _open_data(place.base / self.folder, self.frames, self.temperature)


class StudyReference(ReferenceBlock):
    """The run of a model of another study, with the forces of that model."""

    key: ClassVar[str] = "study"
    words: ClassVar[str] = "a study"

    study: str = Field(
        description="run folder of a finished study, from the recipe's folder",
        json_schema_extra=PATH_FIELD,
    )
    model: Name = Field(description="one of its models")
    frames: FrameSelection = Field(
        default=":", description="selection of frames; replicas follow each other inside a frame"
    )

    def open(self, place: Place) -> Atoms:
        """Open the run of the model; its forces are computed again, frame by frame."""
        from molscape.core.topology import Topology
        from molscape.core.trajectory import Trajectory
        from molscape.io.models import arrays_under, read_model
        from molscape.io.trr import TrrSource
        from molscape.potentials import rebuild
        from molscape.simulate.evaluation import evaluate

        file = self._run_file(place.base)
        folder = file.parent
        saved, arrays = read_model(folder)
        own = arrays_under(arrays, "potential.")
        potential = rebuild(saved["kind"], saved["settings"], own)
        topology = Topology.from_dict(saved["topology"])

        def forced(frames: Frames) -> Frames:
            one = Trajectory.from_frames(topology, frames)
            found = evaluate(potential, one, pressures=False)
            return frames.replace(energies=found.energies, forces=found.forces, whole=True)

        plain = Trajectory(topology, TrrSource.scan(file), name=f"run of {self.model}")
        both = plain.map(forced, fields=plain.fields | {"forces", "energies"})
        files = (file, folder / "model.json", folder / "model.npz")
        return Atoms(both, State(float(saved["temperature"])), files, {}).selected(self.frames)

    def _run_file(self, base: Path) -> Path:
        study = base / self.study
        file = study / "models" / self.model / "trajectory.trr"
        if not file.exists() or not (file.parent / "model.json").exists():
            have = sorted(one.parent.name for one in study.glob("models/*/trajectory.trr"))
            raise FileNotFoundError(
                f"{study} has no run of a model {self.model!r}; it has {', '.join(have) or 'none'}:"
                " give the folder of a finished study, and one of its models"
            )
        return file


class MadeReference(ReferenceBlock):
    """A reference that is made when the study runs."""

    key: ClassVar[str] = "make"

    make: Make = Field(description="what to make")
    frames: FrameSelection = ":"

    def open(self, place: Place) -> Atoms:
        """Make the reference in the run folder, unless it is there already, and open it."""
        from molscape.reference import make_reference

        data = make_reference(
            self.make.molecules,
            place.folder / "reference",
            self.make.options(place.seed),
            hardware=self.make.platform,
            progress=place.progress,
        )
        return _open_data(data, self.frames)

    def check(self, place: Place, of: str = "") -> Generator[str, None, Opened]:
        """Plan the making, run nothing, and say what will be made and how long it takes."""
        import openmm

        from molscape.core.trajectory import Trajectory

        plan = self.make.plan(place.seed)
        system, start = plan.system.written, plan.start()
        counts = ", ".join(f"{count} {name}" for name, count in self.make.molecules.items())
        yield (
            f"reference{of}: {counts} are made with OpenMM {openmm.__version__} "
            f"({self.make.frames} frames); models are checked when they are there"
        )
        yield (
            f"time: making the reference ({len(system)} atoms, "
            f"{plan.steps * plan.schedule.timestep:g} ps) takes about "
            f"{duration_in_words(plan.seconds)} on two CPU cores; the rest is estimated when it is "
            "there"
        )
        atoms = Trajectory.from_frames(system, start)
        fields = atoms.fields | {"forces"}
        return Opened(atoms, atoms, plan.state, False, fields, self.make.frames)

    def shared(self, move: Callable[[str], str], made: str) -> ReferenceBlock:
        """Return the folder that the reference is made in, once."""
        return FolderReference(folder=made, frames=self.frames)


def _open_data(data: Path, frames: str, temperature: float | None = None) -> Atoms:
    """Open a folder that was made here; a `temperature` (K) comes before its own."""
    from molscape.reference import open_folder

    trajectory, about = open_folder(data)
    kelvin = temperature or about.get("temperature")
    if kelvin is None:
        raise ValueError(f"{data} does not say its temperature: give `temperature` in K")
    files = (data / "conf.gro", data / "traj.trr")
    return Atoms(trajectory, State(float(kelvin)), files, about).selected(frames)


Reference = (
    FilesReference
    | FolderReference
    | ShippedReference
    | DataSetReference
    | StudyReference
    | MadeReference
)


class StateBlock(Block):
    """Another state that every model is run at; with a reference it is fitted to as well."""

    reference: Reference | None = Field(
        default=None, description="as the main [reference](#reference-files); the same bead types"
    )
    temperature: float | None = Field(
        default=None, gt=0, description="instead of a reference", json_schema_extra=unit("K")
    )
    fit: bool = Field(default=True, description="fit the models to this state too")

    @model_validator(mode="after")
    def _one(self) -> StateBlock:
        if (self.reference is None) == (self.temperature is None):
            raise ValueError(
                "give a `reference`, or a `temperature` alone to run the models at it in the box "
                "of the main reference"
            )
        return self
