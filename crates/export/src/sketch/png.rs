//! A picture in pixels: the SVG of a drawing, drawn with the fonts of this machine. It reads those fonts and nothing else.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};

use super::svg::Picture;

/// The longest side, pixels; a larger picture is made smaller.
pub const MOST_SIDE: u32 = 16_000;
/// The most pixels of a picture; a larger one is made smaller.
pub const MOST_PIXELS: u64 = 48_000_000;

/// Why there is no PNG.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// Words cannot be drawn.
    #[error("no fonts were found on this machine, so a PNG would have no words: install a font such as DejaVu Sans, or export as SVG")]
    NoFonts,
    /// The picture could not be read.
    #[error("the picture cannot be drawn in pixels: {0}; export as SVG")]
    Unreadable(String),
}

/// A PNG.
pub struct Pixels {
    /// The file.
    pub bytes: Vec<u8>,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// How much larger than the picture it is; less than was asked for when that would be too large.
    pub scale: f32,
}

/// The machine's fonts, read once, with faces for the two generic families that pictures name.
fn fonts() -> Arc<Database> {
    static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        let has = |family: &str, fonts: &Database| fonts.faces().any(|face| face.families.iter().any(|(name, _)| name == family));
        let first = |families: &[&str], mono: bool, fonts: &Database| {
            let known = families.iter().find(|family| has(family, fonts)).map(|family| (*family).to_owned());
            let other = || fonts.faces().find(|face| face.monospaced == mono).or(fonts.faces().next());
            known.or_else(|| other()?.families.first().map(|(name, _)| name.clone()))
        };
        let sans = ["Segoe UI", "Helvetica Neue", "Inter", "Cantarell", "Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial"];
        let mono = ["SF Mono", "Cascadia Mono", "JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", "Courier New"];
        if let Some(family) = first(&sans, false, &fonts) {
            fonts.set_sans_serif_family(family);
        }
        if let Some(family) = first(&mono, true, &fonts) {
            fonts.set_monospace_family(family);
        }
        Arc::new(fonts)
    });
    Arc::clone(&FONTS)
}

/// Draws a picture `scale` times as large, with this machine's fonts.
pub fn pixels(picture: &Picture, scale: f32) -> Result<Pixels, PngError> {
    drawn(picture, scale, fonts())
}

fn drawn(picture: &Picture, scale: f32, fonts: Arc<Database>) -> Result<Pixels, PngError> {
    if fonts.is_empty() {
        return Err(PngError::NoFonts);
    }
    let unreadable = |reason: &dyn std::fmt::Display| PngError::Unreadable(reason.to_string());
    let (wide, high) = (picture.width.max(1) as f32, picture.height.max(1) as f32);
    let by_area = (MOST_PIXELS as f32 / (wide * high)).sqrt();
    let scale = scale.clamp(0.01, 4.0).min(MOST_SIDE as f32 / wide.max(high)).min(by_area);
    let options = Options { fontdb: fonts, ..Options::default() };
    let tree = Tree::from_str(&picture.svg, &options).map_err(|e| unreadable(&e))?;
    let side = |length: f32| ((length * scale).round() as u32).clamp(1, MOST_SIDE);
    let (width, height) = (side(wide), side(high));
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| unreadable(&"it has no size"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    let bytes = pixmap.encode_png().map_err(|e| unreadable(&e))?;
    Ok(Pixels { bytes, width, height, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        let svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><rect width="{width}" height="{height}" fill="#123456"/></svg>"##
        );
        Picture { svg, width, height, plain: 0 }
    }

    #[test]
    fn a_machine_without_fonts_is_told_so() {
        let error = drawn(&picture(10, 10), 1.0, Arc::new(Database::new())).err().map(|e| e.to_string());
        assert!(error.is_some_and(|text| text.contains("install a font")));
    }

    #[test]
    fn pictures_have_the_size_that_is_asked_for_and_are_bounded() {
        let fonts = fonts();
        if fonts.is_empty() {
            // A machine without fonts makes no PNG at all; the test above says what it says.
            assert!(matches!(pixels(&picture(10, 10), 1.0), Err(PngError::NoFonts)));
            return;
        }
        let twice = pixels(&picture(100, 50), 2.0).unwrap();
        assert_eq!((twice.width, twice.height), (200, 100));
        assert!(twice.bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        let huge = pixels(&picture(120_000, 600), 2.0).unwrap();
        assert!(huge.width <= MOST_SIDE && huge.scale < 1.0);
    }
}
