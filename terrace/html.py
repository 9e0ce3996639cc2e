"""The frame of every page that Terrace shows: one file, its style inside, no script."""

from html import escape


def document(title: str, style: str, body: str) -> str:
    """A page.

    Args:
        title: In plain text.
        style: Rules beside those of every page.
        body: HTML.
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style></head><body>"
        f"<h1>{escape(title)}</h1>{body}</body></html>\n"
    )


_STYLE = """
:root{color-scheme:light dark;--ink:#1c2326;--dim:#6a7478;--line:#d8dee0;--paper:#fff;--was:#8a9499;
--now:#0b6e99;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaec;--dim:#98a3a8;--line:#38424a;--paper:#14191c;
--was:#7b868c;--now:#5ab8e6;--bad:#ff8a80}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem auto;
max-width:1100px;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .6rem}
p{margin:.3rem 0;color:var(--dim)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem .3rem 0;
border-bottom:1px solid var(--line);vertical-align:top}td.n{font-variant-numeric:tabular-nums}
"""
