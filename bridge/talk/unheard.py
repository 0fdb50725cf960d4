"""What is left of a text of which a part was heard. Pure."""


def unheard(text: str, heard: str) -> str:
    """Return the end of `text` after `heard`, however its white space is written; all of it if it begins otherwise."""
    place = 0
    for character in heard:
        if character.isspace():
            continue
        while place < len(text) and text[place].isspace():
            place += 1
        if place == len(text) or text[place] != character:
            return text
        place += 1
    return text[place:].lstrip()
