//! Hostile Markdown, SVG, Mermaid and sketches in the real web view: no script runs, no request leaves, no command is called. Packs from outside
//! cannot be installed yet, so the texts take the way of a pack's by hand: through the real sanitiser and the real cleaner of diagrams, into the
//! answers that the window's own brief is drawn from. Then once more without the sanitiser, as if it had failed: the page's policy holds alone.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use loadline_content::diagram::{ChildRenderer, DiagramError, clean_svg};
use loadline_content::markdown;
use loadline_tests::window::Window;
use serde_json::{Value, json};

/// A server that a hostile text names. Nobody may come to it.
struct Lure {
    listener: TcpListener,
}

impl Lure {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not wait");
        Self { listener }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.listener.local_addr().expect("its address"))
    }

    /// Those who came so far, by the first line of what they asked; one that only connected asked nothing.
    fn visitors(&self) -> Vec<String> {
        std::iter::from_fn(|| self.listener.accept().ok())
            .map(|(mut stream, _)| {
                // A visitor who says nothing is not waited for long; it counts all the same.
                let patience = stream.set_nonblocking(false).and_then(|()| stream.set_read_timeout(Some(Duration::from_secs(2))));
                let mut said = [0; 200];
                let read = patience.and_then(|()| stream.read(&mut said)).unwrap_or(0);
                String::from_utf8_lossy(&said[..read]).lines().next().unwrap_or("(it only connected)").to_owned()
            })
            .collect()
    }
}

/// What each hostile text tries to run: a mark in the page, a request, a command of the app.
fn payload(lure: &Lure) -> String {
    format!(
        "window.ran=(window.ran||0)+1;fetch('{}');window.__TAURI_INTERNALS__.invoke('rpc',{{name:'setting_put',request:{{key:'hostile',value:'yes'}}}})",
        lure.url("script")
    )
}

/// HTML that Markdown lets through as it stands.
fn hostile_html(lure: &Lure) -> String {
    let run = payload(lure);
    let url = |path: &str| lure.url(path);
    format!(
        r##"<script>{run}</script>
<img src="{image}" onerror="{run}"><img src=x onerror="{run}"><svg onload="{run}"><script>{run}</script><use xlink:href="{svg}#x"/></svg>
<a id="lure" href="javascript:{run}">a link</a> <a href="data:text/html,<script>{run}</script>">data</a> <a href="{page}" ping="{ping}" target="_blank">away</a>
<iframe src="{frame}"></iframe><iframe srcdoc="<script>parent.ran=1</script>"></iframe><object data="{object}"></object><embed src="{embed}">
<p style="background:url({css});position:fixed;inset:0">styled</p><style>@import url({import}); body {{ background: url({body}) }}</style>
<link rel="stylesheet" href="{sheet}"><link rel="prefetch" href="{prefetch}"><base href="{base}">
<form action="{form}" id="form"><input name="x" autofocus onfocus="{run}"><button id="submit">send</button></form>
<video src="{video}" autoplay onerror="{run}"></video><audio src="{audio}" onerror="{run}"></audio><details open ontoggle="{run}"><summary>more</summary></details>
<math><mtext><table><mglyph><style><img src=x onerror="{run}"></style></mglyph></table></mtext></math>
<svg><style><img src=x onerror="{run}"></style></svg><noscript><p title="</noscript><img src=x onerror={run}>"></noscript>
<marquee onstart="{run}">moving</marquee><template><img src=x onerror="{run}"></template>"##,
        image = url("image"),
        svg = url("svg"),
        page = url("page"),
        ping = url("ping"),
        frame = url("frame"),
        object = url("object"),
        embed = url("embed"),
        css = url("css"),
        import = url("import"),
        body = url("body"),
        sheet = url("sheet"),
        prefetch = url("prefetch"),
        base = url("base"),
        form = url("form"),
        video = url("video"),
        audio = url("audio"),
    )
}

/// The same tricks in Markdown's own words, a refresh that would lead the whole window away, and a connection made in advance: no policy of a page
/// can refuse that one (nothing is asked over it), so only the sanitiser stands before it.
fn hostile_markdown(lure: &Lure) -> String {
    let run = payload(lure);
    format!(
        "# A brief\n\n[click](javascript:{run}) [data](data:text/html;base64,PHNjcmlwdD4=) ![image]({image}) <javascript:{run}>\n\n\
         <meta http-equiv=\"refresh\" content=\"0;url={refresh}\"><link rel=\"preconnect\" href=\"{connect}\">\n\n{html}\n\n```mermaid\nflowchart LR\nA-->B\n```\n",
        image = lure.url("markdown"),
        refresh = lure.url("refresh"),
        connect = lure.url("connect"),
        html = hostile_html(lure)
    )
}

fn hostile_svg(lure: &Lure) -> String {
    let run = payload(lure);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 50" width="100" height="50" onload="{run}">
<script>{run}</script><style>@import url({import}); rect {{ fill: url({fill}) }}</style>
<image href="{image}" width="10" height="10"/><image xlink:href="{xlink}" width="10" height="10"/><use href="{used}#a"/>
<foreignObject width="50" height="50"><body xmlns="http://www.w3.org/1999/xhtml"><img src="{foreign}" onerror="{run}"/><iframe src="{frame}"/></body></foreignObject>
<a href="javascript:{run}"><rect x="1" y="1" width="40" height="20" fill="url({paint})" onclick="{run}"/></a>
<animate attributeName="href" values="javascript:{run}"/><set attributeName="onmouseover" to="{run}"/><text x="5" y="40">a picture</text></svg>"##,
        import = lure.url("svg-import"),
        fill = lure.url("svg-fill"),
        image = lure.url("svg-image"),
        xlink = lure.url("svg-xlink"),
        used = lure.url("svg-use"),
        foreign = lure.url("svg-foreign"),
        frame = lure.url("svg-frame"),
        paint = lure.url("svg-paint"),
    )
}

/// The renderer as the window has it: the program's own child.
fn renderer(deadline: Duration) -> ChildRenderer {
    ChildRenderer { program: loadline_tests::loadline(), arguments: vec!["render-diagram".to_owned()], deadline }
}

/// Mermaid whose labels, links and styles carry script. What the renderer refuses has no picture at all.
fn hostile_mermaid(lure: &Lure) -> Vec<String> {
    let (run, url) = (payload(lure), lure.url("mermaid"));
    let sources = [
        format!("flowchart LR\nA[\"<img src=x onerror={run}>\"] --> B\nclick A \"javascript:{run}\"\nclick B href \"{url}\""),
        format!("flowchart LR\nA --> B\nstyle A fill:url({url}),stroke:\"</style><script>{run}</script>\""),
        format!("flowchart LR\nA[\"</text><script>{run}</script><foreignObject><iframe src='{url}'/></foreignObject>\"] --> B"),
        format!("%%{{init: {{\"themeCSS\": \"@import url({url})\", \"securityLevel\": \"loose\"}}}}%%\nflowchart LR\nA --> B"),
        format!("sequenceDiagram\nA->>B: <script>{run}</script>\nlink A: x @ javascript:{run}"),
    ];
    sources.iter().filter_map(|source| renderer(Duration::from_secs(60)).render(source).ok()).collect()
}

/// From here on the page counts the commands that are called, and answers the window's questions about a brief and its diagrams with what is in
/// `window.hostile`. Everything else goes on to the app.
const TAKE_OVER: &str = "
    window.hostile = { html: arguments[0], svgs: arguments[1] };
    window.called = [];
    window.refused = [];
    document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.effectiveDirective));
    const real = window.fetch.bind(window);
    window.fetch = async (url, options) => {
      if (!String(url).startsWith('ipc:')) return real(url, options);
      const { name, request } = JSON.parse(typeof options.body === 'string' ? options.body : new TextDecoder().decode(options.body));
      window.called.push(name + (name.startsWith('setting') ? ' ' + request.key : ''));
      if (name === 'diagram') {
        const svg = window.hostile.svgs[request.hash];
        if (svg !== undefined) return new Response(JSON.stringify({ svg }), { headers: { 'Tauri-Response': 'ok', 'content-type': 'application/json' } });
      }
      const answer = await real(url, options);
      if (name !== 'exercise' || answer.headers.get('Tauri-Response') !== 'ok') return answer;
      const page = await answer.json();
      return new Response(JSON.stringify({ ...page, brief_html: window.hostile.html }), { headers: answer.headers });
    };
    return true";

/// Shows the brief, clicks what can be clicked in it, waits until its pictures are there and its refusals have come, and looks at what happened.
#[track_caller]
fn show(window: &Window, html: &str, svgs: &BTreeMap<String, String>, name: &str) {
    window.ask(TAKE_OVER, &[json!(html), json!(svgs)]);
    window.ask("location.hash = '#/exercise/knee'; return true", &[]);
    window.wait_for("the hostile brief", "return document.querySelector('#brief') !== null && window.called.includes('exercise')");
    let pictures = svgs.len();
    window.wait_for(
        "its pictures, drawn or refused",
        &format!("const all = [...document.querySelectorAll('figure[data-diagram]')]; return all.length >= {pictures} && all.every((f) => f.innerText.includes('Diagram not shown') || f.querySelector('img')?.complete)"),
    );
    window.ask(
        "for (const each of document.querySelectorAll('#brief ~ * a, #brief ~ * button, #brief ~ * summary')) each.click();
         document.querySelector('#form')?.requestSubmit?.();
         return true",
        &[],
    );
    // Whatever was set off has had its turn when these have come round.
    window.wait_for(
        "two more turns of the page",
        "window.turns = (window.turns ?? 0) + 1; return window.turns > 6 && document.readyState === 'complete'",
    );
    window.shot(name);
    assert_eq!(window.ask("return window.ran ?? 0", &[]), json!(0), "{name}: scripts ran");
    let called = window.ask("return window.called", &[]);
    let called: Vec<&str> = called.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let own = ["exercise", "practice", "study", "diagram", "library", "setting_get tour", "error_report"];
    assert!(called.iter().all(|name| own.contains(name)), "{name}: {called:?}");
    assert_eq!(window.ask("return location.protocol", &[]), json!("tauri:"), "{name}: the window is where it was");
    let remote = window.ask(
        "return performance.getEntriesByType('resource').filter((e) => e.responseStatus > 0 && /^https?:/.test(e.name)).map((e) => e.name)",
        &[],
    );
    assert_eq!(remote, json!([]), "{name}: what was fetched");
}

#[test]
fn a_hostile_pack_runs_nothing_asks_nothing_and_calls_nothing() {
    let lure = Lure::set();
    let mut findings = Vec::new();
    let document = markdown::render("brief.md", &hostile_markdown(&lure), &|_| true, &mut findings);
    assert!(!findings.is_empty(), "a hostile text is also told to its author");
    // Every picture: the cleaned hostile one, and what the renderer makes of hostile Mermaid. The brief has a figure for each.
    let mut svgs = BTreeMap::new();
    let mut html = document.html.clone();
    let pictures = hostile_mermaid(&lure);
    assert!(!pictures.is_empty(), "some of the Mermaid is drawn");
    let mut refused = 0;
    for (index, svg) in pictures.iter().chain([&hostile_svg(&lure)]).enumerate() {
        let clean = match clean_svg(svg) {
            Ok(clean) => clean,
            // Script that broke the picture's form: there is none then.
            Err(DiagramError::Svg(_)) => {
                refused += 1;
                continue;
            }
            Err(other) => panic!("{other}"),
        };
        for word in ["script", "javascript", "http://127", "onload", "onerror=", "foreignObject", "<image", "<use", "@import"] {
            // As text in a label it is only read.
            let live = clean.split('>').any(|part| part.rsplit('<').next().is_some_and(|tag| tag.contains(word)) && part.contains('<'));
            assert!(!live, "{word} in {clean}");
        }
        html.push_str(&format!("<figure data-diagram=\"picture-{index}\"></figure>"));
        svgs.insert(format!("picture-{index}"), clean);
    }
    assert!(!svgs.is_empty() && refused < pictures.len(), "{refused} of {} pictures were refused", pictures.len() + 1);
    for diagram in &document.diagrams {
        svgs.insert(diagram.hash.clone(), clean_svg(&hostile_svg(&lure)).expect("well-formed"));
    }
    let window = Window::open("hostile");
    window.see("Twitter");
    show(&window, &html, &svgs, "cleaned");
    assert!(window.count("#brief ~ * figure img") as usize >= svgs.len(), "the pictures are shown all the same");
    assert_eq!(
        window.count("#brief ~ * script, #brief ~ * iframe, #brief ~ * form, #brief ~ * style, #brief ~ * link, #brief ~ * meta"),
        0
    );
    assert_eq!(window.ask("return window.refused", &[]), json!([]), "the policy had nothing to refuse");
    assert_eq!(lure.visitors(), [""; 0], "requests");
    no_setting(&window);
}

#[test]
fn without_the_sanitiser_the_pages_policy_holds_alone() {
    let lure = Lure::set();
    let window = Window::open("hostile-raw");
    window.see("Twitter");
    let mut html = hostile_html(&lure);
    html.push_str("<figure data-diagram=\"raw\"></figure>");
    let svgs = BTreeMap::from([("raw".to_owned(), hostile_svg(&lure))]);
    show(&window, &html, &svgs, "raw");
    let refused = window.ask("return [...new Set(window.refused)].sort()", &[]);
    let refused: Vec<&str> = refused.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for directive in ["img-src", "script-src-attr"] {
        assert!(refused.contains(&directive), "{directive} was put to the test: {refused:?}");
    }
    // A link out of the app, and a refresh of the whole window: the shell stays where it is.
    window.ask("location.href = arguments[0]; return true", &[json!(lure.url("navigation"))]);
    window.ask(
        "const meta = document.createElement('meta'); meta.httpEquiv = 'refresh'; meta.content = '0;url=' + arguments[0]; document.head.append(meta); return true",
        &[json!(lure.url("refresh"))],
    );
    window.ask("window.open(arguments[0]); return true", &[json!(lure.url("opened"))]);
    window.wait_for("two more turns of the page", "window.turns += 1; return window.turns > 12 && location.protocol === 'tauri:'");
    window.see("How to begin");
    assert_eq!(lure.visitors(), [""; 0], "requests");
    no_setting(&window);
}

/// What the hostile texts wanted to set is not set. It is asked with what the window itself uses.
fn no_setting(window: &Window) {
    window.ask(
        "window.said = undefined;
         window.__TAURI_INTERNALS__.invoke('rpc', { name: 'setting_get', request: { key: 'hostile', value: null }, events: '__CHANNEL__:0' })
           .then((answer) => { window.said = [answer.value]; }, (error) => { window.said = ['failed: ' + JSON.stringify(error)]; });
         return true",
        &[],
    );
    window.wait_for("the setting", "return window.said !== undefined");
    assert_eq!(window.ask("return window.said", &[]), json!([null]), "a hostile text called the app");
}

#[test]
fn a_hostile_sketch_is_shown_as_words() {
    let lure = Lure::set();
    let window = Window::open("hostile-sketch");
    window.see("Twitter");
    let words = format!("<img src=x onerror=\"{}\"><script>{}</script>", payload(&lure), payload(&lure));
    let sketch = json!({
        "format": 1,
        "title": words,
        "components": [
            { "id": "client", "role": "client", "name": words, "at": [0, 0] },
            { "id": "service", "role": "work", "name": format!("![x]({}) [y](javascript:{})", lure.url("name"), payload(&lure)), "at": [240, 0] }
        ],
        "links": [{ "from": "client", "to": "service", "port": "entry" }],
        "groups": [{ "id": "g", "name": words, "note": words, "at": [-20, -40], "size": [420, 160] }],
        "comments": [{ "id": "c", "text": words, "at": [0, 140], "size": [240, 80] }]
    });
    window.ask(TAKE_OVER, &[json!(""), json!({})]);
    window.ask(
        "window.kept = undefined;
         window.__TAURI_INTERNALS__.invoke('rpc', { name: 'sketch_keep', request: { exercise: 'knee', title: arguments[0].title, sketch: arguments[0] }, events: '__CHANNEL__:0' })
           .then((design) => { window.kept = design.card.id; }, (error) => { window.kept = 'failed: ' + JSON.stringify(error); });
         return true",
        &[sketch],
    );
    let id = window.wait_for("the design", "return window.kept");
    let id = id.as_str().expect("its id").to_owned();
    assert!(id.parse::<i64>().is_ok(), "{id}");
    window.ask("location.hash = '#/workbench/knee/' + arguments[0]; return true", &[json!(id)]);
    window.wait_for("both components", "return document.querySelectorAll('[data-testid=canvas] [data-testid^=node-]').length === 2");
    window.shot("workbench");
    for (script, what) in
        [("return document.querySelectorAll('img[src=x]').length", "elements out of words"), ("return window.ran ?? 0", "scripts ran")]
    {
        assert_eq!(window.ask(script, &[]), json!(0), "{what}");
    }
    assert_eq!(window.ask("return window.refused", &[]), json!([]), "the policy had nothing to refuse");
    assert_eq!(lure.visitors(), [""; 0], "requests");
    no_setting(&window);
}

#[test]
fn the_renderer_is_stopped_by_size_and_by_time() {
    let render = |source: &str, deadline: Duration| renderer(deadline).render(source);
    let patient = Duration::from_secs(120);
    let chain = |nodes: usize| (0..nodes).fold("flowchart LR\n".to_owned(), |text, n| format!("{text}n{n}-->n{}\n", n + 1));
    // By size: bytes and lines before anything starts, nodes and edges in the child before they are laid out.
    for (source, what) in [(format!("flowchart LR\nA[{}]", "x".repeat(9_000)), "bytes"), (chain(300), "lines")] {
        assert!(matches!(render(&source, patient), Err(DiagramError::TooLarge { what: found, .. }) if found == what), "{what}");
    }
    let wide = (0..100).map(|n| format!("n{n}")).collect::<Vec<_>>().join(" --> ");
    let said = render(&format!("flowchart LR\n{wide}"), patient).expect_err("100 nodes").to_string();
    assert!(said.contains("nodes"), "{said}");
    // What breaks the renderer ends its process and nothing else.
    let broke = render("flowchart LR\nA[/] --> B[\\]", patient).expect_err("it breaks the renderer");
    assert!(!broke.to_string().is_empty(), "{broke}");
    // By time: a diagram within every limit, and a deadline that no process meets (crates/content looks that the child is gone).
    let began = Instant::now();
    let dense = (0..50).map(|n| format!("n{n}-->n{}\nn{n}-->n{}", (n * 7 + 3) % 50, (n * 13 + 5) % 50)).collect::<Vec<_>>().join("\n");
    let late = render(&format!("flowchart LR\n{dense}"), Duration::from_millis(1));
    assert_eq!(late, Err(DiagramError::Deadline(1)), "after {:?}", began.elapsed());
}
