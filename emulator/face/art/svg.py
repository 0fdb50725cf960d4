"""Paths and elements of SVG from numbers."""

Point = tuple[float, float]
Stretch = tuple[Point, ...]
"""A piece of a path after its first point: one point for a line, two for a quadratic, three for a cubic."""

_LETTERS = ("", "L", "Q", "C")


def path(start: Point, *stretches: Stretch, close: bool = False) -> str:
    """Return path data from `start` through `stretches`."""
    pieces = [f"M {_at(start)}"]
    pieces += [f"{_LETTERS[len(stretch)]} {' '.join(map(_at, stretch))}" for stretch in stretches]
    return " ".join(pieces) + (" Z" if close else "")


def symmetric(axis: float, start: Point, *stretches: Stretch) -> str:
    """Return the closed path whose one half runs from `start` to a last point, both on the vertical `axis`."""
    points = [start, *(point for stretch in stretches for point in stretch)]
    back = [(2 * axis - x, y) for x, y in reversed(points)]
    other: list[Stretch] = []
    at = 1
    for stretch in reversed(stretches):
        other.append(tuple(back[at : at + len(stretch)]))
        at += len(stretch)
    return path(start, *stretches, *other, close=True)


def mixed(a: Point, b: Point, part: float) -> Point:
    """Return the point that lies `part` of the way from `a` to `b`."""
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def element(tag: str, **attributes: float | str) -> str:
    """Return an empty element; an underscore in a name stands for a hyphen."""
    given = " ".join(f'{name.replace("_", "-")}="{_text(value)}"' for name, value in attributes.items())
    return f"<{tag} {given}/>"


def fill(data: str, colour: str, **attributes: float | str) -> str:
    """Return the path `data` filled."""
    return element("path", d=data, fill=colour, **attributes)


def stroke(data: str, colour: str, width: float, **attributes: float | str) -> str:
    """Return the path `data` as a line with round ends."""
    return element("path", d=data, fill="none", stroke=colour, stroke_width=width, stroke_linecap="round", **attributes)


def soft(level: int) -> str:
    """Return the name of a blur of the picture: 1, 3, 5, 8 or 14 pixels."""
    return f"url(#blur{level})"


def gradient(name: str, top: float, bottom: float, *stops: tuple[float, str]) -> str:
    """Return a gradient from height `top` to `bottom` of the picture."""
    colours = "".join(element("stop", offset=offset, stop_color=colour) for offset, colour in stops)
    return (
        f'<linearGradient id="{name}" x1="0" y1="{top:.2f}" x2="0" y2="{bottom:.2f}" '
        f'gradientUnits="userSpaceOnUse">{colours}</linearGradient>'
    )


def clip(name: str, data: str) -> str:
    """Return a clip to the inside of the path `data`."""
    return f'<clipPath id="{name}"><path d="{data}"/></clipPath>'


def clipped(name: str, *elements: str) -> str:
    """Return `elements` inside a clip."""
    return f'<g clip-path="url(#{name})">{"".join(elements)}</g>'


def _at(point: Point) -> str:
    return f"{point[0]:.2f} {point[1]:.2f}"


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3f}".rstrip("0").rstrip(".")
