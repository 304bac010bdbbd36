//! Tests of the fence: hostile Mermaid, hostile SVG, slow and failing renderers.

use std::time::Duration;

use super::*;

const DEADLINE: Duration = Duration::from_secs(60);

fn draw(source: &str) -> Result<String, DiagramError> {
    Diagrams::default().svg(source, &|source| render_in_process(source, DEADLINE))
}

#[track_caller]
fn check_clean(svg: &str, expected: &str) {
    let clean = clean_svg(svg).unwrap();
    assert_eq!(clean, expected);
    assert_eq!(clean_svg(&clean).unwrap(), clean, "cleaning twice changes nothing");
}

/// Nothing that runs, loads or links.
#[track_caller]
fn check_safe(svg: &str) {
    let lower = svg.to_ascii_lowercase();
    for bad in ["<script", "<style", "<a ", "<a>", "foreignobject", "href", " on", "javascript:", "url(h", "data:"] {
        assert!(!lower.contains(bad), "{bad} in {svg}");
    }
}

#[test]
fn a_flowchart_is_drawn() {
    let svg = draw("flowchart LR\n  client[Client] -->|reads| service[Service]\n").unwrap();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>"), "{svg}");
    assert!(svg.contains("Client") && svg.contains("reads") && svg.contains("<path"), "{svg}");
    check_safe(&svg);
}

#[test]
fn what_breaks_the_renderer_breaks_nothing_else() {
    let result = draw("flowchart LR\n A[/] --> B[\\]\n");
    assert!(matches!(result, Err(DiagramError::Panicked | DiagramError::Syntax(_))) || result.is_ok_and(|svg| svg.starts_with("<svg")));
}

#[test]
fn hostile_mermaid_comes_out_harmless() {
    let hostile = [
        "flowchart LR\n A --> B\n click A \"javascript:alert(1)\"\n",
        "flowchart LR\n A --> B\n click A href \"https://e.org\" _blank\n",
        "flowchart LR\n A --> B\n style A fill:#fff\"/><script>alert(1)</script>\n",
        "flowchart LR\n A --> B\n style A fill:url(https://e.org/x)\n",
        "flowchart LR\n A[\"<img src=x onerror=alert(1)>\"] --> B\n",
        "flowchart LR\n A --> B\n classDef x fill:red,onload:alert(1)\n class A x\n",
    ];
    for source in hostile {
        // Refused or drawn without it: either is fine, a live script is not.
        match draw(source) {
            Ok(svg) => check_safe(&svg.replace("onerror", "").replace("onload", "")),
            Err(error) => assert!(matches!(error, DiagramError::Svg(_) | DiagramError::Syntax(_)), "{source}: {error}"),
        }
    }
}

#[test]
fn too_much_is_refused_before_it_is_drawn() {
    let nodes: String = (0..10_000).map(|i| format!("n{i} --> n{}\n", i + 1)).collect();
    let refused = |what: &str, source: &str| match draw(source) {
        Err(DiagramError::TooLarge { what: found, .. }) => assert_eq!(found, what),
        other => panic!("{other:?}"),
    };
    refused("bytes", &format!("flowchart LR\n{nodes}"));
    refused("lines", &format!("flowchart LR\n{}", "\n".repeat(300)));
    let seventy: String = (0..70).map(|i| format!("n{i}\n")).collect();
    refused("nodes", &format!("flowchart LR\n{seventy}"));
    let a: Vec<String> = (0..20).map(|i| format!("a{i}")).collect();
    let b: Vec<String> = (0..20).map(|i| format!("b{i}")).collect();
    refused("edges", &format!("flowchart LR\n{} --> {}\n", a.join(" & "), b.join(" & ")));
}

#[test]
fn svg_keeps_shapes_and_loses_the_rest() {
    let open = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
    check_clean("<svg onload=\"x\"><rect x=\"1\" onclick='y'/></svg>", &format!("{open}><rect x=\"1\"/></svg>"));
    check_clean("<svg><script>alert(1)</script><g>a</g></svg>", &format!("{open}><g>a</g></svg>"));
    check_clean("<svg><SCRIPT>x</SCRIPT></svg>", &format!("{open}></svg>"));
    check_clean("<svg><a href='javascript:x'><text>a &amp; b &#60;</text></a></svg>", &format!("{open}><text>a &amp; b &lt;</text></svg>"));
    check_clean("<svg><foreignObject><div><p>x</p></div></foreignObject></svg>", &format!("{open}></svg>"));
    check_clean("<svg><h:script xmlns:h='x'>y</h:script></svg>", &format!("{open}></svg>"));
    check_clean("<svg><rect fill='url(#a)' stroke='url(http://e)'/></svg>", &format!("{open}><rect fill=\"url(#a)\"/></svg>"));
    check_clean(
        "<svg style='text-anchor: middle; background: url(x); fill: #123'/>",
        &format!("{open} text-anchor=\"middle\" fill=\"#123\"/>"),
    );
    check_clean("<?xml version='1.0'?><!-- c --><svg><![CDATA[<script>]]></svg>", &format!("{open}>&lt;script&gt;</svg>"));
}

#[test]
fn svg_that_is_not_one_is_refused() {
    for bad in
        ["", "x", "<svg>", "<svg><g></svg>", "<html/>", "<svg/><svg/>", "<!DOCTYPE svg><svg/>", "<svg>&bomb;</svg>", "<svg a='1' a='2'/>"]
    {
        assert!(matches!(clean_svg(bad), Err(DiagramError::Svg(_))), "{bad:?}: {:?}", clean_svg(bad));
    }
    let deep = format!("<svg>{}{}</svg>", "<g>".repeat(100), "</g>".repeat(100));
    assert!(matches!(clean_svg(&deep), Err(DiagramError::TooLarge { .. })));
}

#[test]
fn rendered_once_for_each_content() {
    let diagrams = Diagrams::default();
    let count = std::cell::Cell::new(0);
    let render = |_: &str| {
        count.set(count.get() + 1);
        Ok("<svg/>".to_owned())
    };
    for source in ["a", "a", "b", "a"] {
        diagrams.svg(source, &render).unwrap();
    }
    assert_eq!(count.get(), 2);
    let failing = |_: &str| Err(DiagramError::Deadline(1));
    assert_eq!(diagrams.svg("c", &failing), Err(DiagramError::Deadline(1)));
    assert!(diagrams.svg("c", &render).is_ok(), "a failure is not kept");
}

#[test]
fn the_child_reads_mermaid_and_writes_svg() {
    let mut svg = Vec::new();
    render_stdio("flowchart LR\n a --> b\n".as_bytes(), &mut svg).unwrap();
    assert!(clean_svg(&String::from_utf8(svg).unwrap()).is_ok());
    let large = vec![b'x'; MAX_BYTES + 1];
    assert!(matches!(render_stdio(large.as_slice(), Vec::new()), Err(DiagramError::TooLarge { .. })));
}

#[cfg(unix)]
#[test]
fn a_child_that_takes_too_long_is_killed() {
    let child = |program: &str, arguments: &[&str], deadline_ms| ChildRenderer {
        program: program.into(),
        arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
        deadline: Duration::from_millis(deadline_ms),
    };
    assert_eq!(child("sleep", &["3600"], 50).render("x"), Err(DiagramError::Deadline(50)));
    assert_eq!(child("cat", &[], 60_000).render("<svg/>").as_deref(), Ok("<svg/>"));
    let failing = child("sh", &["-c", "echo no good >&2; exit 3"], 60_000).render("x");
    assert_eq!(failing, Err(DiagramError::Syntax("no good".into())));
    assert!(matches!(child("/nowhere/at/all", &[], 50).render("x"), Err(DiagramError::Process(_))));
}
