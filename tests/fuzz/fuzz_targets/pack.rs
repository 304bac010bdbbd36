//! The other files of a pack. The first byte says which: `m` Markdown, `s` an SVG as the diagram renderer might return it, `p` pack.toml,
//! `e` exercise.toml, `b` brief.md, `w` worksheet.toml, `o` sources.toml, `c` cards.toml, `r` rubric.toml, `t` twists.toml, `h` a phase,
//! `v` a dive, and everything else a design. The Mermaid renderer itself is another's, and runs in a process of its own behind a deadline.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loadline_content::diagram::{check_size, clean_svg};
use loadline_content::markdown;
use loadline_fuzz::{exercise, panics};

/// What a text may be shown with.
const TAGS: [&str; 26] = [
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

thread_local! {
    static FOLDER: exercise::Folder = exercise::Folder::new();
}

fuzz_target!(init: panics::end_the_process(None), |input: &[u8]| {
    let Some((kind, input)) = input.split_first() else { return };
    match kind {
        b'm' => std::str::from_utf8(input).map_or((), text),
        b's' => std::str::from_utf8(input).map_or((), picture),
        b'p' => in_pack("pack.toml", input),
        b'e' => in_pack("knee/exercise.toml", input),
        b'b' => in_pack("knee/brief.md", input),
        b'w' => in_pack("knee/worksheet.toml", input),
        b'o' => in_pack("knee/sources.toml", input),
        b'c' => in_pack("knee/cards.toml", input),
        b'r' => in_pack("knee/rubric.toml", input),
        b't' => in_pack("knee/twists.toml", input),
        b'h' => in_pack("knee/phases/requirements.toml", input),
        b'v' => in_pack("knee/dives/a.toml", input),
        _ => in_pack("knee/designs/one.json", input),
    }
});

fn in_pack(path: &str, input: &[u8]) {
    let (pack, _) = FOLDER.with(|folder| folder.with(path, input));
    for worksheet in pack.exercises.iter().filter_map(|exercise| exercise.study.worksheet.as_ref()) {
        // A learner types answers too: the file's last line stands for one.
        let answer = input.rsplit(|byte| *byte == b'\n').next().map(String::from_utf8_lossy).unwrap_or_default();
        worksheet.grade(&worksheet.quantities.iter().map(|quantity| (quantity.id.clone(), answer.clone().into_owned())).collect());
    }
}

fn text(markdown: &str) {
    let document = markdown::render("knee/brief.md", markdown, &|path| path == "knee/notes.md", &mut Vec::new());
    for tag in document.html.split('<').skip(1) {
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(TAGS.contains(&name.as_str()), "<{name}> in {}", document.html);
    }
    for link in document.html.split("<a href=\"").skip(1) {
        let scheme =
            link.split(['"', '/', '#', '?']).next().unwrap_or_default().split_once(':').map_or("", |(scheme, _)| scheme).to_lowercase();
        assert!(["", "http", "https", "mailto"].contains(&scheme.as_str()), "a link to {scheme}: in {}", document.html);
    }
    for diagram in &document.diagrams {
        // Refused or not, it is only counted.
        let _ = check_size(&diagram.source);
    }
}

fn picture(svg: &str) {
    let Ok(clean) = clean_svg(svg) else { return };
    for element in clean.split('<').skip(1) {
        let name: String = element.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!["script", "style", "foreignObject", "image", "use", "a", "iframe", "animate", "set"].contains(&name.as_str()), "{clean}");
    }
    assert_eq!(clean_svg(&clean).as_ref(), Ok(&clean), "what is clean stays as it is");
}
