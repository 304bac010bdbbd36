//! What one component can do, as a line of worked arithmetic. Knows nothing of what is asked of it.

use loadline_model::catalog;
use loadline_model::plan::NodeSpec;

/// The most that a component can do of one operation, if it does nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// Operation of the envelope.
    pub operation: String,
    /// Its name for people.
    pub label: String,
    /// One instance, requests a second.
    pub each_per_s: f64,
    /// All instances, requests a second.
    pub all_per_s: f64,
    /// True: it can do no more than that, and less by what its calls take, which the component alone does not say.
    pub at_most: bool,
    /// `4 ÷ 1.25 ms = 3,200/s each, 22.4K/s in all`.
    pub text: String,
}

/// Capacity by operation, in the catalog's order. `node` is any instance of the component: they are alike. `slice` is the plan's: of so many
/// instances one runs.
pub fn capacity(node: &NodeSpec, slice: f64) -> Vec<Capacity> {
    let operations = catalog::role(&node.role).map(|role| role.operations.as_slice()).unwrap_or_default();
    let at_most = node.envelope.held_while_calling;
    operations
        .iter()
        .filter_map(|op| {
            let (mean_ms, each_per_s) = (node.envelope.mean_ms(op.name)?, node.envelope.capacity_per_s(op.name)?);
            let all_per_s = each_per_s * f64::from(node.instances) * slice;
            let mut text = format!("{} ÷ {mean_ms} ms = {}", node.envelope.workers, rate(each_per_s));
            if all_per_s > each_per_s {
                text.push_str(&format!(" each, {} in all", rate(all_per_s)));
            }
            if at_most {
                text = format!("at most {text}, less by what its calls take");
            }
            Some(Capacity { operation: op.name.to_owned(), label: op.label.to_owned(), each_per_s, all_per_s, at_most, text })
        })
        .collect()
}

/// `3,200/s`, `22.4K/s`, `1.2M/s`; below 10 with the decimals that matter.
pub fn rate(per_s: f64) -> String {
    let text = match per_s {
        r if r >= 999_950.0 => format!("{:.1}M", r / 1e6),
        r if r >= 9_999.5 => format!("{:.1}K", r / 1e3),
        r if r >= 999.5 => {
            let whole = r.round() as u64;
            format!("{},{:03}", whole / 1000, whole % 1000)
        }
        r if r >= 10.0 => format!("{r:.0}"),
        r => format!("{}", (r * 100.0).round() / 100.0),
    };
    format!("{}/s", text.replace(".0K", "K").replace(".0M", "M"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadline_model::plan::{Scale, compile};
    use loadline_model::sketch::Sketch;

    #[test]
    fn worked_arithmetic() {
        let json = r#"{"format":1,"title":"t","components":[
            {"id":"client","role":"client","name":"Client","at":[0,0]},
            {"id":"feed","role":"feed","name":"Feed","instances":7,"at":[0,0]},
            {"id":"sql","role":"sql_primary","name":"SQL","at":[0,0]}],
            "links":[{"from":"client","to":"feed","port":"entry"},{"from":"feed","to":"sql","port":"tweets"}]}"#;
        let plan = compile(&Sketch::from_json(json).unwrap(), Scale { slice: 1.0, dilation: 1.0 }).unwrap();
        let feed = capacity(plan.component("feed").unwrap(), 1.0);
        assert_eq!(feed[0].text, "4 ÷ 1.25 ms = 3,200/s each, 22.4K/s in all");
        let mut sliced = plan.component("feed").unwrap().clone();
        sliced.instances = 1;
        assert_eq!(capacity(&sliced, 7.0), feed, "a seventh runs, and stands for all");
        let sql: Vec<String> = capacity(plan.component("sql").unwrap(), 1.0).into_iter().map(|c| c.text).collect();
        assert_eq!(sql, ["16 ÷ 1 ms = 16K/s", "16 ÷ 6.4 ms = 2,500/s", "16 ÷ 4 ms = 4,000/s"]);
    }

    #[test]
    fn what_is_held_through_its_calls_can_do_less() {
        let text = |role: &str, settings: &[(&str, bool)]| {
            let role = catalog::role(role).unwrap();
            let given = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            let settings = role.resolve(&given);
            let node = NodeSpec {
                id: "x-1".into(),
                component: "x".into(),
                role: role.id.into(),
                instance: 0,
                instances: 7,
                envelope: role.envelope(&settings),
                settings,
                ports: Default::default(),
            };
            capacity(&node, 1.0).remove(0).text
        };
        assert_eq!(text("feed", &[("worker_held", false)]), "4 ÷ 1.25 ms = 3,200/s each, 22.4K/s in all");
        assert_eq!(
            text("feed", &[("worker_held", true)]),
            "at most 4 ÷ 1.25 ms = 3,200/s each, 22.4K/s in all, less by what its calls take"
        );
        // An event keeps its place through the lookup of followers and the writes.
        assert_eq!(text("fanout", &[]), "at most 8 ÷ 2 ms = 4,000/s each, 28K/s in all, less by what its calls take");
    }

    #[test]
    fn rates_in_words() {
        let rates = [(0.5, "0.5/s"), (35.0, "35/s"), (999.6, "1,000/s"), (9_999.0, "9,999/s"), (22_400.0, "22.4K/s"), (2e6, "2M/s")];
        for (per_s, text) in rates {
            assert_eq!(rate(per_s), text);
        }
    }
}
