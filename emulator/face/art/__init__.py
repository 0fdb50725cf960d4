"""The character as vector art: shapes with parameters, and the drawing they stand in."""
