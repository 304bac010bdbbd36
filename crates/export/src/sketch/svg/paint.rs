//! Colours and icons of a picture: the window's tokens and shapes, as constants. A test holds the colours to `ui/src/tokens.css`.

use loadline_model::catalog::Kind;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Theme {
    Light,
    Dark,
}

/// Colours by the names of the window's tokens.
pub(super) struct Paint {
    pub(super) canvas: &'static str,
    pub(super) surface: &'static str,
    pub(super) ink: &'static str,
    pub(super) ink_2: &'static str,
    pub(super) ink_3: &'static str,
    pub(super) line_strong: &'static str,
    pub(super) line_control: &'static str,
    pub(super) edge: &'static str,
}

impl Theme {
    pub(super) fn paint(self) -> &'static Paint {
        match self {
            Self::Light => &Paint {
                canvas: "#edf0f2",
                surface: "#ffffff",
                ink: "#12181c",
                ink_2: "#414d56",
                ink_3: "#57636c",
                line_strong: "#aab5bc",
                line_control: "#7e8b94",
                edge: "#75838d",
            },
            Self::Dark => &Paint {
                canvas: "#111518",
                surface: "#20272c",
                ink: "#e8edf0",
                ink_2: "#b7c2c9",
                ink_3: "#94a1aa",
                line_strong: "#49555e",
                line_control: "#6c7a84",
                edge: "#5f6d77",
            },
        }
    }
}

/// Strokes of a role's icon on a grid of 16, as the window draws it.
pub(super) fn icon(kind: Option<Kind>, role: &str) -> &'static str {
    match kind {
        Some(Kind::Client) => r#"<rect x="2" y="3" width="12" height="8" rx="1"/><path d="M5.5 13.5h5M8 11v2.5"/>"#,
        Some(Kind::LoadBalancer) => {
            r#"<circle cx="3.25" cy="8" r="1.25"/><path d="M4.5 8h8.25M7.5 8V3.5h5.25M7.5 8v4.5h5.25"/><path d="m11.5 2 1.5 1.5L11.5 5M11.5 6.5 13 8l-1.5 1.5M11.5 11l1.5 1.5-1.5 1.5"/>"#
        }
        Some(Kind::ApiGateway) => r#"<path d="M3 13.5v-8a5 5 0 0 1 10 0v8M1.5 13.5h3M11.5 13.5h3"/><path d="M8 7v6.5M6 9l2-2 2 2"/>"#,
        Some(Kind::Worker) => r#"<path d="M13.25 8.5A5.25 5.25 0 1 1 11.5 4"/><path d="M11.75 1.5V4.25H9M8 5.25V8.25l2 1.25"/>"#,
        Some(Kind::Kv) => {
            r#"<rect x="2" y="3" width="4" height="4"/><rect x="2" y="9" width="4" height="4"/><path d="M8.5 5H14M8.5 11H14"/>"#
        }
        Some(Kind::Sql) if role.contains("replica") => {
            r#"<ellipse cx="6.5" cy="6" rx="4.5" ry="1.75"/><path d="M2 6v6.25c0 1 2 1.75 4.5 1.75s4.5-.75 4.5-1.75V6M5 2.75C5.8 2.25 7.3 2 9 2c2.75 0 5 .8 5 1.75V10"/>"#
        }
        Some(Kind::Sql) => {
            r#"<ellipse cx="8" cy="4" rx="5" ry="2"/><path d="M3 4v8c0 1.1 2.25 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.25 2 5 2s5-.9 5-2"/>"#
        }
        Some(Kind::Log) => r#"<rect x="1.5" y="5" width="9" height="6"/><path d="M4.5 5v6M7.5 5v6M12 5.5 14.5 8 12 10.5"/>"#,
        Some(Kind::EdgeCache) => {
            r#"<circle cx="8" cy="8" r="5.75"/><path d="M2.25 8h11.5M8 2.25c-3.3 3.3-3.3 8.2 0 11.5M8 2.25c3.3 3.3 3.3 8.2 0 11.5"/>"#
        }
        Some(Kind::ObjectStore) => r#"<path d="M2.5 4.5h11l-1.25 9h-8.5z"/><path d="M2.5 4.5C2.5 3 5 2.25 8 2.25s5.5.75 5.5 2.25"/>"#,
        Some(Kind::Search) => r#"<circle cx="7" cy="7" r="4.25"/><path d="m10.2 10.2 3.3 3.3"/>"#,
        Some(Kind::WebsocketGateway) => r#"<path d="M4.5 2.5 2 5l2.5 2.5M2 5h11M11.5 8.5 14 11l-2.5 2.5M14 11H3"/>"#,
        Some(Kind::Service) | None => r#"<rect x="2" y="2.5" width="12" height="11" rx="1.5"/><path d="m6.5 6-2 2 2 2M9.5 6l2 2-2 2"/>"#,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_the_windows() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/tokens.css");
        let css = std::fs::read_to_string(path).unwrap();
        let (light, dark) = css.split_once(":root[data-theme='dark']").unwrap();
        for (theme, text) in [(Theme::Light, light), (Theme::Dark, dark)] {
            let paint = theme.paint();
            for (token, colour) in [
                ("bg-canvas", paint.canvas),
                ("bg-surface", paint.surface),
                ("ink", paint.ink),
                ("ink-2", paint.ink_2),
                ("ink-3", paint.ink_3),
                ("line-strong", paint.line_strong),
                ("line-control", paint.line_control),
                ("edge", paint.edge),
            ] {
                assert!(text.contains(&format!("--{token}: {colour};")), "{theme:?} {token} is not {colour}");
            }
        }
    }

    #[test]
    fn icons_are_the_windows() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/parts/icons.tsx");
        let shapes = std::fs::read_to_string(path).unwrap();
        for role in loadline_model::catalog::roles() {
            for part in icon(Some(role.kind), role.id).split(r#"d=""#).skip(1) {
                let strokes = part.split('"').next().unwrap();
                assert!(shapes.contains(strokes), "{}: {strokes}", role.id);
            }
        }
    }
}
