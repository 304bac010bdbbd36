//! Markdown of a pack to HTML that is safe to show: raw HTML is left out, nothing remote is loaded, Mermaid blocks become placeholders
//! (`<figure data-diagram="HASH">`). pulldown-cmark writes the HTML and ammonia keeps only what is allowed; neither is trusted alone.

use std::collections::{HashMap, HashSet};

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};
use serde::Serialize;

use crate::diagram::hash;
use crate::finding::{Finding, quoted};

/// Text longer than this is not rendered, bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Lists and quotations deeper than this are not rendered.
pub const MAX_DEPTH: usize = 24;
/// Diagrams in one text.
pub const MAX_DIAGRAMS: usize = 32;

/// A text, safe to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Sanitised HTML.
    pub html: String,
    /// The Mermaid blocks behind its placeholders, in reading order.
    pub diagrams: Vec<DiagramRef>,
}

/// A Mermaid block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiagramRef {
    /// SHA-256 of the source in hex: the placeholder's `data-diagram`.
    pub hash: String,
    /// Mermaid.
    pub source: String,
    /// 1-based line of the block in the file.
    pub line: u32,
}

/// Renders `text` of the file at `path` in the pack. `exists` tells whether another path of the pack does.
pub fn render(path: &str, text: &str, exists: &dyn Fn(&str) -> bool, findings: &mut Vec<Finding>) -> Document {
    if text.len() > MAX_BYTES {
        let message = format!("More than {} KB of Markdown.", MAX_BYTES >> 10);
        findings.push(Finding::error(path, None, message, "Split the text."));
        return Document::default();
    }
    let mut walk = Walk { path, exists, findings, diagrams: Vec::new(), depth: 0, in_diagram: None, image_depth: 0 };
    let line_ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut kept = Vec::new();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        let line = line_ends.partition_point(|end| *end < range.start) as u32 + 1;
        if walk.depth > MAX_DEPTH {
            let message = format!("Lists or quotations more than {MAX_DEPTH} deep.");
            walk.findings.push(Finding::error(path, Some(line), message, "Flatten the text."));
            return Document::default();
        }
        kept.extend(walk.event(event, line));
    }
    let diagrams = walk.diagrams;
    let mut unsafe_html = String::new();
    html::push_html(&mut unsafe_html, kept.into_iter());
    // Table alignment comes as a style, which is not let through: our own class takes its place.
    for side in ["left", "center", "right"] {
        unsafe_html = unsafe_html.replace(&format!(" style=\"text-align: {side}\""), &format!(" class=\"{side}\""));
    }
    Document { html: sanitise(&unsafe_html), diagrams }
}

struct Walk<'a> {
    path: &'a str,
    exists: &'a dyn Fn(&str) -> bool,
    findings: &'a mut Vec<Finding>,
    diagrams: Vec<DiagramRef>,
    depth: usize,
    /// Source so far and line, inside a Mermaid block.
    in_diagram: Option<(String, u32)>,
    image_depth: usize,
}

impl Walk<'_> {
    fn event<'e>(&mut self, event: Event<'e>, line: u32) -> Option<Event<'e>> {
        match &event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if let Some((source, at)) = &mut self.in_diagram {
            if let Event::Text(text) = &event {
                source.push_str(text);
            }
            if !matches!(event, Event::End(TagEnd::CodeBlock)) {
                return None;
            }
            let (source, at) = (std::mem::take(source), *at);
            self.in_diagram = None;
            return self.diagram(source, at);
        }
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if info.split_whitespace().next() == Some("mermaid") => {
                self.in_diagram = Some((String::new(), line));
                None
            }
            Event::Html(_) | Event::InlineHtml(_) => {
                // A block comes line by line: one finding for each run of lines is enough.
                let message = "Raw HTML is left out.";
                self.findings.push(Finding::warning(self.path, Some(line), message, "Write it in Markdown."));
                None
            }
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => None,
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.image_depth += 1;
                self.image(&dest_url, line);
                None
            }
            Event::End(TagEnd::Image) => {
                self.image_depth = self.image_depth.saturating_sub(1);
                None
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                // A link that is not let through keeps its text; ammonia drops the empty address.
                let dest_url = if self.link(&dest_url, line) { dest_url } else { CowStr::Borrowed("") };
                Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
            }
            other => Some(other),
        }
    }

    fn diagram<'e>(&mut self, source: String, line: u32) -> Option<Event<'e>> {
        if self.diagrams.len() >= MAX_DIAGRAMS {
            let message = format!("More than {MAX_DIAGRAMS} diagrams: this one is left out.");
            self.findings.push(Finding::error(self.path, Some(line), message, "Split the text."));
            return None;
        }
        let hash = hash(&source);
        let figure = format!("<figure data-diagram=\"{hash}\"></figure>\n");
        self.diagrams.push(DiagramRef { hash, source, line });
        Some(Event::Html(figure.into()))
    }

    fn image(&mut self, address: &str, line: u32) {
        let (message, remedy) = if is_remote(address) {
            (format!("A remote image, {}: nothing is loaded from elsewhere.", quoted(address)), "Describe it, or draw it in Mermaid.")
        } else {
            (format!("An image, {}: images are not shown, its text is.", quoted(address)), "Describe it, or draw it in Mermaid.")
        };
        self.findings.push(Finding::warning(self.path, Some(line), message, remedy));
    }

    /// True when the link may stay.
    fn link(&mut self, address: &str, line: u32) -> bool {
        if address.is_empty() || address.starts_with('#') {
            return true;
        }
        if let Some((scheme, _)) = address.split_once(':') {
            if ["http", "https", "mailto"].contains(&scheme.to_ascii_lowercase().as_str()) {
                return true;
            }
            let message = format!("A link to {}: only http, https and mailto are opened.", quoted(address));
            self.findings.push(Finding::error(self.path, Some(line), message, "Correct the address."));
            return false;
        }
        let target = resolve(self.path, address);
        if target.as_deref().is_some_and(self.exists) {
            return true;
        }
        let message = format!("A link to {}, which is not in the pack.", quoted(address));
        self.findings.push(Finding::error(self.path, Some(line), message, "Correct the path, or add the file."));
        false
    }
}

fn is_remote(address: &str) -> bool {
    address.contains(':') || address.starts_with("//") || address.starts_with("\\\\")
}

/// Path in the pack that a relative address means; `None` when it leads out.
fn resolve(from: &str, address: &str) -> Option<String> {
    let address = address.split(['#', '?']).next().unwrap_or_default();
    if address.starts_with('/') || address.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in address.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn sanitise(html: &str) -> String {
    let tags = [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "del",
        "code",
        "pre",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "hr",
        "br",
        "a",
        "figure",
    ];
    let sides = HashSet::from(["left", "center", "right"]);
    ammonia::Builder::empty()
        .tags(HashSet::from(tags))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("figure", HashSet::from(["data-diagram"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .allowed_classes(HashMap::from([("th", sides.clone()), ("td", sides)]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .strip_comments(true)
        .clean(html)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, html: &str, findings: &[(u32, &str)]) -> Document {
        let mut found = Vec::new();
        let document = render("twitter/brief.md", markdown, &|path| path == "twitter/notes.md", &mut found);
        assert_eq!(document.html, html);
        let found: Vec<(u32, &str)> = found.iter().map(|f| (f.line.unwrap_or(0), f.message.as_str())).collect();
        assert_eq!(found, findings);
        document
    }

    #[test]
    fn plain_text_and_tables() {
        check("# A\n\n*b* `c`", "<h1>A</h1>\n<p><em>b</em> <code>c</code></p>\n", &[]);
        let table = "<table><thead><tr><th>a</th><th class=\"right\">b</th></tr></thead><tbody>\n<tr><td>1</td><td class=\"right\">2</td></tr>\n</tbody></table>\n";
        check("| a | b |\n|---|--:|\n| 1 | 2 |\n", table, &[]);
    }

    #[test]
    fn hostile_html_is_left_out() {
        let raw = "Raw HTML is left out.";
        check("a <b onclick=x>c</b> <script>alert(1)</script>", "<p>a c alert(1)</p>\n", &[(1, raw), (1, raw), (1, raw), (1, raw)]);
        check("x\n\n<iframe src=//e></iframe>\n\ny", "<p>x</p>\n<p>y</p>\n", &[(3, raw)]);
        check("<figure data-diagram=\"0\"></figure>", "", &[(1, raw)]);
    }

    #[test]
    fn links() {
        let a = "<p><a href=\"https://example.org/\" rel=\"noopener noreferrer\">a</a></p>\n";
        check("[a](https://example.org/)", a, &[]);
        check("[a](notes.md#x)", "<p><a href=\"notes.md#x\" rel=\"noopener noreferrer\">a</a></p>\n", &[]);
        let gone = "<p><a href=\"\" rel=\"noopener noreferrer\">a</a></p>\n";
        check("[a](../../../etc/passwd)", gone, &[(1, "A link to `../../../etc/passwd`, which is not in the pack.")]);
        check("x\n\n[a](gone.md)", &format!("<p>x</p>\n{gone}"), &[(3, "A link to `gone.md`, which is not in the pack.")]);
        check("[a](JavaScript:alert(1))", gone, &[(1, "A link to `JavaScript:alert(1)`: only http, https and mailto are opened.")]);
    }

    #[test]
    fn images_become_their_text() {
        let remote = "A remote image, `https://e.org/x.png`: nothing is loaded from elsewhere.";
        check("![a *cat*](https://e.org/x.png)", "<p>a <em>cat</em></p>\n", &[(1, remote)]);
        check(
            "![a](data:image/svg+xml;base64,x)",
            "<p>a</p>\n",
            &[(1, "A remote image, `data:image/svg+xml;base64,x`: nothing is loaded from elsewhere.")],
        );
    }

    #[test]
    fn mermaid_becomes_a_placeholder() {
        let hash = crate::diagram::hash("flowchart LR\n  a --> b\n");
        let html = format!("<p>x</p>\n<figure data-diagram=\"{hash}\"></figure>\n");
        let document = check("x\n\n```mermaid\nflowchart LR\n  a --> b\n```\n", &html, &[]);
        assert_eq!(document.diagrams, [DiagramRef { hash, source: "flowchart LR\n  a --> b\n".into(), line: 3 }]);
    }

    #[test]
    fn too_deep_or_too_long_is_refused() {
        check(&"> ".repeat(100_000), "", &[(1, "Lists or quotations more than 24 deep.")]);
        check(&"x".repeat(MAX_BYTES + 1), "", &[(0, "More than 256 KB of Markdown.")]);
        let many = render("b.md", &"```mermaid\nx\n```\n".repeat(40), &|_| false, &mut Vec::new());
        assert_eq!(many.diagrams.len(), MAX_DIAGRAMS);
    }
}
