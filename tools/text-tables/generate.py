#!/usr/bin/env python3
"""Writes the text tables of Avion.Data from Python's standard library: python3 generate.py ../../src/Avion.Data/Tokenizer/Tables

html5-entities.txt   the named character references of HTML 5 (html.entities.html5): name, code points
canonical.txt        Unicode canonical composition (unicodedata): '=' composes, '<' only decomposes, '~' combining classes
wide-forms.txt       full-width and half-width forms and what NFKC makes of them
"""
import html.entities
import sys
import unicodedata
from pathlib import Path


def hexes(text):
    return " ".join(f"{ord(c):04X}" for c in text)


def entities():
    yield f"# HTML 5 named character references (WHATWG HTML, section 13.5), {len(html.entities.html5)} names."
    for name, text in sorted(html.entities.html5.items()):
        yield f"{name} {hexes(text)}"


def canonical():
    yield f"# Unicode {unicodedata.unidata_version} canonical composition (UAX 15)."
    for code in range(0x110000):
        mapping = unicodedata.decomposition(chr(code))
        if mapping and not mapping.startswith("<"):
            parts = "".join(chr(int(p, 16)) for p in mapping.split())
            sign = "=" if len(parts) == 2 and unicodedata.normalize("NFC", parts) == chr(code) else "<"
            yield f"{sign}{code:04X} {hexes(parts)}"
    start = None
    for code in range(0x110001):
        kind = unicodedata.combining(chr(code)) if code < 0x110000 else 0
        if start is not None and kind != start[1]:
            yield f"~{start[0]:04X} {code - 1:04X} {start[1]}"
            start = None
        if kind and start is None:
            start = (code, kind)


def wide():
    yield f"# Full-width and half-width forms under NFKC, Unicode {unicodedata.unidata_version}."
    for code in [0x3000, *range(0xFF01, 0xFFF0)]:
        narrow = unicodedata.normalize("NFKC", chr(code))
        if narrow != chr(code):
            yield f"{code:04X} {hexes(narrow)}"


folder = Path(sys.argv[1])
for name, lines in [("html5-entities.txt", entities()), ("canonical.txt", canonical()), ("wide-forms.txt", wide())]:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="ascii")
