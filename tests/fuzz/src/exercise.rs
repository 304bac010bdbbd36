//! A pack on disk with one exercise, of which an input takes the place of one file. The other files are the core pack's own lab.

use std::path::PathBuf;

use loadline_content::finding::Finding;
use loadline_content::pack::{Pack, load_pack};

/// The files that stay: path in the pack, text.
const FILES: [(&str, &str); 5] = [
    ("pack.toml", include_str!("../../../content/core/pack.toml")),
    ("knee/exercise.toml", include_str!("../../../content/core/knee/exercise.toml")),
    ("knee/brief.md", include_str!("../../../content/core/knee/brief.md")),
    ("knee/designs/one.json", include_str!("../../../content/core/knee/designs/one.json")),
    ("knee/scenarios/reference.toml", include_str!("../../../content/core/knee/scenarios/reference.toml")),
];

/// A pack in a folder of its own.
pub struct Folder(PathBuf);

impl Folder {
    /// Writes the pack.
    pub fn new() -> Self {
        let folder = Self(std::env::temp_dir().join(format!("loadline-fuzz-pack-{}", std::process::id())));
        for (path, text) in FILES {
            let path = folder.0.join(path);
            std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the temporary folder can be written to");
            std::fs::write(path, text).expect("the temporary folder can be written to");
        }
        for more in ["knee/phases", "knee/dives"] {
            std::fs::create_dir_all(folder.0.join(more)).expect("the temporary folder can be written to");
        }
        folder
    }

    /// The pack with `input` as the file at `path`: in the place of its own, or as one more.
    pub fn with(&self, path: &str, input: &[u8]) -> (Pack, Vec<Finding>) {
        let own = FILES.iter().find(|(own, _)| *own == path).map(|(_, text)| *text);
        let on_disk = self.0.join(path);
        std::fs::write(&on_disk, input).expect("the temporary folder can be written to");
        let read = load_pack(&self.0);
        let undone = own.map_or_else(|| std::fs::remove_file(&on_disk), |text| std::fs::write(&on_disk, text));
        undone.expect("the temporary folder can be written to");
        read
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}
