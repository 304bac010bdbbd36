//! Real servers in an engine's place: said on the command line or in the sketch, named in the report, and swept after the run.

use std::time::Duration;

use loadline_cluster::Cluster;
use loadline_model::catalog::{self, Kind};
use loadline_model::engine;
use loadline_model::plan::{NodeSpec, Plan};
use loadline_model::population::PopulationSpec;
use loadline_model::sketch::{SettingValue, Sketch};

use crate::contract::{NodeAddress, RpcError};

/// Wall time that real servers have to let go of what a run left in them.
const SWEEP_WITHIN: Duration = Duration::from_secs(30);

/// Puts `addresses` behind the components that `name` stands for: `kv`, `sql` or `log`, or one component's id.
pub fn place(sketch: &mut Sketch, name: &str, addresses: &str) -> Result<(), RpcError> {
    let has_engine = |role: &str| catalog::role(role).is_some_and(|role| role.setting(engine::SETTING).is_some());
    let stands_for = |id: &str, role: &str| {
        let kind = catalog::role(role).map(|role| role.kind);
        id == name || matches!((name, kind), ("kv", Some(Kind::Kv)) | ("sql", Some(Kind::Sql)) | ("log", Some(Kind::Log)))
    };
    let mut placed = false;
    for component in sketch.components.iter_mut().filter(|c| has_engine(&c.role) && stands_for(&c.id, &c.role)) {
        if let Some(setting) = catalog::role(&component.role).and_then(|role| role.setting(engine::SETTING)) {
            let value = SettingValue::Word(addresses.to_owned());
            setting
                .check(&value)
                .map_err(|reason| RpcError::new("invalid_engine", format!("{name}: {reason}"), "Engines are listed in docs/ENGINES.md."))?;
            component.settings.insert(engine::SETTING.to_owned(), value);
            placed = true;
        }
    }
    if placed {
        return Ok(());
    }
    let known: Vec<&str> = sketch.components.iter().filter(|c| has_engine(&c.role)).map(|c| c.id.as_str()).collect();
    let remedy = match known.as_slice() {
        [] => "This design has no cache, database or log.".to_owned(),
        ids => format!("Write kv, sql, log, or one of {}.", ids.join(", ")),
    };
    Err(RpcError::new("invalid_engine", format!("no component of this design is `{name}`, or it has no engine"), remedy))
}

/// What the run says of each real server, once for each component.
pub(super) fn notes(plan: &Plan, sketch: &Sketch) -> Vec<String> {
    let mut said: Vec<&str> = Vec::new();
    let mut notes = Vec::new();
    for (node, _) in plan.real_engines() {
        if !said.contains(&node.component.as_str()) {
            said.push(&node.component);
            let addresses: Vec<String> = plan
                .real_engines()
                .filter(|(other, _)| other.component == node.component)
                .map(|(_, address)| engine::shown(address))
                .collect();
            let name = sketch.component(&node.component).map_or(node.component.as_str(), |component| component.name.as_str());
            notes.push(format!(
                "{name}: {} in the engine's place, at its own speed; what goes on inside is not measured",
                addresses.join(", ")
            ));
        }
    }
    notes
}

/// Where to look inside a real server.
pub fn real_address(node: &NodeSpec, address: &str) -> NodeAddress {
    let place = engine::host_and_port(address).map_or_else(|| engine::shown(address), |(host, port)| format!("{host}:{port}"));
    let command = match node.role.as_str() {
        "kv" => format!("redis-cli -u '{address}'"),
        "log" => format!("kcat -L -b {place}"),
        // The services' tables are in a schema of their own.
        _ => format!("PGOPTIONS=-csearch_path=loadline psql '{address}'"),
    };
    NodeAddress { id: node.id.clone(), component: node.component.clone(), address: place, command, is_real: true }
}

/// Takes away what the run left in real servers. The nodes that wrote it have ended.
pub async fn sweep(plan: &Plan, population: &PopulationSpec, cluster: &mut Cluster) -> Result<(), RpcError> {
    let Some(sweeper) = plan.sweeper() else { return Ok(()) };
    // Somebody who looks into a real server may hold what is to be taken away, for as long as they like.
    match tokio::time::timeout(SWEEP_WITHIN, cluster.run_once(sweeper, population.clone(), &mut |_| {})).await {
        Ok(swept) => Ok(swept?),
        Err(_) => {
            let reason = format!("the real servers did not let go of this run's data within {} s", SWEEP_WITHIN.as_secs());
            let remedy =
                "End what is open there (a transaction in psql), and drop the schema `loadline`, the run's keys and its topics yourself.";
            Err(RpcError::new("sweep_late", reason, remedy))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Sketch {
        crate::library::Library::open().exercise("twitter").unwrap().designs.iter().find(|d| d.name == "good").unwrap().sketch.clone()
    }

    #[test]
    fn engines_are_placed_by_kind_and_by_component() {
        let mut sketch = good();
        place(&mut sketch, "kv", "redis://127.0.0.1:6379").unwrap();
        place(&mut sketch, "sql", "postgres://u:secret@127.0.0.1:5432/test").unwrap();
        let plan = loadline_model::plan::compile(&sketch, loadline_model::plan::Scale { slice: 1.0, dilation: 1.0 }).unwrap();
        assert!(plan.real_engines().count() >= 3, "a cache, a primary and its replicas: {:?}", plan.engines);
        assert!(
            plan.real_engines().all(|(node, _)| node.instances == 1 && matches!(node.role.as_str(), "kv" | "sql_primary" | "sql_replica"))
        );
        assert!(plan.processes().all(|node| !matches!(node.role.as_str(), "kv" | "sql_primary" | "sql_replica")));
        assert_eq!(plan.sweeper().unwrap().word("task", ""), "sweep");
        let notes = notes(&plan, &sketch).join("\n");
        assert!(notes.contains("redis://127.0.0.1:6379") && !notes.contains("secret"), "{notes}");
        for (name, addresses, part) in [
            ("kv", "redis://192.0.2.1:6379", "only servers of this machine"),
            ("feed", "redis://127.0.0.1:1", "no component of this design is `feed`"),
            ("nobody", "redis://127.0.0.1:1", "no component of this design is `nobody`"),
        ] {
            let error = place(&mut sketch, name, addresses).unwrap_err();
            assert!(error.message.contains(part), "{error:?}");
        }
    }

    #[test]
    fn a_plan_of_embedded_engines_has_nothing_to_sweep() {
        let plan = loadline_model::plan::compile(&good(), loadline_model::plan::Scale { slice: 1.0, dilation: 1.0 }).unwrap();
        assert!(plan.sweeper().is_none() && plan.processes().count() == plan.nodes.len());
    }
}
