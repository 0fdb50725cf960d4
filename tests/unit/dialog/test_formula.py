import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialog.formula import speak_math


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"a \times b", "a × b"),
        (r"\frac{1}{\sqrt{2}}", "1/√2"),
        (r"\dfrac{a + b}{c}", "(a + b)/c"),
        (r"\sqrt[3]{x+1}", "√(x+1)"),
        (r"x_i^2 + x_{10}^{-1}", "xi² + x10⁻¹"),
        (r"2^n = 1024", "2ⁿ = 1024"),
        (r"e^{i\pi}", "e^iπ"),
        (r"25\,^\circ\mathrm{C}", "25 °C"),
        (r"\left( a \right)", "( a )"),
        (r"\unknown{x} = 5\%", "x = 5%"),
        (r"\begin{cases} a \\ b \end{cases}", ""),
        ("", ""),
    ],
)
def test_formulas(source: str, said: str):
    assert speak_math(source) == said


@given(st.text(alphabet="\\{}^_abc123+ fracsqrt$", max_size=60))
def test_nothing_of_latex_is_left(source: str):
    assert not set(speak_math(source)) & set("\\{}$_")
