"""Mix the colours of a drawing from eight hours of the day.

Every drawing uses the same colour numbers, whatever the hour: a sky from top to horizon, a sea
from horizon to shore, and single colours for what stands before them.
"""

from __future__ import annotations

from collections.abc import Mapping

SKY = range(24)
SEA = range(24, 40)
LIGHT, GLOW, PALE, MIDDLE, DARK, ACCENT = range(40, 46)

# sky top, sky at the horizon, sea far, sea near, light, pale, middle, dark, accent
_HOURS: Mapping[str, str] = {
    "dawn": "3b4a7a f7c9a0 c9a3a5 2f4a6b ffe3a8 fff4e2 8f7f9c 2a2b45 e4735f",
    "noon": "3f8fc4 d6eef5 7fc3cf 146a80 fff6c9 ffffff 6f9a6a 23463f e8523f",
    "dusk": "2c1f4f f28a5b b5596c 2a2750 ffd27a fbe6d4 6a4470 1b1533 f2b544",
    "midnight": "070b1f 27406b 1c3352 060d1d f4f1d0 dfe6f2 24385a 05070f f2c14e",
    "mist": "9fb0b6 e9edec c3cfd0 74888f fdfaf0 ffffff 8e9ea3 45565c c8553d",
    "storm": "27333d 8fa3a8 6d8588 1d3138 e8eede f1f4f2 4c5f63 11191d d9a441",
    "ember": "5b1a1b f6a04d d06a43 4a1b25 ffe08a fff0d6 8a4636 260d12 3aa6a0",
    "lamp": "0b1d2a 0f4c5c 17657a 08202c ffd166 fdf3d8 2f6f78 061219 f2a541",
}


def palette(hour: str) -> list[bytes]:
    """Mix all colours of an hour, in the order of their numbers."""
    sky_top, sky_low, sea_far, sea_near, light, pale, middle, dark, accent = (
        bytes.fromhex(word) for word in _HOURS[hour].split()
    )
    glow = _mix(sky_low, light, 1, 2)
    return [
        *(_mix(sky_top, sky_low, step, len(SKY) - 1) for step in SKY),
        *(_mix(sea_far, sea_near, step - SEA.start, len(SEA) - 1) for step in SEA),
        *(light, glow, pale, middle, dark, accent),
    ]


def _mix(first: bytes, last: bytes, step: int, steps: int) -> bytes:
    return bytes((a * (steps - step) + b * step) // steps for a, b in zip(first, last, strict=True))
