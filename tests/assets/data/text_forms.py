#!/usr/bin/env python3
"""Writes text_forms.json: random strings with their normalization form C, and HTML texts unescaped (Python's unicodedata and html modules)."""
import html
import json
import random
import sys
import unicodedata

random.seed(20230929)
letters = [chr(c) for c in range(0x20, 0x3100) if unicodedata.category(chr(c))[0] in "LM"]
marks = [c for c in letters if unicodedata.combining(c)]
hangul = [chr(c) for c in [*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A7, 0x11C3), 0xAC00, 0xAC01, 0xD788]]
composed = [chr(c) for c in range(0xA0, 0x2F800) if unicodedata.decomposition(chr(c)) and unicodedata.decomposition(chr(c))[0] != "<"]
pools = [letters, marks, hangul, composed, list("aeiouAEIOUcnsz")]
texts = ["".join(random.choice(random.choice(pools)) for _ in range(random.randint(1, 8))) for _ in range(400)]
texts += [unicodedata.normalize("NFD", c) + "\u0327\u0301" for c in composed[::37]]
pages = [
    "a &amp; b", "&amp;amp;lt;", "&notit; &notin; &not", "&lt;b&gt;", "&#233;&#xE9;&#XE9", "&#0; &#128; &#x9f; &#xD800; &#1114112; &#11; &#13;",
    "&", "&;", "&#;", "&#x;", "&a", "&eacute", "&eacuteX;", "&AMPERSAND;", "&Aacute;&aacute;", "&NotEqualTilde;", "&unknownname;",
    "&" + "x" * 40 + ";", "&&amp;", "&#99999999999999999999;", "&#xfffe;&#x1ffff;", "tom&jerry &copy2024", "&ampamp;",
]
forms = {
    "nfc": [[t, unicodedata.normalize("NFC", t)] for t in texts],
    "html": [[p, html.unescape(p)] for p in pages],
    "lower": [[t, t.lower()] for t in ["ΑΣ", "ΑΣΑ", "ΟΔΟΣ ΣΣ Σ", "İstanbul", "STRASSE ẞ", "Ω", "A.Σ", "ΑΣ́", "ÀÉ𐐀"]],
}
json.dump(forms, sys.stdout, indent=0)
