"""The observable oracle: the best chances anyone could state who saw all that the landed files can show.

It watches the lives month by month with a particle filter (`particles`), and at each as-of date lives many
futures forward from what it then believes (`foresight`). It is shown, without error or delay: age, sex, who
lives where with whom, energy scores, deprivation, diagnosed conditions, admissions, attendances, requests,
reablement, starts and ends of support, care homes, deaths, who cares for whom, and each half-year the
deficits that the practice counted at 65 and over. It is not shown: frailty itself, luck, dementia that nobody
diagnosed, whether reablement will lead to support, or what a world has yet in store. It knows the process. So
no honest forecaster who reads the landed files can do better in the long run.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from simulator import foresight, particles, rates
from simulator.caring import BEGINS_A_MONTH, CARE_NEEDED
from simulator.futures import dementia_onset, describe_people, effect_table, months_ahead
from simulator.hazards import FRAILTY_MEDIAN, Circumstances
from simulator.health import LASTING_ADMISSION, LASTING_FALL, RETURN_A_YEAR, WANDER_A_YEAR
from simulator.log import Array
from simulator.requesting import delay_months
from simulator.world import AT_HOME, NOT_SUPPORTED, World

PARTICLES, PARTICLES_YOUNGER, OLDER_FROM = 96, 24, 63
"""Particles of a person from the age of 63 on, and before it."""
FUTURES_OLDER, FUTURES_YOUNGER = 48, 12
"""Futures lived for each person of 65 and over, and under 65. `docs/reference/simulator.md` shows that more
of either changes nothing that matters."""
GP_NOISE_SD = 0.20
"""Spread (log) of deficits as counted round the true share (assumed)."""
ST_MAX_SHARE = 0.12
"""Share of other requests that lead to reablement alone (rates.SEQUEL_SHARES, and the frail who get it)."""
THREADS, CHUNK = 2, 4096
_SAMPLE_AGES = np.array([35, 50, 65, 75, 85])
KEEP, WANDER = float(np.exp(-RETURN_A_YEAR / 12)), float(WANDER_A_YEAR / np.sqrt(12))
_BITS = {
    "emergency": particles.EMERGENCY,
    "fall": particles.FALL,
    "planned": particles.PLANNED,
    "attendance": particles.ATTENDANCE,
    "care_home_move": particles.CARE_HOME,
    "other_request": particles.REQUEST,
    "long_term_at_home": particles.LONG_TERM,
    "started": particles.BIT_STARTED,
    "reabled": particles.BIT_REABLED,
    "st_max": particles.BIT_REABLED,
}


@dataclass
class Observer:
    """What is believed of each person, and the chances stated at each as-of day.

    `seed` is its own; `as_of_days` are first days of months. `stated` gathers, per as-of day, person rows
    with their true and oracle chances (people × OUTCOMES × HORIZONS_DAYS).
    """

    seed: int
    as_of_days: tuple[int, ...]
    particles: int = PARTICLES
    particles_younger: int = PARTICLES_YOUNGER
    futures: tuple[int, int] = (FUTURES_OLDER, FUTURES_YOUNGER)
    stated: list[dict[str, Array]] = field(default_factory=list)
    month: int = 0
    _beliefs: dict[str, Array] = field(default_factory=dict)
    _known: Array = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def meet(self, world: World, now: Circumstances) -> None:
        """Take in adults not met before: at first as others of their kind are, later as newcomers are."""
        self._grow(world.people.size)
        adults = now.who[now.adult]
        fresh = adults[~self._known[adults]]
        rng = np.random.default_rng([self.seed, 13, self.month])
        self._known[fresh] = True
        if self.month == 0:
            self._as_others(world, now, rng)
        else:
            self._as_newcomers(world, fresh, now.day, rng)
        size = np.where(world.age(fresh, now.day) >= OLDER_FROM, self.particles, self.particles_younger)
        self._beliefs["number"][fresh] = size
        self._beliefs["weight"][fresh] = 1.0 / size[:, None]
        grown = adults[
            (now.age[now.adult] >= OLDER_FROM) & (self._beliefs["number"][adults] < self.particles)
        ]
        self._spread(grown)

    def measure(self, world: World, now: Circumstances, deficits: Array) -> None:
        """Take note of the deficits counted in those of 65 and over; `deficits` has one for each resident."""
        older = np.flatnonzero(now.age >= 65)
        median = rates.curve(now.age[older], FRAILTY_MEDIAN)
        inputs = (now.who[older], deficits[older].astype("f8"), now.values["acute"][older], median)
        self._run(
            len(older),
            lambda a, b: particles.measure(
                a, b, *inputs, GP_NOISE_SD, self.seed, self.month, *self._beliefs.values()
            ),
        )

    def learn(self, world: World, now: Circumstances) -> None:
        """Weigh what happened in the month and what did not, and let beliefs live on to the next."""
        rows = np.flatnonzero(now.adult)
        who = now.who[rows]
        known = np.stack([now.known.get(name, np.zeros(len(now.who)))[rows] for name in particles.HAZARDS], 1)
        events = _events(now)[rows]
        jumps = np.where(events >> particles.FALL & 1, LASTING_FALL, LASTING_ADMISSION)
        jumps = np.where((events & 3 > 0) & (now.age[rows] >= 50), jumps, 0.0)
        inputs = (
            who,
            known,
            events,
            now.values["acute"][rows],
            rates.curve(now.age[rows], FRAILTY_MEDIAN),
            world.lean(who),
            _carer_bits(world, who, now.day),
            _hidden_onset(world, who, now.age[rows]),
            jumps,
            effect_table(world.effects, particles.HAZARDS, ("frailty", "luck", "dementia", "carer_strain")),
        )
        self._run(
            len(who),
            lambda a, b: particles.learn(
                a, b, *inputs, ST_MAX_SHARE, KEEP, WANDER, self.seed, self.month, *self._beliefs.values()
            ),
        )
        self.month += 1

    def state_chances(self, world: World, now: Circumstances) -> None:
        """At an as-of day: the chances as the full state has them, and as the observer does."""
        rows = np.flatnonzero(now.adult)
        who, people = now.who[rows], world.people
        start = describe_people(world, now, rows)
        one = np.ones((len(who), 1))
        truth = (
            people["vigour"][who][:, None].astype("f4"),
            people["luck"][who][:, None].astype("f4"),
            (now.values["dementia"][rows] > 0).astype("u1")[:, None],
            start["pending"].astype("u1")[:, None],
            one.astype("f4"),
            np.ones(len(who), dtype="i8"),
        )
        ahead = months_ahead(world.plan, now.day, None)
        seen = months_ahead(world.plan, now.day, now.day)
        self.stated.append(
            {
                "day": np.full(len(who), now.day),
                "person": who,
                "age": now.age[rows],
                "unsupported": people["support"][who] == NOT_SUPPORTED,
                "in_care_home": people["in_care_home"][who].copy(),
                "true": self._futures(world, start, truth, np.arange(len(who)), ahead).astype("f4"),
                "oracle": self._futures(world, start, tuple(self._beliefs.values()), who, seen).astype("f4"),
            }
        )

    def _futures(
        self, world: World, start: Array, beliefs: tuple[Array, ...], rows: Array, ahead: tuple[Array, Array]
    ) -> Array:
        out = np.zeros((len(start), len(foresight.OUTCOMES), len(foresight.HORIZONS_DAYS)))
        number = np.where(start["median"] >= FRAILTY_MEDIAN[3][1], *self.futures)
        effects = effect_table(world.effects, particles.HAZARDS[:5], foresight.DYNAMIC)
        shift, winter = ahead
        self._run(
            len(start),
            lambda a, b: foresight.foresee(  # type: ignore[call-arg]
                a, b, start, number, effects, shift, winter, delay_months(), KEEP, WANDER, CARE_NEEDED,
                BEGINS_A_MONTH, self.seed, *beliefs, rows, out,
            ),
        )  # fmt: skip
        return np.clip(out, 0.0, 1.0)

    def _spread(self, who: Array) -> None:
        """Those who have come of the older age get the full number: copies of what they have."""
        fewer, columns = self.particles_younger, np.arange(self.particles) % self.particles_younger
        copies = np.bincount(columns)[columns]
        for name in ("vigour", "luck", "dementia", "pending"):
            self._beliefs[name][who] = self._beliefs[name][who][:, columns]
        self._beliefs["weight"][who] = self._beliefs["weight"][who][:, columns] / copies
        self._beliefs["number"][who] = max(fewer, self.particles)

    def forget(self) -> None:
        """Let go of all beliefs; what was stated stays."""
        self._beliefs, self._known = {}, np.zeros(0, dtype=bool)

    def _as_others(self, world: World, now: Circumstances, rng: np.random.Generator) -> None:
        """Everybody starts as a draw of others of like age and support, dementia diagnosed or not."""
        people, rows = world.people, np.flatnonzero(now.adult)
        who = now.who[rows]
        ill = now.values["dementia"][rows] > 0
        diagnosed = ill & people["diagnosed"][who]
        kind = np.searchsorted(_SAMPLE_AGES, now.age[rows]) * 8 + diagnosed
        kind += 2 * (people["support"][who] == AT_HOME) + 4 * people["in_care_home"][who]
        order = np.argsort(kind, kind="stable")
        _, first, size = np.unique(kind[order], return_index=True, return_counts=True)
        place = np.empty(len(who), dtype=int)
        place[order] = np.repeat(np.arange(len(size)), size)
        donor = first[place][:, None] + (
            rng.random((len(who), self.particles)) * size[place][:, None]
        ).astype(int)
        donor = order[donor]
        self._beliefs["vigour"][who] = people["vigour"][who][donor]
        self._beliefs["luck"][who] = people["luck"][who][donor]
        self._beliefs["dementia"][who] = ill[donor]

    def _as_newcomers(self, world: World, fresh: Array, day: int, rng: np.random.Generator) -> None:
        shape = (len(fresh), self.particles)
        self._beliefs["vigour"][fresh] = rng.normal(0, 1, shape) + world.lean(fresh)[:, None]
        self._beliefs["luck"][fresh] = rng.normal(0, 1, shape)
        age = world.age(fresh, day)
        ill = world.has("dementia", fresh, age) & world.people["diagnosed"][fresh]
        share = rates.curve(age, rates.CONDITIONS["dementia"]) * (1 - rates.DEMENTIA_DIAGNOSED)
        self._beliefs["dementia"][fresh] = ill[:, None] | (rng.random(shape) < share[:, None])

    def _grow(self, size: int) -> None:
        held = len(self._known)
        if size <= held:
            return
        more = max(size, held * 5 // 4) - held
        self._known = np.concatenate([self._known, np.zeros(more, dtype=bool)])
        for name, kind in (
            ("vigour", "f4"),
            ("luck", "f4"),
            ("dementia", "u1"),
            ("pending", "u1"),
            ("weight", "f4"),
        ):
            old = self._beliefs.get(name, np.empty((0, self.particles), dtype=kind))
            self._beliefs[name] = np.concatenate([old, np.zeros((more, self.particles), dtype=kind)])
        old = self._beliefs.get("number", np.empty(0, dtype="i8"))
        self._beliefs["number"] = np.concatenate([old, np.zeros(more, dtype="i8")])

    def _run(self, count: int, work: Callable[[int, int], None]) -> None:
        """Chunks of people side by side; each person's chance is their own, so chunks do not matter."""
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda a: work(a, min(a + CHUNK, count)), range(0, count, CHUNK)))


def _events(now: Circumstances) -> Array:
    events = np.zeros(len(now.who), dtype=np.int64)
    reabled = now.happened.get("reabled", np.empty(0, dtype=int))
    for name, bit in _BITS.items():
        hit = now.happened.get(name, np.empty(0, dtype=int))
        if name == "long_term_at_home":
            hit = np.setdiff1d(hit, reabled)
        events[hit] |= 1 << bit
    return events


def _carer_bits(world: World, who: Array, day: int) -> Array:
    people = world.people
    carer = people["carer"][who]
    old = (carer >= 0) & (world.age(np.maximum(carer, 0), day) > 76)
    return ((carer >= 0) + 2 * old + 4 * (people["breakdown"][who] > day - 182)).astype(np.int64)


def _hidden_onset(world: World, who: Array, age: Array) -> Array:
    """The month's chance of dementia that nobody diagnoses; 2 where it is diagnosed, and so certain."""
    seen = world.has("dementia", who, age) & world.people["diagnosed"][who]
    return np.where(seen, 2.0, dementia_onset(age) * (1 - rates.DEMENTIA_DIAGNOSED))
