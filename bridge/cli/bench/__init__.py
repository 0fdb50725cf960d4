"""`avatar-bridge bench`: what the server costs, against the barest program that could do its work, in the same run.

The program that is measured has a core of its own; this process, on another core, is all the rest: the browsers, the
cloud, the language model. Linux only, because of /proc and of choosing cores.
"""
