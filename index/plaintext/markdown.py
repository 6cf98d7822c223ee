"""Markdown (also MDX, and Markdown in ERB or Liquid templates) -> plain text."""

import re
from collections.abc import Callable
from html import unescape

from index.plaintext.html import without_html
from index.plaintext.stash import Stash, cut, tidy, without_our_marks

_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\n(?=[^\n]*[:=\[])")
_FRONT_MATTER_END = re.compile(r"^(?:---|\+\+\+|\.\.\.)[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"[ \t>]*(?:[*+-][ \t]+|\d{1,9}[.)][ \t]+)?(`{3,}|~{3,})([^`\n]*)$")
_RULE = re.compile(r"[ \t]*(?:=+|-{2,}|([-*_])(?:[ \t]*\1){2,})[ \t]*$")
_HEADING = re.compile(r"[ ]{0,3}#{1,6}(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?<=[ \t])#+[ \t]*$")
_ATTRIBUTES = re.compile(r"\{:?[ \t]*[#.][^{}\n]*\}[ \t]*$")
_QUOTE = re.compile(r"[ ]{0,3}>(?:[ ]{0,3}>)*[ ]?")
_ALERT = re.compile(r"[ \t]*\[!([A-Za-z]+)\][ \t]*")
_BULLET = re.compile(r"([ \t]*)[*+-][ \t]+")
_NUMBER = re.compile(r"([ \t]*)(\d{1,9})[.)][ \t]+")
_DEFINITION = re.compile(r":[ \t]{1,3}(?=\S)")
_ADMONITION = re.compile(r"([ \t]*)(?:!!!|\?\?\?\+?|={3}|:{3,})[ \t]*(\S[^\n]*|)$")
_MODULE = re.compile(r"import[ \t][^\n]*['\"][^'\"\n]*['\"];?[ \t]*$|export[ \t]*\{[^\n]*;?[ \t]*$")
_LINK_TARGET = re.compile(r"[ ]{0,3}\[[^\[\]\n^][^\[\]\n]*\]:[ \t]*\S[^\n]*$")
_FOOTNOTE = re.compile(r"[ ]{0,3}\[\^[^\[\]\n]+\]:[ \t]*")

# A run of one paragraph without the signs in `but`.
_RUN = r"(?:[^{but}\n]|\n(?![ \t]*\n))++"
_KEPT_INLINE = re.compile(
    r"\\([!-/:-@\[-`{-~])"
    r"|(?<!`)`(" + _RUN.format(but="`") + r")`(?!`)"
    r"|(?<!`)``((?:[^`\n]|`(?!`)|\n(?![ \t]*\n))++)``(?!`)"
)
_TARGET = r"\((?:[^()\n]|\([^()\n]*\))*+\)"
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\](?:" + _TARGET + r"|\[[^\[\]\n]*\])")
_LINK = re.compile(r"\[(" + _RUN.format(but=r"\[\]") + r")\](?:" + _TARGET + r"|\[[^\[\]\n]*\])")
_NO_TEXT_LINK = re.compile(r"\[\]" + _TARGET)
_FOOTNOTE_MARK = re.compile(r"\[\^[^\[\]\s]+\]")
_AUTOLINK = re.compile(r"<((?:[a-z][a-z0-9+.-]{1,31}:|[\w.+-]+@)[^<>\s]*)>", re.IGNORECASE)
_QUOTED = re.compile(r"""["']([\w -]+)["']""")
_STARS = [
    re.compile(rf"(?<![\\*])\*{{{n}}}(?=[^\s*])({_RUN.format(but='*')})(?<=\S)\*{{{n}}}(?!\*)")
    for n in (3, 1, 2, 1)  # once more for an emphasis around a strong one
]
_UNDERSCORES = [
    re.compile(rf"(?<!\w)_{{{n}}}(?=[^\s_])({_RUN.format(but='_')})(?<=\S)_{{{n}}}(?!\w)")
    for n in (3, 1, 2, 1)
]
_STRIKE = re.compile(r"~~(?=\S)(" + _RUN.format(but="~") + r")~~")


def plain_markdown(text: str) -> str:
    """`text` (line feeds only) as people read it."""
    stash = Stash()
    text = _keep_front_matter(without_our_marks(text), stash)
    text = _keep_code_blocks(text, stash)
    text = _KEPT_INLINE.sub(lambda m: stash.keep(m[1] or _code(m[2] or m[3])), text)
    for opening, closing in (("<!--", "-->"), ("<%", "%>"), ("{/*", "*/}")):
        text = cut(text, opening, closing)
    text = "\n".join(line for raw in text.split("\n") if (line := _line(raw)) is not None)
    return stash.restore(tidy(unescape(_inline(text))))


def _code(text: str) -> str:
    inner = text.replace("\n", " ")
    return inner.strip() or inner


def _keep_front_matter(text: str, stash: Stash) -> str:
    found = _FRONT_MATTER.match(text)
    if not found:
        return text
    end = _FRONT_MATTER_END.search(text, found.end())
    if not end:
        return text[found.end() :]
    return f"{stash.keep(text[found.end() : end.start()].strip())}\n{text[end.end() :]}"


def _keep_code_blocks(text: str, stash: Stash) -> str:
    lines = text.split("\n")
    fences = [n for n, line in enumerate(lines) if "`" in line or "~" in line]
    out: list[str] = []
    done = 0
    for start in fences:
        if start < done or not (found := _FENCE.match(lines[start])):
            continue
        end = _closing_fence(lines, start + 1, found[1])
        if end is None and _only_closes(lines, start, found[2]):
            # A slice that begins inside of a code block: all before its fence is code.
            out.append(stash.keep("\n".join(lines[done:start])))
            done = start + 1
            continue
        out += _prose_or_indented_code(lines[done:start], stash)
        end = len(lines) if end is None else end
        out.append(stash.keep("\n".join(lines[start + 1 : end])))
        done = end + 1
    return "\n".join(out + _prose_or_indented_code(lines[done:], stash))


def _closing_fence(lines: list[str], start: int, fence: str) -> int | None:
    for number in range(start, len(lines)):
        bare = lines[number].strip(" \t>")
        if len(bare) >= len(fence) and not bare.strip(fence[0]):
            return number
    return None


def _only_closes(lines: list[str], at: int, info: str) -> bool:
    return not info.strip() and at > 0 and not any(line.strip() for line in lines[at + 1 :])


def _prose_or_indented_code(lines: list[str], stash: Stash) -> list[str]:
    """Indented lines after a blank one are code, unless a list item or the like holds them."""
    out: list[str] = []
    held = False
    after_blank = False
    in_code = False
    for line in lines:
        blank, indented = not line.strip(), line.startswith(("    ", "\t"))
        if (
            indented
            and not held
            and (in_code or (after_blank and not blank and line.lstrip()[0] != "<"))
        ):
            in_code = True
            out.append(stash.keep(line) if not blank else "")
        else:
            in_code = in_code and blank
            held = _holds(line) or (held and (blank or line.startswith((" ", "\t"))))
            out.append(line)
        after_blank = blank
    return out


def _holds(line: str) -> bool:
    rules: tuple[Callable[[str], object], ...] = (
        _BULLET.match,
        _NUMBER.match,
        _ADMONITION.match,
        _FOOTNOTE.match,
        _DEFINITION.match,
    )
    return any(rule(line) for rule in rules)


def _line(line: str) -> str | None:
    """The line without its block marks; None if it was nothing else."""
    quote = _QUOTE.match(line)
    if quote:
        line = _ALERT.sub(lambda found: found[1].capitalize() + ":", line[quote.end() :], count=1)
    if _RULE.match(line) or _MODULE.match(line) or _LINK_TARGET.match(line):
        return None
    if heading := _HEADING.match(line):
        return _HEADING_END.sub("", _ATTRIBUTES.sub("", line[heading.end() :])).strip()
    if "|" in line:
        return _row(line)
    if admonition := _ADMONITION.match(line):
        return admonition[1] + admonition[2].replace('"', "")
    for rule, instead in ((_BULLET, r"\1- "), (_NUMBER, r"\1\2. ")):
        if rule.match(line):
            return rule.sub(instead, line, count=1)
    return _ATTRIBUTES.sub("", _after(_FOOTNOTE, _after(_DEFINITION, line)))


def _after(mark: re.Pattern[str], line: str) -> str:
    """The line without this mark at its beginning."""
    found = mark.match(line)
    return line[found.end() :] if found else line


def _row(line: str) -> str | None:
    if not line.strip("|:- \t"):
        return None
    if not line.lstrip().startswith("|"):
        return line
    return " | ".join(cell.strip() for cell in line.strip().strip("|").split("|"))


def _inline(text: str) -> str:
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", _LINK.sub(r"\1", text))  # twice: the text of a link may be in brackets
    text = _FOOTNOTE_MARK.sub("", _NO_TEXT_LINK.sub("", text))
    text = cut(text, "{%", "%}", lambda tag: " ".join(_QUOTED.findall(tag)))
    text = without_html(_AUTOLINK.sub(r"\1", text))
    if "*" in text:
        for stars in _STARS:
            text = stars.sub(r"\1", text)
    if "_" in text:
        for underscores in _UNDERSCORES:
            text = underscores.sub(r"\1", text)
    return _STRIKE.sub(r"\1", text)
