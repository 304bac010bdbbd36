//! Tests of packs: the built-in one is clean, a broken one is found out with file and line, a hostile one gets nowhere.

use std::time::Duration;

use super::*;
use loadline_model::diagnostic::Severity;

const PACK: &str = "id = \"p\"\ntitle = \"P\"\nversion = \"1\"\nsummary = \"s\"\n";
const EXERCISE: &str = r#"id = "ex"
kind = "lab"
title = "T"
subtitle = "S"
question = "Q?"
minutes = 5
reference = "a"
scenario = "reference"
[[design]]
name = "a"
title = "A"
summary = "s"
order = "good"
"#;
const SKETCH: &str = r#"{"format": 1, "title": "A", "components": [
  {"id": "client", "role": "client", "name": "C", "at": [0, 0]},
  {"id": "service", "role": "work", "name": "S", "at": [0, 0]}],
  "links": [
  {"from": "client", "to": "service", "port": "entry"}]}
"#;
const SCENARIO: &str = r#"name = "reference"
title = "R"
summary = "s"
[population]
users = 100
modelled_users = 10
follows_mean = 1.0
popularity_exponent = 0.5
tweets_each = 0
source = "assumed"
[[operation]]
name = "work"
label = "W"
role = "work"
operation = "work"
method = "GET"
path = "/work"
per_s = 50
deadline_ms = 100
source = "assumed"
[[target]]
figure = "work.p99_ms"
label = "p99"
at_most = 100
unit = "ms"
[run]
shape = "stress"
duration_s = 10
warmup_s = 1
seed = 7
"#;

/// A pack in memory, with some files replaced or (empty text) taken away.
#[track_caller]
fn load_with(changes: &[(&str, &str)]) -> (Pack, Vec<String>) {
    let sound = [
        ("pack.toml", PACK),
        ("ex/exercise.toml", EXERCISE),
        ("ex/brief.md", "Brief.\n"),
        ("ex/scenarios/reference.toml", SCENARIO),
        ("ex/designs/a.json", SKETCH),
    ];
    let mut files: Files = sound.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    for (path, text) in changes {
        if text.is_empty() {
            files.remove(*path);
        } else {
            files.insert((*path).to_owned(), (*text).to_owned());
        }
    }
    let mut findings = Vec::new();
    let pack = read(&files, &mut findings);
    findings.sort();
    (pack, findings.iter().map(Finding::to_string).collect())
}

/// Replaces one piece of a file; the findings must contain each of `expected`.
#[track_caller]
fn check(path: &str, sound: &str, from: &str, to: &str, expected: &[&str]) {
    assert!(sound.contains(from), "{from} is in {path}");
    let (_, findings) = load_with(&[(path, &sound.replacen(from, to, 1))]);
    for wanted in expected {
        assert!(findings.iter().any(|found| found.starts_with(wanted)), "wanted {wanted}, found {findings:#?}");
    }
}

#[test]
fn the_built_in_pack_is_clean() {
    let findings = lint(&Source::Embedded, &|source| crate::diagram::render_in_process(source, Duration::from_secs(120)));
    assert_eq!(findings, []);
    let (pack, _) = load(&Source::Embedded);
    let ids: Vec<&str> = pack.exercises.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["knee", "twitter"]);
    let twitter = pack.exercise("twitter").unwrap();
    let orders: Vec<(&str, Order, bool)> = twitter.designs.iter().map(|d| (d.name.as_str(), d.order, d.shut)).collect();
    assert_eq!(orders, [("naive", Order::Naive, false), ("good", Order::Good, true), ("better", Order::Better, true)]);
    let diagram = &twitter.brief.diagrams[0];
    assert!(twitter.brief.html.contains(&diagram.hash));
    assert_eq!(pack.diagram_source(&diagram.hash), Some(diagram.source.as_str()));
}

#[test]
fn the_folder_and_the_binary_hold_the_same_pack() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/core");
    let (from_folder, findings) = load_pack(&folder);
    assert_eq!(findings, []);
    let (embedded, _) = load(&Source::Embedded);
    assert_eq!(format!("{from_folder:?}"), format!("{embedded:?}"));
}

#[test]
fn a_sound_pack_has_no_findings() {
    let (pack, findings) = load_with(&[]);
    assert_eq!(findings, Vec::<String>::new());
    let exercise = pack.exercise("ex").unwrap();
    assert_eq!(exercise.default_scenario().unwrap().total_per_s(), 50.0);
    assert_eq!(exercise.design("a").unwrap().sketch.components.len(), 2);
}

#[test]
fn toml_errors_have_a_line() {
    check("pack.toml", PACK, "version = \"1\"", "version = 1", &["pack.toml:3: error: invalid type: integer `1`, expected a string."]);
    check("pack.toml", PACK, "\"P\"\n", "\"P\n", &["pack.toml:2: error: "]);
    check("pack.toml", PACK, "\"p\"", "\"../p\"", &["pack.toml:1: error: `../p` cannot be an id."]);
    let exercise = "ex/exercise.toml";
    check(exercise, EXERCISE, "minutes = 5", "minutes = -5", &["ex/exercise.toml:6: error: invalid value: integer `-5`"]);
    check(exercise, EXERCISE, "order = \"good\"", "order = \"best\"", &["ex/exercise.toml:13: error: unknown variant `best`"]);
    check(exercise, EXERCISE, "minutes = 5", "minutes = 5\nstars = 3", &["ex/exercise.toml:7: error: unknown field `stars`"]);
    check(exercise, EXERCISE, "\"ex\"", "\"other\"", &["ex/exercise.toml:1: error: The id is `other`, the folder `ex`."]);
    check(exercise, EXERCISE, "reference = \"a\"", "reference = \"b\"", &["ex/exercise.toml:7: error: reference: there is no usable `b`"]);
    // Cut anywhere, a file is an error with a line, or still sound; never a panic.
    for end in 0..EXERCISE.len() {
        load_with(&[(exercise, &EXERCISE[..end])]);
    }
    for end in 0..SCENARIO.len() {
        load_with(&[("ex/scenarios/reference.toml", &SCENARIO[..end])]);
    }
}

#[test]
fn scenarios_are_checked() {
    let path = "ex/scenarios/reference.toml";
    let cases = [
        ("per_s = 50", "per_s = 0", "18: error: per_s is 0"),
        ("per_s = 50", "per_s = nan", "18: error: per_s is NaN"),
        ("role = \"work\"", "role = \"teapot\"", "14: error: Role `teapot` is not known."),
        ("operation = \"work\"", "operation = \"brew\"", "15: error: Plain service has no operation `brew`; it has work."),
        ("\"/work\"", "\"/feed\"", "17: error: Nothing routes `/feed` to Plain service"),
        ("\"/work\"", "\"/work/{everything}\"", "17: error: {everything} is not a variable of the path."),
        ("\"/work\"", "\"/work HTTP/1.1\\r\\nX: y\"", "17: error: The path has a space"),
        ("\"GET\"", "\"BREW\"", "16: error: Method `BREW`."),
        ("\"/work\"", "\"/work\"\nbody = \"{user\"", "18: error: The body is not JSON"),
        ("source = \"assumed\"\n[[operation]]", "source = \"\"\n[[operation]]", "10: error: source is empty."),
        ("work.p99_ms", "work.p42_ms", "22: error: There is no figure `work.p42_ms`."),
        ("unit = \"ms\"", "unit = \"s\"", "25: error: `work.p99_ms` is in ms, not `s`."),
        ("modelled_users = 10", "modelled_users = 2000000", "6: error: modelled_users is 2000000"),
        (
            "modelled_users = 10\nfollows_mean = 1.0",
            "modelled_users = 1000000\nfollows_mean = 9999.0",
            "6: error: 9999000000 follows and tweets together, more than the 5000000 that a run creates.",
        ),
        ("warmup_s = 1", "warmup_s = 11", "29: error: warmup_s is 11"),
        ("warmup_s = 1", "warmup_s = 1\narrivals = \"even\"", "30: error: unknown variant `even`, expected `poisson` or `constant`"),
        ("name = \"reference\"", "name = \"other\"", "1: error: The name is `other`, the file `reference`."),
    ];
    for (from, to, expected) in cases {
        check(path, SCENARIO, from, to, &[&format!("{path}:{expected}")]);
    }
    let (pack, _) = load_with(&[(path, &SCENARIO.replace("per_s = 50", "per_s = -1"))]);
    assert!(pack.exercises.is_empty(), "an exercise without its scenario is not offered");
}

#[test]
fn conditions_and_faults_are_checked() {
    let path = "ex/scenarios/reference.toml";
    let broken = |rows: &str| SCENARIO.replacen("[[target]]", &format!("{rows}[[target]]"), 1);
    let fault = |kind: &str, component: &str, instance: u32, at_s: f64| {
        format!("[[fault]]\nkind = \"{kind}\"\ncomponent = \"{component}\"\ninstance = {instance}\nat_s = {at_s:?}\n")
    };
    let condition = |role: &str, setting: &str, value: &str, source: &str| {
        format!("[[condition]]\nrole = \"{role}\"\nsetting = \"{setting}\"\nvalue = {value}\nsource = \"{source}\"\n")
    };
    let kill = fault("kill", "service", 1, 2.0);
    for sound in
        [kill.clone() + &fault("restart", "service", 1, 3.0), fault("kill", "work", 1, 0.0), condition("work", "work_ms", "20", "t")]
    {
        let (_, findings) = load_with(&[(path, &broken(&sound))]);
        assert_eq!(findings, [""; 0], "{sound}");
    }
    for (rows, expected) in [
        (fault("kill", "gone", 1, 2.0), "23: error: No design has a component `gone`."),
        (fault("kill", "service", 2, 2.0), "24: error: No design has an instance 2 of `service`."),
        (fault("kill", "client", 1, 2.0), "23: error: `client` does not run, so it cannot be killed."),
        (fault("kill", "service", 1, 10.0), "25: error: at_s is 10: it must be from 0 to below 10"),
        (fault("kill", "service", 1, -1.0), "25: error: at_s is -1"),
        (fault("restart", "service", 1, 2.0), "22: error: `service` 1 is not dead then."),
        (kill.clone() + &fault("kill", "service", 1, 3.0), "27: error: `service` 1 is dead already then."),
        (fault("freeze", "service", 1, 2.0), "22: error: unknown variant `freeze`"),
        (kill.repeat(60), "21: error: 60 faults."),
        (condition("teapot", "work_ms", "20", "t"), "22: error: Role `teapot` is not known."),
        (condition("work", "speed", "20", "t"), "23: error: Plain service has no setting `speed`."),
        (condition("work", "work_ms", "-20", "t"), "24: error: Service time must be from 0.001"),
        (condition("work", "work_ms", "20", ""), "25: error: source is empty."),
    ] {
        let (_, findings) = load_with(&[(path, &broken(&rows))]);
        let wanted = format!("{path}:{expected}");
        assert!(findings.iter().any(|found| found.starts_with(&wanted)), "wanted {wanted}, found {findings:#?}");
    }
}

#[test]
fn sketches_are_checked() {
    let path = "ex/designs/a.json";
    let cases = [
        ("\"role\": \"work\"", "\"role\": \"teapot\"", "3: error: `service`: role `teapot` is not known."),
        ("\"entry\"", "\"exit\"", "5: error: A link from `client` to `service`: neither end has a port `exit`"),
        ("\"to\": \"service\"", "\"to\": \"gone\"", "5: error: A link from `client` to `gone`: there is no `gone`."),
        ("\"name\": \"S\"", "\"name\": \"S\", \"settings\": {\"workers\": \"two\"}", "3: error: `service`: Workers must be a number."),
        ("\"name\": \"S\"", "\"name\": 5", "3: error: Not a sketch: line 3, column"),
    ];
    for (from, to, expected) in cases {
        check(path, SKETCH, from, to, &[&format!("{path}:{expected}")]);
    }
    for end in 0..SKETCH.len() {
        load_with(&[(path, &SKETCH[..end])]);
    }
}

#[test]
fn names_lead_nowhere_else() {
    let exercise = EXERCISE.replace("name = \"a\"", "name = \"../../../../etc/passwd\"");
    let (pack, findings) = load_with(&[("ex/exercise.toml", &exercise)]);
    assert!(pack.exercises.is_empty());
    assert!(findings.iter().any(|f| f.contains("There is no designs/../../../../etc/passwd.json.")), "{findings:#?}");
}

#[test]
fn what_nothing_reads_is_a_warning() {
    let (pack, findings) = load_with(&[("ex/notes.txt", "x"), ("stray.txt", "x"), ("other/brief.md", "x")]);
    assert_eq!(pack.exercises.len(), 1);
    assert_eq!(
        findings,
        [
            "ex/notes.txt: warning: Nothing reads this file. Name it in exercise.toml, or remove it.",
            "other/exercise.toml: warning: A folder without exercise.toml is not read. Add one, or move the folder out.",
            "stray.txt: warning: Nothing reads this file. Name it in exercise.toml, or remove it.",
        ]
    );
}

#[test]
fn missing_parts_are_named() {
    let (_, findings) = load_with(&[("pack.toml", ""), ("ex/brief.md", "")]);
    assert_eq!(findings.len(), 2, "{findings:#?}");
    assert!(findings[0].starts_with("ex/brief.md: error: The exercise has no brief."));
    assert!(findings[1].starts_with("pack.toml: error: The pack has no pack.toml."));
}

#[test]
fn a_diagram_that_does_not_render_is_found() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("ex/brief.md", "x\n\n```mermaid\nflowchart LR\n  a --> b\n```\n")]);
    let render = |_: &str| Err(DiagramError::Panicked);
    let findings: Vec<String> = lint(&Source::Folder(dir.path().to_owned()), &render).iter().map(Finding::to_string).collect();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].starts_with("ex/brief.md:3: error: The diagram does not render: the renderer broke on it."), "{findings:#?}");
    let sound = |source: &str| crate::diagram::render_in_process(source, Duration::from_secs(120));
    assert_eq!(lint(&Source::Folder(dir.path().to_owned()), &sound), []);
}

/// The sound pack on disk, with some files more or other.
fn write(dir: &Path, changes: &[(&str, &str)]) {
    let sound = [
        ("pack.toml", PACK),
        ("ex/exercise.toml", EXERCISE),
        ("ex/brief.md", "Brief.\n"),
        ("ex/scenarios/reference.toml", SCENARIO),
        ("ex/designs/a.json", SKETCH),
    ];
    for (path, text) in sound.iter().chain(changes) {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn links_large_files_and_bytes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("ex/large.txt", &"x".repeat(3 << 20))]);
    std::os::unix::fs::symlink("/etc", dir.path().join("etc")).unwrap();
    std::fs::remove_file(dir.path().join("ex/brief.md")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", dir.path().join("ex/brief.md")).unwrap();
    std::fs::write(dir.path().join("ex/designs/a.json"), b"{\n\xff\xfe").unwrap();
    let (pack, findings) = load_pack(dir.path());
    assert!(pack.exercises.is_empty());
    let found: Vec<String> = findings.iter().filter(|f| f.severity == Severity::Error).map(Finding::to_string).collect();
    for wanted in [
        "etc: error: A symbolic link is not followed.",
        "ex/brief.md: error: A symbolic link is not followed.",
        "ex/designs/a.json:2: error: Not UTF-8 text.",
        "ex/large.txt: error: Larger than 2 MB.",
    ] {
        assert!(found.iter().any(|f| f.starts_with(wanted)), "wanted {wanted}, found {found:#?}");
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let (pack, findings) = load_pack(Path::new("/nowhere/at/all"));
    assert!(pack.exercises.is_empty());
    assert!(findings.iter().any(|f| f.message.starts_with("Cannot be read: ")), "{findings:?}");
}

#[test]
fn many_files_end() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..=crate::source::MAX_FILES {
        std::fs::create_dir_all(dir.path().join(format!("d{i}"))).unwrap();
    }
    let (_, findings) = load_pack(dir.path());
    assert_eq!(findings.iter().filter(|f| f.message.starts_with("More than 2000 files and folders")).count(), 1, "{findings:?}");
}

#[test]
fn deep_folders_end() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("a/b/c/d/e/f/g/h/i/j/k.txt", "x")]);
    let (_, findings) = load_pack(dir.path());
    assert!(findings.iter().any(|f| f.message == "More than 6 folders deep."), "{findings:?}");
}

/// Every file of the sound pack and of the renderers, with bytes changed by a small generator: findings, never a panic.
#[test]
fn damaged_text_never_panics() {
    let svg = "<svg><g style='fill: red'><text x='1'>a &amp; b</text></g></svg>";
    let markdown = "# A\n\n> - [a](b.md) ![i](x) <b>\n\n| a |\n|--:|\n| 1 |\n\n```mermaid\nflowchart LR\n a --> b\n```\n";
    let mut state = 7_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let alphabet: Vec<char> = "\"'{}[]<>=#.,:;/\\|`-_&%\n\r\t 0aé\u{0}\u{202e}\u{1F600}".chars().collect();
    let mut damage = |text: &str| {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=next(6) {
            let at = next(chars.len());
            match next(3) {
                0 => chars[at] = alphabet[next(alphabet.len())],
                1 => chars.insert(at, alphabet[next(alphabet.len())]),
                _ => chars.truncate(at.max(1)),
            }
        }
        chars.into_iter().collect::<String>()
    };
    let (mut sound, mut refused) = (0, 0);
    for _ in 0..400 {
        for (path, text) in [
            ("pack.toml", PACK),
            ("ex/exercise.toml", EXERCISE),
            ("ex/scenarios/reference.toml", SCENARIO),
            ("ex/designs/a.json", SKETCH),
            ("ex/brief.md", markdown),
        ] {
            let (_, findings) = load_with(&[(path, &damage(text))]);
            if findings.is_empty() { sound += 1 } else { refused += 1 }
        }
        if let Ok(clean) = crate::diagram::clean_svg(&damage(svg)) {
            assert_eq!(crate::diagram::clean_svg(&clean).as_ref(), Ok(&clean));
        }
    }
    assert!(sound > 0 && refused > 1000, "{sound} sound, {refused} refused");
}
