"""See every request that a sandbox gets, and do to some of them what a bad network would."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs

from datosnap.sandbox.fault_scenes import GoOn, Scene
from datosnap.sandbox.faults import Act, Fault

# Paths of the API have this many segments at most; those of files two.
_SEGMENTS = ("/{a}", "/{a}/{b}", "/{a}/{b}/{c}", "/{a}/{b}/{c}/{d}")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    query: str

    def parameter(self, name: str) -> str | None:
        """Give the value of a parameter."""
        found = parse_qs(self.query).get(name)
        return found[0] if found else None

    @property
    def is_for_file(self) -> bool:
        """Tell whether it is for an asset's bytes, which cost no call."""
        return self.path.split("/")[1].isdecimal()


@dataclass(slots=True)
class Watch:
    """Notes each request and carries it out."""

    requests: list[Request] = field(default_factory=list)

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Note the request, then go on."""
        self.requests.append(Request(scene.method, scene.path, scene.query))
        await go_on(scene)

    def calls(self, start: int = 0) -> list[Request]:
        """Give the API calls from the request of that number on."""
        return [one for one in self.requests[start:] if not one.is_for_file]


def everywhere(act: Act) -> tuple[Fault, ...]:
    """Give the faults by which an act sees every request, whatever its path."""
    return tuple(Fault(f"* {path}", act) for path in _SEGMENTS)
