"""Prints the table of HTML's named character references that the search for secrets uses. Python's table is made from the
WHATWG's list: https://docs.python.org/3/library/html.entities.html#html.entities.html5"""

from html.entities import html5

HEAD = """\
# Named character references of HTML, one a line: name, tab, characters as hexadecimal numbers; a star follows where
# the semicolon may be missing. In the order of their bytes.
# Made from the WHATWG's list, https://html.spec.whatwg.org/entities.json: Copyright WHATWG (Apple, Google, Mozilla,
# Microsoft), used here under the BSD 3-Clause License, which the HTML standard grants for portions in source code.
# Made anew by: python3 shared/testdata/references.py > shared/src/keys/using/scrub/readings/references.txt"""

characters = {name.rstrip(";"): value for name, value in html5.items()}
print(HEAD)
for name in sorted(characters, key=str.encode):
    numbers = " ".join(f"{ord(character):x}" for character in characters[name])
    print(f"{name}\t{numbers}{'*' if name in html5 else ''}")
