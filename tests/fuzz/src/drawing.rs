//! A sketch drawn from the input: few components with roles of the catalog, links that most often name a port that one of the two has,
//! settings most often within their range. Syntax errors are for raw text; this is for what lies behind the parser.

use arbitrary::{Result, Unstructured};
use loadline_model::catalog::{self, Range, Role};
use loadline_model::sketch::{Component, Link, SettingValue, Sketch};

/// A drawing of up to 12 components and 24 links.
pub fn draw(input: &mut Unstructured<'_>) -> Result<Sketch> {
    let count = input.int_in_range(1..=12)?;
    let components: Vec<Component> = (0..count).map(|at| component(at, input)).collect::<Result<_>>()?;
    let links = (0..input.int_in_range(0..=24)?).map(|_| link(&components, input)).collect::<Result<_>>()?;
    Ok(Sketch { components, links, ..Sketch::empty("Drawn") })
}

fn component(at: usize, input: &mut Unstructured<'_>) -> Result<Component> {
    // The first is most often the client, without which nothing runs.
    let role = if at == 0 && input.ratio(7, 8)? { catalog::role("client") } else { Some(input.choose(catalog::roles())?) };
    let role = role.expect("the catalog has a client");
    let own_id = input.ratio(15, 16)?;
    Ok(Component {
        id: format!("c{}", if own_id { at } else { 0 }),
        role: if input.ratio(31, 32)? { role.id.to_owned() } else { "unheard_of".to_owned() },
        name: role.name.to_owned(),
        instances: if input.ratio(15, 16)? { input.int_in_range(1..=4)? } else { input.arbitrary()? },
        settings: settings(role, input)?,
        at: (0.0, 0.0),
    })
}

fn settings(role: &Role, input: &mut Unstructured<'_>) -> Result<std::collections::BTreeMap<String, SettingValue>> {
    let mut settings = std::collections::BTreeMap::new();
    if role.settings.is_empty() {
        return Ok(settings);
    }
    for _ in 0..input.int_in_range(0..=3)? {
        let setting = input.choose(&role.settings)?;
        let value = match &setting.range {
            _ if input.ratio(1, 16)? => SettingValue::Word(input.arbitrary::<&str>()?.to_owned()),
            Range::Number { min, max, whole } => {
                let value =
                    if input.ratio(7, 8)? { min + (max - min) * f64::from(input.arbitrary::<u8>()?) / 255.0 } else { input.arbitrary()? };
                let value = if *whole { value.round() } else { value };
                // A file cannot hold what is no number.
                SettingValue::Number(if value.is_finite() { value } else { *max })
            }
            Range::Choice { words } => SettingValue::Word(input.choose(words)?.0.to_owned()),
            Range::Switch => SettingValue::Switch(input.arbitrary()?),
            Range::Addresses { scheme } => {
                let addresses =
                    ["embedded".to_owned(), format!("{scheme}://127.0.0.1:1"), format!("{scheme}://a:1,{scheme}://b:2/x"), ",".to_owned()];
                SettingValue::Word(input.choose(&addresses)?.clone())
            }
        };
        settings.insert(setting.name.to_owned(), value);
    }
    Ok(settings)
}

fn link(components: &[Component], input: &mut Unstructured<'_>) -> Result<Link> {
    let (from, to) = (input.choose(components)?, input.choose(components)?);
    let ports: Vec<&str> = [from, to]
        .into_iter()
        .filter_map(|component| catalog::role(&component.role))
        .flat_map(|role| role.ports.iter().map(|port| port.name))
        .collect();
    let port = if ports.is_empty() { "entry" } else { input.choose(&ports)? };
    Ok(Link { from: from.id.clone(), to: to.id.clone(), port: port.to_owned() })
}
