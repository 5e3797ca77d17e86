"""The county: areas with their people, homes, need and rurality, either invented or read from a place
folder."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.cluster.vq import kmeans2

from simulator.log import Array
from simulator.words import DISTRICTS, TOWNS, VILLAGE_FIRST, VILLAGE_LAST

AGE_BANDS = tuple(range(0, 95, 5))
"""First ages of the five-year bands; the last band, 90+, is open."""
DWELLING_TYPES = ("detached", "semi_detached", "terraced", "flat")
TENURES = ("outright", "mortgage", "private", "social")
DOMAINS = (
    "Income Score (rate)",
    "Employment Score (rate)",
    "Education, Skills and Training Score",
    "Health Deprivation and Disability Score",
    "Crime Score",
    "Barriers to Housing and Services Score",
    "Living Environment Score",
)
RUC_NAMES = {
    "UN1": "Urban: Nearer to a major town or city",
    "UF1": "Urban: Further from a major town or city",
    "RLN1": "Larger rural: Nearer to a major town or city",
    "RLF1": "Larger rural: Further from a major town or city",
    "RSN1": "Smaller rural: Nearer to a major town or city",
    "RSF1": "Smaller rural: Further from a major town or city",
}
ENGLAND_AREAS = 33_755  # LSOAs in England, 2021 (data_specs.md 4)
IMD_MEAN, IMD_SD = 21.7, 15.0  # mean and spread of IoD scores over England (assumed from the published range)
MAP_SEED = 61
"""The invented county keeps one map whatever the seed, so that its places can be spoken of; its people
differ."""
NATIONAL_AGES = (
    54,
    58,
    60,
    57,
    60,
    65,
    70,
    67,
    65,
    62,
    67,
    68,
    60,
    50,
    48,
    40,
    26,
    15,
    9,
)
"""People per 1,000 by five-year band, England, about 2023 (from memory, assumed)."""


@dataclass(frozen=True)
class County:
    """Everything about the areas, one entry an area in the order of `codes`.

    `shapes` are polygons in British National Grid; `ages` is areas × 19 five-year bands (relative counts);
    `tenure` and `dwelling` are areas × 4 shares; `imd_score` as in IoD 2025; `domains` holds its seven
    scores; `households` is how many live there, where a census says so.
    """

    name: str
    lad_codes: tuple[str, ...]
    codes: Array
    names: Array
    shapes: Array
    lad: Array
    lad_name: Array
    ward: Array
    ward_name: Array
    msoa: Array
    place: Array
    town: Array
    ruc: Array
    people: Array
    ages: Array
    tenure: Array
    dwelling: Array
    minority: Array
    imd_score: Array
    imd_rank: Array
    domains: Array
    households: int | None = None

    @property
    def rural(self) -> Array:
        """Whether each area is rural in the 2021 classification."""
        return np.char.startswith(self.ruc.astype(str), "R")

    @property
    def need(self) -> Array:
        """Deprivation in standard deviations above the mean of England."""
        return (self.imd_score - IMD_MEAN) / IMD_SD


def rank_of(score: Array) -> Array:
    """A rank among England's areas (1 most deprived) that fits an IoD score: lognormal shape, assumed."""
    z = (np.log(np.maximum(score, 0.5)) - np.log(17.5)) / 0.68
    below = 1 / (1 + np.exp(1.702 * z))
    return np.clip(np.round(below * ENGLAND_AREAS), 1, ENGLAND_AREAS).astype(int)


def domain_scores(score: Array, rural: Array, rng: np.random.Generator) -> Array:
    """Seven domain scores that go with an overall score; barriers are higher in the country."""
    z = (score - IMD_MEAN) / IMD_SD
    noise = rng.normal(0, 0.35, (len(score), len(DOMAINS)))
    barriers = 22 + 2 * z + 9 * rural
    centre = np.stack(
        [0.23 + 0.11 * z, 0.14 + 0.06 * z, 22 + 14 * z, 0.75 * z, 0.7 * z, barriers, 21 + 5 * z + 6 * rural],
        axis=1,
    )
    spread = np.array([0.04, 0.025, 6.0, 0.3, 0.4, 6.0, 6.0])
    floor = np.array([0.02, 0.01, 0.5, -3.0, -3.0, 2.0, 2.0])
    return np.round(np.maximum(centre + noise * spread, floor), 3)


def shares_by_need(score: Array, rural: Array) -> tuple[Array, Array]:
    """Tenure and dwelling-type shares where no census is at hand: social rent follows deprivation
    (assumed)."""
    z = (score - IMD_MEAN) / IMD_SD
    social = np.clip(0.15 + 0.10 * z, 0.03, 0.6)
    private = np.clip(0.17 + 0.03 * z - 0.03 * rural, 0.06, 0.35)
    outright = np.clip(0.39 - 0.06 * z + 0.06 * rural, 0.12, 0.6)
    tenure = np.stack([outright, np.maximum(1 - social - private - outright, 0.08), private, social], axis=1)
    detached = np.clip(0.22 - 0.10 * z + 0.25 * rural, 0.03, 0.75)
    flat = np.clip(0.13 + 0.07 * z - 0.09 * rural, 0.02, 0.5)
    semi = np.full(len(score), 0.34)
    dwelling = np.stack([detached, semi, np.maximum(1 - detached - flat - semi, 0.05), flat], axis=1)
    return tenure / tenure.sum(1, keepdims=True), dwelling / dwelling.sum(1, keepdims=True)


def group_nearby(centres: Array, size: int, rng: np.random.Generator) -> Array:
    """Group numbers, about `size` areas each, of areas that lie near one another."""
    groups = max(1, round(len(centres) / size))
    if groups == 1:
        return np.zeros(len(centres), dtype=int)
    start = centres[np.linspace(0, len(centres) - 1, groups).astype(int)].astype(float)
    _, label = kmeans2(centres.astype(float), start, minit="matrix", seed=rng)
    _, compact = np.unique(label, return_inverse=True)
    return compact


def invented_county() -> County:
    """An invented county of 60 areas: five towns and their countryside, on one fixed map."""
    rng = np.random.default_rng(MAP_SEED)
    centres, place, kind = _seed_points(rng)
    shapes = _tessellate(centres, _outline(rng))
    score = _scores(place, kind, rng)
    rural = kind >= 2
    tenure, dwelling = shares_by_need(score, rural)
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    msoa, ward = group_nearby(middle, 5, rng), group_nearby(middle, 4, rng)
    codes = np.array([f"E01999{k:03d}" for k in range(1, len(score) + 1)])
    return County(
        name="Aldmere",
        lad_codes=("E06000999",),
        codes=codes,
        names=_area_names(msoa, "Aldmere"),
        shapes=shapes,
        lad=np.full(len(score), "E06000999"),
        lad_name=np.full(len(score), "Aldmere"),
        ward=np.array([f"E05999{k:03d}" for k in ward + 1]),
        ward_name=_ward_names(ward, place),
        msoa=np.array([f"E02999{k:03d}" for k in msoa + 1]),
        place=place,
        town=_post_towns(middle, place),
        ruc=np.array(["UN1", "UF1", "RLN1", "RSN1", "RSF1"])[kind],
        people=rng.uniform(1200, 2100, len(score)),
        ages=_ages(kind, rng),
        tenure=tenure,
        dwelling=dwelling,
        minority=np.clip(rng.normal(np.where(kind == 0, 0.12, 0.04), 0.03), 0.01, 0.4),
        imd_score=score,
        imd_rank=rank_of(score),
        domains=domain_scores(score, rural, rng),
    )


def _outline(rng: np.random.Generator) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    waves = sum(
        a * np.sin(k * angle + p)
        for k, a, p in zip(
            (2, 3, 5, 8, 13), (0.10, 0.08, 0.05, 0.03, 0.02), rng.uniform(0, 6.28, 5), strict=True
        )
    )
    radius = 15_500 * (1 + waves)
    return shapely.Polygon(
        np.stack([350_000 + 1.2 * radius * np.cos(angle), 300_000 + radius * np.sin(angle)], 1)
    )


def _seed_points(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Centres of the areas, the town or village each belongs to, and its kind (0 town … 4 remote country)."""
    town_at = np.array(
        [[350_500, 300_800], [341_500, 306_000], [359_500, 293_500], [343_500, 291_500], [357_500, 308_500]]
    )
    size, spread, kinds = (22, 8, 6, 5, 4), (2_300, 1_250, 1_000, 900, 800), (0, 1, 1, 2, 2)
    points, place, kind = [], [], []
    for town, at, count, sd, k in zip(TOWNS, town_at, size, spread, kinds, strict=True):
        points.append(_spread_apart(at + rng.normal(0, sd, (count * 4, 2)), count))
        place += [town] * count
        kind += [k] * count
    villages = _spread_apart(
        np.concatenate(
            [np.concatenate(points), rng.uniform([336_000, 287_500], [364_000, 312_500], (400, 2))]
        ),
        60,
    )[45:]
    names = [
        a + b for a, b in zip(rng.permutation(VILLAGE_FIRST)[:15], rng.choice(VILLAGE_LAST, 15), strict=True)
    ]
    far = np.linalg.norm(villages - town_at[0], axis=1) > 10_500
    return (
        np.concatenate([*points, villages]),
        np.array(place + names),
        np.array(kind + list(np.where(far, 4, 3))),
    )


def _spread_apart(points: Array, count: int) -> Array:
    """The first points, then each time the one farthest from all chosen: even cover without a grid."""
    keep = list(range(45)) if count == 60 else [0]
    gap = np.min(np.linalg.norm(points[:, None] - points[keep][None], axis=2), axis=1)
    while len(keep) < count:
        keep.append(int(np.argmax(gap)))
        gap = np.minimum(gap, np.linalg.norm(points - points[keep[-1]], axis=1))
    return points[keep]


def _tessellate(centres: Array, outline: shapely.Polygon) -> Array:
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=outline, ordered=True)
    )
    return shapely.set_precision(shapely.intersection(cells, outline), 0.1)


def _scores(place: Array, kind: Array, rng: np.random.Generator) -> Array:
    """Deprivation: a poor side to each town, comfortable villages."""
    middle = np.array([27.0, 22.0, 19.0, 15.0, 17.0])[kind]
    return np.round(np.clip(middle * np.exp(rng.normal(0, 0.45, len(kind))), 4, 72), 3)


def _ages(kind: Array, rng: np.random.Generator) -> Array:
    """National ages tilted: the country and the small towns are older, the big town younger."""
    tilt = np.array([-0.02, 0.03, 0.07, 0.07, 0.085])[kind] + rng.normal(0, 0.025, len(kind))
    bands = np.arange(len(AGE_BANDS)) - 9
    return np.array(NATIONAL_AGES) * np.exp(tilt[:, None] * bands)


def _post_towns(middle: Array, place: Array) -> Array:
    """Each area's post town: its own town, else the nearest."""
    centre = np.stack([middle[place == town].mean(0) for town in TOWNS])
    nearest = np.argmin(np.linalg.norm(middle[:, None] - centre, axis=2), axis=1)
    return np.where(np.isin(place, TOWNS), place, np.array(TOWNS)[nearest])


def _area_names(msoa: Array, county: str) -> Array:
    """Names as ONS makes them: district, MSOA number, letter."""
    order = np.argsort(msoa, kind="stable")
    first = np.searchsorted(msoa[order], msoa[order])
    letter = np.empty(len(msoa), dtype=int)
    letter[order] = np.arange(len(msoa)) - first
    return np.array([f"{county} {m + 1:03d}{chr(65 + k)}" for m, k in zip(msoa, letter, strict=True)])


def _ward_names(ward: Array, place: Array) -> Array:
    """The commonest place of each ward, with a word to tell it from its neighbours."""
    names = np.empty(len(ward), dtype=object)
    for number in range(int(ward.max()) + 1):
        found, count = np.unique(place[ward == number], return_counts=True)
        names[ward == number] = f"{found[np.argmax(count)]} {DISTRICTS[number % len(DISTRICTS)]}"
    return names


AREAS_PER_ZONE, _ZONE_SEED = 14, 41


def zone_of_area(county: County) -> Array:
    """The number of today's zone of each area: neighbours, about fourteen each, at least three zones."""
    return grouped_areas(county, min(AREAS_PER_ZONE, max(1, len(county.codes) // 3)), _ZONE_SEED)


def grouped_areas(county: County, size: int, seed: int) -> Array:
    """The number of each area's group, about `size` areas each, of areas that lie near one another."""
    middle = shapely.get_coordinates(shapely.point_on_surface(county.shapes))
    return group_nearby(middle, min(size, len(county.codes)), np.random.default_rng(seed))
