//! What of an SVG is let through: shapes, text and gradients of our own list, with attributes of our own list, written anew. Not a general
//! sanitiser: what is not known is left out, and what is not well formed is refused.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{DiagramError, MAX_SVG_BYTES};

const ELEMENTS: [&str; 19] = [
    "svg",
    "g",
    "defs",
    "marker",
    "rect",
    "path",
    "line",
    "polyline",
    "polygon",
    "circle",
    "ellipse",
    "text",
    "tspan",
    "title",
    "desc",
    "linearGradient",
    "stop",
    "clipPath",
    "symbol",
];
/// Left out with everything inside; anything else that is not in the list loses only its own tags.
const DROPPED: [&str; 12] = [
    "script",
    "style",
    "foreignObject",
    "image",
    "use",
    "iframe",
    "animate",
    "animateMotion",
    "animateTransform",
    "set",
    "metadata",
    "filter",
];
const ATTRIBUTES: [&str; 55] = [
    "id",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "dx",
    "dy",
    "d",
    "points",
    "width",
    "height",
    "viewBox",
    "transform",
    "preserveAspectRatio",
    "fill",
    "fill-opacity",
    "fill-rule",
    "clip-rule",
    "clip-path",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "opacity",
    "font-size",
    "font-family",
    "font-weight",
    "font-style",
    "text-anchor",
    "dominant-baseline",
    "alignment-baseline",
    "textLength",
    "lengthAdjust",
    "marker-start",
    "marker-end",
    "markerWidth",
    "markerHeight",
    "markerUnits",
    "orient",
    "refX",
    "refY",
    "offset",
    "stop-color",
    "stop-opacity",
    "gradientUnits",
    "gradientTransform",
];
/// Properties of a `style` attribute that become attributes.
const STYLES: [&str; 8] = ["text-anchor", "font-size", "font-weight", "font-family", "fill", "stroke", "stroke-width", "stroke-dasharray"];
const MAX_DEPTH: usize = 64;
const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// The same picture with nothing in it that runs, loads or links.
pub fn clean_svg(svg: &str) -> Result<String, DiagramError> {
    if svg.len() > MAX_SVG_BYTES {
        return Err(DiagramError::TooLarge { what: "bytes of SVG", count: svg.len(), limit: MAX_SVG_BYTES });
    }
    let malformed = |reason: &dyn std::fmt::Display| DiagramError::Svg(reason.to_string().chars().take(200).collect());
    let mut reader = Reader::from_str(svg);
    let mut out = String::with_capacity(svg.len());
    // For each open element, whether its tag was written; `hidden` counts open elements from a dropped one on.
    let mut open: Vec<bool> = Vec::new();
    let mut hidden = 0_usize;
    let mut complete = false;
    loop {
        let event = reader.read_event().map_err(|error| malformed(&error))?;
        match event {
            Event::Start(tag) | Event::Empty(tag) if complete || (open.is_empty() && tag.name().as_ref() != "svg") => {
                return Err(DiagramError::Svg(format!("it begins with {:?}", tag.name().as_ref())));
            }
            Event::Start(tag) => {
                if open.len() >= MAX_DEPTH {
                    return Err(DiagramError::TooLarge { what: "elements in each other", count: open.len() + 1, limit: MAX_DEPTH });
                }
                let written = hidden == 0 && write_tag(&tag, open.is_empty(), false, &mut out).map_err(|e| malformed(&e))?;
                if hidden > 0 || is_dropped(&tag) {
                    hidden += 1;
                }
                open.push(written);
            }
            Event::Empty(tag) => {
                if hidden == 0 {
                    write_tag(&tag, open.is_empty(), true, &mut out).map_err(|e| malformed(&e))?;
                }
                complete |= open.is_empty();
            }
            Event::End(tag) => {
                hidden = hidden.saturating_sub(1);
                if open.pop() == Some(true) {
                    out.push_str("</");
                    out.push_str(tag.name().as_ref());
                    out.push('>');
                }
                complete |= open.is_empty();
            }
            Event::Text(text) if hidden == 0 && !open.is_empty() => escape(&text.xml10_content(), &mut out),
            Event::CData(text) if hidden == 0 && !open.is_empty() => escape(&text.xml10_content(), &mut out),
            Event::GeneralRef(reference) if hidden == 0 && !open.is_empty() => {
                let named = match reference.xml10_content().as_ref() {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().map_err(|error| malformed(&error))?,
                };
                match named {
                    Some(character) => escape(character.encode_utf8(&mut [0; 4]), &mut out),
                    None => return Err(DiagramError::Svg("an unknown entity".into())),
                }
            }
            Event::DocType(_) => return Err(DiagramError::Svg("a document type declaration".into())),
            Event::Eof => break,
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if complete && open.is_empty() { Ok(out) } else { Err(DiagramError::Svg("it ends too early".into())) }
}

fn is_dropped(tag: &BytesStart<'_>) -> bool {
    let name = tag.name();
    let local = tag.local_name();
    // An element of another namespace goes with everything inside.
    name.as_ref() != local.as_ref() || DROPPED.iter().any(|dropped| dropped.eq_ignore_ascii_case(local.as_ref()))
}

/// Writes an allowed tag with its allowed attributes; false when the tag is not let through.
fn write_tag(tag: &BytesStart<'_>, root: bool, empty: bool, out: &mut String) -> Result<bool, quick_xml::Error> {
    let name = tag.name();
    let Some(name) = ELEMENTS.iter().find(|known| **known == name.as_ref()) else { return Ok(false) };
    out.push('<');
    out.push_str(name);
    if root {
        out.push_str(&format!(" xmlns=\"{NAMESPACE}\""));
    }
    let mut written: Vec<&str> = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(quick_xml::Error::from)?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        if attribute.key.as_ref() == "style" {
            for (property, value) in value.split(';').filter_map(|declaration| declaration.split_once(':')) {
                if let Some(property) = STYLES.iter().find(|known| **known == property.trim())
                    && !written.contains(property)
                    && is_harmless(value)
                {
                    write_attribute(property, value.trim(), out);
                    written.push(property);
                }
            }
        } else if let Some(key) = ATTRIBUTES.iter().find(|known| **known == attribute.key.as_ref())
            && !written.contains(key)
            && is_harmless(&value)
        {
            write_attribute(key, &value, out);
            written.push(key);
        }
    }
    out.push_str(if empty { "/>" } else { ">" });
    Ok(true)
}

fn write_attribute(key: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(key);
    out.push_str("=\"");
    escape(value, out);
    out.push('"');
}

/// Numbers, colours, names, transforms, and `url(#...)` within the picture; no other address and no script.
fn is_harmless(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "#.,-+%()_'\"".contains(c);
    if !value.chars().all(plain) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let addresses = lower.matches("url").count();
    addresses == lower.matches("url(#").count() && !lower.contains("expression") && !lower.contains("script")
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && !matches!(c, '\n' | '\t' | '\r') => {}
            c => out.push(c),
        }
    }
}
