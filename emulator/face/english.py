"""The mouth's way through each English phoneme, by espeak-ng's own names."""

from typing import Final

from emulator.face import visemes as v

ENGLISH: Final[dict[str, tuple[tuple[v.Viseme, float], ...]]] = {
    # consonants
    "p": ((v.PRESS, 1),), "b": ((v.PRESS, 1),), "m": ((v.PRESS, 1),),
    "f": ((v.BITE, 1),), "v": ((v.BITE, 1),), "w": ((v.GLIDE_W, 1),),
    "t": ((v.RIDGE, 1),), "t2": ((v.RIDGE, 1),), "t#": ((v.RIDGE, 1),), "d": ((v.RIDGE, 1),), "n": ((v.RIDGE, 1),),
    "n-": ((v.RIDGE, 1),), "l": ((v.LATERAL, 1),),
    "s": ((v.HISS, 1),), "z": ((v.HISS, 1),), "T": ((v.DENTAL, 1),), "D": ((v.DENTAL, 1),),
    "r": ((v.ARHOTIC, 1),), "r-": ((v.ARHOTIC, 1),),
    "S": ((v.HUSH, 1),), "Z": ((v.HUSH, 1),),
    "tS": ((v.RIDGE, 0.3), (v.HUSH, 0.7)), "dZ": ((v.RIDGE, 0.3), (v.HUSH, 0.7)),
    "j": ((v.EE, 1),), ";": ((v.EE, 1),),
    "k": ((v.VELAR, 1),), "g": ((v.VELAR, 1),), "N": ((v.VELAR, 1),), "x": ((v.VELAR, 1),),
    "h": ((v.BREATH, 1),), "?": ((v.BREATH, 1),),
    # vowels
    "i": ((v.EE, 1),), "i:": ((v.EE, 1),), "I": ((v.IH, 1),), "I2": ((v.IH, 1),), "I#": ((v.IH, 1),), "E": ((v.EH, 1),),
    "a": ((v.AE, 1),), "a#": ((v.UH, 1),), "aa": ((v.AE, 1),), "A:": ((v.AH, 1),), "0": ((v.AW, 1),), "V": ((v.UH, 1),),
    "@": ((v.SCHWA, 1),), "@2": ((v.SCHWA, 1),), "@-": ((v.SCHWA, 1),),
    "U": ((v.UU, 1),), "u": ((v.OO, 1),), "u:": ((v.OO, 1),), "O:": ((v.AW, 1),), "O2": ((v.AW, 1),),
    "3": ((v.ER, 1),), "3:": ((v.ER, 1),), "@L": ((v.SCHWA, 0.4), (v.LATERAL, 0.6)),
    # vowels that move
    "eI": ((v.EH, 0.6), (v.EE, 0.4)), "aI": ((v.AH, 0.6), (v.EE, 0.4)), "aU": ((v.AH, 0.6), (v.OO, 0.4)),
    "oU": ((v.OH, 0.6), (v.OO, 0.4)), "OI": ((v.AW, 0.6), (v.EE, 0.4)),
    "A@": ((v.AH, 0.7), (v.ER, 0.3)), "O@": ((v.AW, 0.7), (v.ER, 0.3)), "o@": ((v.OH, 0.7), (v.ER, 0.3)),
    "e@": ((v.EH, 0.7), (v.ER, 0.3)), "i@": ((v.EE, 0.6), (v.SCHWA, 0.4)), "i@3": ((v.EE, 0.6), (v.ER, 0.4)),
    "U@": ((v.OO, 0.6), (v.ER, 0.4)), "aI@": ((v.AH, 0.45), (v.EE, 0.3), (v.SCHWA, 0.25)),
    "aI3": ((v.AH, 0.45), (v.EE, 0.3), (v.ER, 0.25)),
}  # fmt: skip
"""Symbol to its shapes in turn, each with its share of the phoneme's time; the shares sum to 1."""
