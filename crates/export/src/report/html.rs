//! The document as one HTML file: styles inline, no scripts, nothing fetched. Everything that came from a report is escaped, and a policy in the
//! file forbids all but its own styles, should something be missed.

use std::fmt::Write;

use super::content::{Block, Cell, Document, Table};
use super::picture;
use super::words::clean;

/// Colours as in the window; figures in columns line up.
const STYLE: &str = "
:root{color-scheme:light dark;--ink:#16222b;--ink-2:#43525c;--ink-3:#5b6a74;--bg:#fff;--surface:#fafbfb;--line:#d3dade;--strong:#aab5bc;--pred:#8b1f63;--over:#b3261e;--fill:#4a7591;--busy:#b26a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6ecef;--ink-2:#b8c3ca;--ink-3:#95a3ac;--bg:#12181c;--surface:#182025;--line:#2c373e;--strong:#485761;--pred:#e58bc0;--over:#ff8a80;--fill:#7aa9c7;--busy:#e0a23c}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:14px/20px -apple-system,'Segoe UI',Inter,Cantarell,'Noto Sans','DejaVu Sans',sans-serif;overflow-wrap:anywhere}
main{max-width:1040px;margin:0 auto;padding:32px 24px 48px}
h1{margin:0 0 8px;font-size:24px;line-height:32px}
h2{margin:32px 0 8px;padding-top:20px;border-top:1px solid var(--line);font-size:17px;line-height:24px}
h3{margin:16px 0 4px;font-size:14px}
p{margin:6px 0;max-width:80ch}
dl{display:flex;flex-wrap:wrap;gap:4px 24px;margin:8px 0 0}
dl div{display:flex;gap:6px}
dt{color:var(--ink-3)}
dd{margin:0}
.wide{overflow-x:auto}
table{width:100%;margin:8px 0;border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--ink-3);font-weight:500;font-size:12px;border-bottom-color:var(--strong);white-space:nowrap}
.n{text-align:right;white-space:nowrap}
tr>:last-child{padding-right:0}
.s{font-weight:600;color:var(--over)}
blockquote{margin:8px 0;padding:6px 14px;border-left:3px solid var(--pred);background:var(--surface);white-space:pre-wrap;max-width:80ch}
.by{margin:12px 0 0;color:var(--ink-3);font-size:12px}
svg{display:block;max-width:100%;height:auto}
svg text{fill:var(--ink-2);font-size:12px}
td svg{display:inline-block;vertical-align:middle;margin-right:8px}
.grid{stroke:var(--line);fill:none}
.c0,.c1,.c2,.c3{fill:none;stroke-width:2}
.c0{stroke:var(--fill)}.c1{stroke:var(--pred)}.c2{stroke:var(--busy)}.c3{stroke:var(--ink-3)}
.bar{fill:var(--fill)}.rest{fill:var(--line)}
.box{fill:var(--surface);stroke:var(--strong)}.busy{stroke:var(--busy);stroke-width:2}.over{stroke:var(--over);stroke-width:3}
.link{fill:none;stroke:var(--strong)}
svg .dim{fill:var(--ink-3)}
footer{margin-top:32px;padding-top:12px;border-top:1px solid var(--line);color:var(--ink-3);font-size:12px}
@media print{main{max-width:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}}
";

pub(super) fn text(document: &Document<'_>) -> String {
    let title = escaped(&document.title);
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    // Writing into a String cannot fail.
    let _ = writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
    let _ = writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    let _ = writeln!(out, "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<dl>");
    for (what, value) in &document.facts {
        let _ = writeln!(out, "<div><dt>{what}</dt><dd>{}</dd></div>", escaped(value));
    }
    out.push_str("</dl>\n");
    for section in &document.sections {
        let _ = writeln!(out, "<section>\n<h2>{}</h2>", section.title);
        for block in &section.blocks {
            self::block(block, &mut out);
        }
        out.push_str("</section>\n");
    }
    out.push_str("<footer>● measured in this run, ○ modelled by a formula, ◌ assumed with a source. Written by Loadline.</footer>\n");
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn block(block: &Block<'_>, out: &mut String) {
    match block {
        Block::Heading(text) => out.push_str(&format!("<h3>{}</h3>\n", escaped(text))),
        Block::Text(text) => out.push_str(&format!("<p>{}</p>\n", escaped(text))),
        Block::Quote(title, text) => {
            let lines: Vec<String> = text.lines().map(escaped).collect();
            out.push_str(&format!("<p class=\"by\">{title}</p>\n<blockquote>{}</blockquote>\n", lines.join("\n")));
        }
        Block::Table(table) => self::table(table, out),
        Block::Curves(curves) => picture::curves(curves, out),
        Block::Drawing(sketch, report) => picture::drawing(sketch, report, out),
    }
}

fn table(table: &Table<'_>, out: &mut String) {
    let class = |number: bool| if number { " class=\"n\"" } else { "" };
    out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for (title, number) in &table.head {
        out.push_str(&format!("<th scope=\"col\"{}>{title}</th>", class(*number)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (cell, (_, number)) in row.iter().zip(&table.head) {
            let text = escaped(cell.text());
            out.push_str(&match cell {
                Cell::Strong(_) => format!("<td class=\"{}s\">{text}</td>", if *number { "n " } else { "" }),
                Cell::Bar(share, _) => format!("<td class=\"n\">{}{text}</td>", picture::bar(*share)),
                Cell::Given(_) | Cell::Made(_) => format!("<td{}>{text}</td>", class(*number)),
            });
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// Text that is only text, in an element and in an attribute between quotes.
pub(super) fn escaped(text: &str) -> String {
    let clean = clean(text);
    let mut out = String::with_capacity(clean.len() + 8);
    for c in clean.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
