"""All phoneme symbols the synthesiser gives: what `Phoneme.symbol` may be for each `Phoneme.language`.

A symbol is espeak-ng's own mnemonic without its stress mark. Pauses and changes of language are not phonemes: where
no phoneme is, the mouth rests. Spoken through 14 000 English words and every Chinese character of Unicode's first
block, espeak-ng 1.52 gave the symbols below and no other; a reader still has a shape ready for an unknown one.
"""

from emulator.performance import Language

ENGLISH: dict[str, str] = {
    # consonants
    "p": "pie", "b": "buy", "m": "my", "f": "fie", "v": "vie", "w": "we",
    "t": "tie", "t2": "types, unaspirated", "t#": "party, a tap", "d": "die", "n": "no", "n-": "beaten, syllabic",
    "l": "lie", "s": "sigh", "z": "zoo", "T": "thin", "D": "then", "r": "rye", "r-": "buffering, linking",
    "S": "shy", "Z": "vision", "tS": "chin", "dZ": "jam", "j": "yes", ";": "asyncio, a short glide",
    "k": "key", "g": "go", "N": "sing", "h": "high", "x": "loch", "?": "beaten, a glottal stop",
    # vowels
    "i": "happy", "i:": "see", "I": "sit", "I2": "begin", "I#": "roses", "E": "bed", "a": "cat", "a#": "about, open",
    "aa": "ask", "A:": "father", "0": "hot", "V": "cup", "@": "ago", "@2": "the", "@-": "a fleeting schwa",
    "U": "book", "u": "unary", "u:": "too", "O:": "law", "O2": "correlation", "3": "letter", "3:": "bird",
    "@L": "bottle", "eI": "day", "aI": "my", "aU": "now", "oU": "go", "OI": "boy",
    "A@": "car", "O@": "for", "o@": "before", "e@": "hair", "i@": "idea", "i@3": "here", "U@": "pure",
    "aI@": "dialog", "aI3": "fire",
}  # fmt: skip
"""Symbol to a word that holds it."""

MANDARIN: dict[str, str] = {
    # initials
    "p": "b 不", "ph": "p 怕", "m": "m 妈", "f": "f 风", "t": "d 大", "th": "t 他", "n": "n 你", "l": "l 来",
    "k": "g 高", "kh": "k 看", "X": "h 好", "tS;": "j 家", "tS;h": "q 七", "S;": "x 小",
    "ts.": "zh 中", "ts.h": "ch 吃", "s.": "sh 是", "z.": "r 人", "ts": "z 在", "tsh": "c 从", "s": "s 三",
    "j": "y 一", "w": "w 我",
    # endings
    "N": "ng 方", "N-": "ng 嗯, syllabic",
    # finals
    "i": "i 你", "i.": "i 是", "i[": "i 四", "a": "a 三", "A": "a 大", "o": "o 我", "o-": "e 个", "@": "e 很",
    "@r": "er 二", "u": "u 不", "y": "ü 女", "ai": "ai 来", "ei": "ei 给", "Au": "ao 好", "ou": "ou 有",
    "ong": "ong 中 with its ending", "iA": "ia 家", "iE": "ie 天", "io": "io 哟", "iou": "iu 六", "ua": "ua 花",
    "uo": "uo 多", "uai": "uai 快", "uei": "ui 水", "u@": "ue 春", "y&": "üa 全", "yE": "üe 学", "y@": "ü 云",
    "yi": "ü 囷",
}  # fmt: skip
"""Symbol to its pinyin and a character that holds it; an `h` within an initial is a breath after it."""

SYMBOLS: dict[Language, frozenset[str]] = {"en": frozenset(ENGLISH), "cmn": frozenset(MANDARIN)}
