"""Mathematics in LaTeX as something that can be said. Pure."""

import re

_SYMBOLS = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "lt": "<", "gt": ">", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "~", "infty": "∞", "to": "→",
    "rightarrow": "→", "Rightarrow": "⇒", "circ": "°", "degree": "°", "sum": "∑", "prod": "∏", "int": "∫",
    "partial": "∂", "in": "∈", "cup": "∪", "cap": "∩", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "epsilon": "ε", "theta": "θ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "phi": "φ",
    "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "Omega": "Ω", "ldots": "…", "dots": "…", "cdots": "…", "quad": " ",
    "qquad": " ", "sin": "sin", "cos": "cos", "tan": "tan", "log": "log", "ln": "ln", "exp": "exp", "lim": "lim",
    "max": "max", "min": "min",
}  # fmt: skip
_RAISED = dict(zip("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", strict=True))
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*(?:\[[^\[\]]*\])?\s*\{([^{}]*)\}")
_WORDS = re.compile(r"\\(?:text|mathrm|mathbf|mathit|operatorname|mathbb|mathcal|boxed|vec|hat|bar)\s*\{([^{}]*)\}")
_POWER = re.compile(r"\^\s*(?:\{([^{}]*)\}|(.))")
_INDEX = re.compile(r"_\s*(?:\{([^{}]*)\}|(.))")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_SPACING = re.compile(r"\\[,;:! ]|~|&|\\\\")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\b")
_ROUNDS = 4
_CARET = "\x00"  # a power that has been dealt with


def speak_math(source: str) -> str:
    """Return a formula, without its dollars, in plain characters; "" for one that is a picture, such as a matrix."""
    if _ENVIRONMENT.search(source):
        return ""
    text = _SPACING.sub(" ", source.replace("\\left", "").replace("\\right", ""))
    text = _COMMAND.sub(lambda found: _SYMBOLS.get(found[1], found[0]), text)
    for _ in range(_ROUNDS):
        before = text
        text = _WORDS.sub(r"\1", text)
        text = _ROOT.sub(lambda found: "√" + _grouped(found[1]), text)
        text = _FRACTION.sub(lambda found: f"{_grouped(found[1])}/{_grouped(found[2])}", text)
        text = _POWER.sub(_power, text)
        text = _INDEX.sub(lambda found: found[1] or found[2] or "", text)
        if text == before:
            break
    text = _COMMAND.sub("", text)
    return " ".join(re.sub(r"[\\{}$^_]", "", text).replace(_CARET, "^").split())


def _grouped(term: str) -> str:
    return f"({term})" if re.search(r"[-+ ]", term.strip()) else term


def _power(found: re.Match[str]) -> str:
    power = (found[1] or found[2] or "").strip()
    if power == "°":
        return power
    raised = "".join(_RAISED.get(char, "") for char in power)
    return raised if len(raised) == len(power) else _CARET + _grouped(power)
