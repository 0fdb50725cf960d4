"""The mouth's way through each Mandarin initial and final, by espeak-ng's own names. Tones do not move the lips."""

from typing import Final

from emulator.face import visemes as v

MANDARIN: Final[dict[str, tuple[tuple[v.Viseme, float], ...]]] = {
    # initials
    "p": ((v.PRESS, 1),), "ph": ((v.PRESS, 0.7), (v.BREATH, 0.3)), "m": ((v.PRESS, 1),), "f": ((v.BITE, 1),),
    "t": ((v.RIDGE, 1),), "th": ((v.RIDGE, 0.6), (v.BREATH, 0.4)), "n": ((v.RIDGE, 1),), "l": ((v.LATERAL, 1),),
    "k": ((v.VELAR, 1),), "kh": ((v.VELAR, 1),), "X": ((v.BREATH, 1),),
    "tS;": ((v.PALATAL, 1),), "tS;h": ((v.PALATAL, 1),), "S;": ((v.PALATAL, 1),),
    "ts.": ((v.RETROFLEX, 1),), "ts.h": ((v.RETROFLEX, 1),), "s.": ((v.RETROFLEX, 1),), "z.": ((v.RETROFLEX, 1),),
    "ts": ((v.HISS, 1),), "tsh": ((v.HISS, 1),), "s": ((v.HISS, 1),),
    "j": ((v.EE, 1),), "w": ((v.GLIDE_W, 1),),
    # endings
    "N": ((v.VELAR, 1),), "N-": ((v.VELAR, 1),),
    # finals
    "i": ((v.EE, 1),), "i.": ((v.APICAL_BACK, 1),), "i[": ((v.APICAL_FRONT, 1),),
    "a": ((v.AE, 1),), "A": ((v.AH, 1),), "o": ((v.OH, 1),), "o-": ((v.UNROUNDED, 1),), "@": ((v.UH, 1),),
    "@r": ((v.UNROUNDED, 0.4), (v.RHOTIC, 0.6)), "u": ((v.OO, 1),), "y": ((v.YU, 1),),
    # finals that move
    "ai": ((v.AH, 0.6), (v.EE, 0.4)), "ei": ((v.EH, 0.55), (v.EE, 0.45)), "Au": ((v.AH, 0.6), (v.UU, 0.4)),
    "ou": ((v.OH, 0.6), (v.OO, 0.4)), "ong": ((v.OH, 0.65), (v.UU, 0.35)), "iA": ((v.EE, 0.35), (v.AH, 0.65)),
    "iE": ((v.EE, 0.4), (v.EH, 0.6)),
    "io": ((v.EE, 0.35), (v.OH, 0.65)), "iou": ((v.EE, 0.35), (v.OH, 0.35), (v.OO, 0.3)),
    "ua": ((v.GLIDE_W, 0.3), (v.AH, 0.7)), "uo": ((v.OO, 0.4), (v.AW, 0.6)),
    "uai": ((v.GLIDE_W, 0.25), (v.AH, 0.45), (v.EE, 0.3)), "uei": ((v.GLIDE_W, 0.3), (v.EH, 0.35), (v.EE, 0.35)),
    "u@": ((v.OO, 0.5), (v.UH, 0.5)), "y&": ((v.YU, 0.4), (v.AE, 0.6)), "yE": ((v.YU, 0.45), (v.EH, 0.55)),
    "y@": ((v.YU, 0.65), (v.UH, 0.35)), "yi": ((v.YU, 0.6), (v.EE, 0.4)),
}  # fmt: skip
"""Symbol to its shapes in turn, each with its share of the phoneme's time; the shares sum to 1."""
