//! `--predict NAME=VALUE`: only figures that the scenario's report can have.

use loadline_app::contract::Predictions;
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;

use crate::output::Failure;

/// True where a component has this id, or stands in for it by its role.
fn is_drawn(subject: &str, scenario: &Scenario, sketch: &Sketch) -> bool {
    let role = scenario.role_of(subject);
    sketch.component(subject).is_some() || sketch.components.iter().any(|component| Some(component.role.as_str()) == role)
}

/// The predictions, or the first name that no report of this design and scenario has.
pub(crate) fn predictions(given: &[(String, f64)], scenario: &Scenario, sketch: &Sketch) -> Result<Predictions, Failure> {
    for (name, _) in given {
        let known = match name.split_once('.') {
            Some((subject, figure)) => {
                let latency = ["mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"];
                let component = ["utilisation", "hit_ratio", "replication_lag_p99_ms"];
                (scenario.operation(subject).is_some() && latency.contains(&figure))
                    || (is_drawn(subject, scenario, sketch) && component.contains(&figure))
            }
            None => {
                let whole = [
                    "failed_share",
                    "fanout_writes_per_tweet",
                    "tweet_to_timeline_p50_ms",
                    "tweet_to_timeline_p95_ms",
                    "tweet_to_timeline_p99_ms",
                ];
                whole.contains(&name.as_str())
            }
        };
        if !known {
            let asked: Vec<&str> = scenario.predict.iter().map(|p| p.figure.as_str()).collect();
            return Err(Failure::unusable(
                format!("no figure is named {name} here"),
                format!("This scenario asks for {}.", asked.join(", ")),
            ));
        }
    }
    Ok(Predictions { values: given.iter().cloned().collect(), because: String::new() })
}
