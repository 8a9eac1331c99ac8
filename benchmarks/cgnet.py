"""CGnet of alanine dipeptide beside the same network in eager PyTorch: runs and training steps.

Five beads, 17 features, five hidden layers of 160, no priors on either side; overdamped dynamics
with one and with 1,000 replicas, and a force-matching step with 512 frames.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from common import machine, median, save

from molscape.core.ensemble import Brownian
from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.features import MoleculeGeometry
from molscape.fit import Adam, Training
from molscape.fit.potential_training import train_once
from molscape.fit.samples import Samples
from molscape.objectives import ForceMatching
from molscape.potentials import CGnet
from molscape.simulate import Jax, Schedule

CHAIN = np.array(
    [[0.0, 0, 0], [0.13, 0, 0], [0.18, 0.14, 0], [0.33, 0.15, 0.03], [0.38, 0.2, 0.15]]
)
KT, STEP, BATCH = 2.494, 1e-6, 512


def beads(frames: int) -> Trajectory:
    """Return frames of a chain around one shape, with random forces."""
    random = np.random.default_rng(0)
    rows = np.arange(5)
    windows = [np.stack([rows[k : 6 - w + k] for k in range(w)], 1) for w in (2, 3, 4)]
    topology = Topology.build(
        list("ABCDE"),
        masses=np.full(5, 12.0),
        molecules=np.zeros(5, int),
        bonds=windows[0],
        angles=windows[1],
        dihedrals=windows[2],
    )
    x = CHAIN + 0.01 * random.normal(size=(frames, 5, 3))
    return Trajectory.from_frames(topology, Frames(x, forces=random.normal(size=x.shape) * 500))


def torch_energy(model: CGnet) -> Callable[..., object]:
    """Return the same energy in PyTorch, over any number of frames."""
    import torch

    geometry = model.features
    pairs, angles, dihedrals = (
        torch.tensor(np.array(rows))
        for rows in (geometry.pairs, geometry.angles, geometry.dihedrals)
    )
    layers = [
        (torch.tensor(np.array(w)), torch.tensor(np.array(b)))
        for w, b in zip(model.network.weights, model.network.biases, strict=True)
    ]
    for weight, bias in layers:
        weight.requires_grad_()
        bias.requires_grad_()
    mean, spread = torch.tensor(np.array(model.mean)), torch.tensor(np.array(model.spread))

    def energy(x):  # type: ignore[no-untyped-def]
        length = (x[:, pairs[:, 1]] - x[:, pairs[:, 0]]).norm(dim=-1)
        a = x[:, angles[:, 0]] - x[:, angles[:, 1]]
        b = x[:, angles[:, 2]] - x[:, angles[:, 1]]
        bend = torch.atan2(torch.linalg.cross(a, b).norm(dim=-1), (a * b).sum(-1))
        d = [x[:, dihedrals[:, k + 1]] - x[:, dihedrals[:, k]] for k in range(3)]
        before, after = torch.linalg.cross(d[0], d[1]), torch.linalg.cross(d[1], d[2])
        cosine = (before * after).sum(-1)
        sine = d[1].norm(dim=-1) * (d[0] * after).sum(-1)
        size = (sine**2 + cosine**2).sqrt()
        z = (torch.cat([length, bend, cosine / size, sine / size], -1) - mean) / spread
        for weight, bias in layers[:-1]:
            z = torch.tanh(z @ weight.T + bias)
        return model.scale * (z @ layers[-1][0].T + layers[-1][1]).sum()

    energy.parameters = [p for layer in layers for p in layer]  # type: ignore[attr-defined]
    return energy


def torch_run(energy, start: np.ndarray, steps: int) -> float:  # type: ignore[no-untyped-def]
    """Return steps per second of overdamped dynamics."""
    import torch

    x = torch.tensor(start, dtype=torch.float32)
    noise = (2 * STEP * KT) ** 0.5
    begin = time.perf_counter()
    for _ in range(steps):
        x = x.detach().requires_grad_()
        force = -torch.autograd.grad(energy(x), x)[0]
        x = x + STEP * force + noise * torch.randn_like(x)
    return steps / (time.perf_counter() - begin)


def torch_train(energy, data: Trajectory, steps: int) -> float:  # type: ignore[no-untyped-def]
    """Return seconds of a force-matching step."""
    import torch

    frames = data.load()
    x = torch.tensor(frames.positions[:BATCH], dtype=torch.float32)
    target = torch.tensor(frames.forces[:BATCH], dtype=torch.float32)
    optimiser = torch.optim.Adam(energy.parameters, lr=0.001)

    def step() -> None:
        positions = x.detach().requires_grad_()
        force = -torch.autograd.grad(energy(positions), positions, create_graph=True)[0]
        optimiser.zero_grad()
        ((force - target) ** 2).mean().backward()
        optimiser.step()

    step()
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - begin) / steps


def engine_run(model: CGnet, data: Trajectory, replicas: int, steps: int) -> float:
    """Return steps per second of the jax engine, compilation left out."""
    start = Frames.concatenate([data[k] for k in range(replicas)]).replace(forces=None)
    schedule = Schedule(steps=steps, timestep=0.0005, every=steps // 4, equilibration=steps // 4)
    run = Jax().run(model, data.topology, start, Brownian(300.0, 50.0), schedule)
    return run.steps_per_second


def train_step(model: CGnet, data: Trajectory, epochs: int) -> float:
    """Return seconds of a step of a training, compilation left out."""
    samples = [Samples.load(data, State(300.0), 0.0)]
    found = train_once(model, ForceMatching(), samples, Training(Adam(0.001), BATCH, epochs))
    return median([e.seconds for e in found.history[1:]]) / (len(data) // BATCH)


def same_forces(model: CGnet, energy, data: Trajectory) -> float:  # type: ignore[no-untyped-def]
    """Return the largest difference of forces over their root mean square."""
    import torch

    from molscape.core.neighbours import allocate
    from molscape.core.system import System

    x = data.load().positions[:4].astype(np.float32)
    given = torch.tensor(x).requires_grad_()
    peer = -torch.autograd.grad(energy(given), given)[0].numpy()
    system = System.build(data.topology, 300.0)
    near = allocate(system, jnp.asarray(x[0]), None, 0.1)[1]
    own = eqx.filter_jit(jax.vmap(lambda y: model.forces(system, y, None, near)))(jnp.asarray(x))
    return float(np.abs(np.asarray(own) - peer).max() / np.sqrt(np.mean(peer**2)))


def main() -> None:
    """Run both in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    data = beads(4096)
    model = CGnet.draw(
        MoleculeGeometry.of(data.topology), [(data, State(300.0))], jax.random.key(0)
    )
    energy = torch_energy(model)
    print(f"forces agree to {same_forces(model, energy, data):.1e} of their root mean square")
    found: dict[str, list[float]] = {}
    for _ in range(arguments.repeats):
        start = data.load().positions
        for replicas, own, peer in ((1, 200_000, 1500), (1000, 4000, 150)):
            name = f"{replicas} replicas"
            found.setdefault(name, []).append(engine_run(model, data, replicas, own))
            torch_steps = replicas * torch_run(energy, start[:replicas], peer)
            found.setdefault(f"{name} torch", []).append(torch_steps)
        found.setdefault("training", []).append(1 / train_step(model, data, 6))
        found.setdefault("training torch", []).append(1 / torch_train(energy, data, 20))
    result = {name: median(values) for name, values in found.items()}
    ratio = {
        name: median([a / b for a, b in zip(found[name], found[f"{name} torch"], strict=True)])
        for name in ("1 replicas", "1000 replicas", "training")
    }
    for name, times in ratio.items():
        peer = result[f"{name} torch"]
        print(f"{name}: {result[name]:.0f} steps/s, PyTorch {peer:.0f}, {times:.1f}x")
    save("cgnet", {"machine": machine(), "steps_per_second": result, "ratio": ratio})


if __name__ == "__main__":
    main()
